package installation

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

var hasEnded = regexp.MustCompile(`rig-ended (\d+)`)

// attended begins mnemonix in a machine that is on, with what it says on the
// console, and returns at once.
func attended(r *rig.Running, verb string) {
	r.Command("systemctl start rig.service") // which unpacks the folder
	r.Type("cd /run/rig/in; export PATH=$PWD/bin:$PATH; mount -t efivarfs efivarfs /sys/firmware/efi/efivars; rm -f /run/events; touch /run/events; " +
		"tail -f /run/events & mnemonix --log /run/install.log " + verb +
		" --secrets-fd 3 --events /run/events 3<secrets.json >/run/said 2>&1; status=$?; kill %1; cat /run/said; echo rig-\"\"ended $status\r")
}

// ends waits until it has ended, and holds the status and what it said against
// what is wanted.
func ends(t *testing.T, r *rig.Running, status string, says ...string) {
	t.Helper()
	_, text := r.Wait(hasEnded)
	if got := hasEnded.FindStringSubmatch(text)[1]; got != status {
		t.Errorf("ended with %s, want %s:\n%s", got, status, text)
	}
	for _, want := range says {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

// What goes wrong on real machines goes wrong here by real means: a memory
// that is full, a disk that cannot be written to everywhere, a disk that is
// pulled. Each time mnemonix says what happened and what to do, and what was
// not lost goes on.
func TestFaults(t *testing.T) {
	if !atLength() {
		t.Skip("takes long: ./check full runs it")
	}
	straight, given, passphrase := undisturbed(t), folder(t), recovery(t)
	begin := strings.Join(install[:4], " ")

	// The first sector of the container: behind the table, 1 MiB of room and
	// the EFI system partition of 512 MiB.
	const container = 513 << 20
	broken := rig.New(t, rig.Hardware{Disks: []rig.Disk{{Serial: "virtio0", Size: "9G", BadAt: container}}})
	r := broken.Boot(rig.Boot{From: rig.Image, Folder: given})
	r.Login("")
	r.Command("head -c 2G /dev/zero >/run/fill; rm -f /run/said")
	attended(r, begin)
	ends(t, r, "3", "/run")
	r.Command("rm /run/fill")
	attended(r, begin)
	ends(t, r, "5", "remove old signatures", "Input/output error", "mnemonix resume goes on", "mnemonix undo")
	r.PowerOff()

	m := newMachine(t)
	r = m.Boot(rig.Boot{From: rig.Image, Folder: given})
	r.Login("")
	attended(r, begin)
	r.Wait(regexp.MustCompile(`"event":"started","action":"install/system"`))
	r.Unplug("virtio0")
	ends(t, r, "5", "install the system and its boot loader", "mnemonix resume")
	r.Kill()

	result := m.Exec("scripts/install.sh", given, "resume", "--yes", "--events", "/run/rig/out/events")
	if result.Status != 0 {
		t.Fatalf("resume ended with %d:\n%s", result.Status, result.Log)
	}
	if diff := cmp.Diff(straight.state, state(t, m, passphrase)); diff != "" {
		t.Errorf("after a disk was pulled (-straight +resumed):\n%s", diff)
	}
}
