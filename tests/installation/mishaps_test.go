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

// when does something in the machine, aside, as soon as an action has begun.
func when(r *rig.Running, action, do string) {
	r.Command("rm -f /run/events; ( (until grep -q '" + started(action).String() + "' /run/events; do sleep 0.1; done; " + do + ") >/dev/null 2>&1 & )")
}

// What goes wrong on real machines goes wrong here by real means: a memory, a
// disk and an EFI system partition that are full, a disk that cannot be
// written to everywhere, a disk that is pulled, a TPM that answers no more, a
// clock that jumps. Each time mnemonix says what happened and what to do, and
// what was not lost goes on.
func TestFaults(t *testing.T) {
	if !atLength() {
		t.Skip("takes long: ./check full runs it")
	}
	straight, given, passphrase := undisturbed(t), folder(t), recovery(t)
	begin := strings.Join(install[:4], " ")
	on := func(t *testing.T, m *rig.Machine) *rig.Running {
		t.Helper()
		r := m.Boot(rig.Boot{From: rig.Image, Folder: given})
		r.Login("")
		return r
	}
	equal := func(t *testing.T, state string) {
		t.Helper()
		if diff := cmp.Diff(straight.state, state); diff != "" {
			t.Errorf("(-straight +resumed):\n%s", diff)
		}
	}

	t.Run("memory is full, and a sector is bad", func(t *testing.T) {
		// The first sector of the container: behind the table, 1 MiB of room and
		// the EFI system partition of 512 MiB.
		const container = 513 << 20
		r := on(t, rig.New(t, rig.Hardware{Disks: []rig.Disk{{Serial: "virtio0", Size: "9G", BadAt: container}}}))
		r.Command("head -c 2G /dev/zero >/run/fill; rm -f /run/said")
		attended(r, begin)
		ends(t, r, "3", "/run")
		r.Command("rm /run/fill")
		attended(r, begin)
		ends(t, r, "5", "remove old signatures", "Input/output error", "a failing disk", "then: mnemonix resume")
		r.PowerOff()
	})

	t.Run("the disk is pulled", func(t *testing.T) {
		m := newMachine(t)
		r := on(t, m)
		attended(r, begin)
		r.Wait(started("install/system"))
		r.Unplug("virtio0")
		ends(t, r, "5", "install the system and its boot loader", "mnemonix resume")
		r.Kill()
		left, now := resumed(t, m, given)
		if !left {
			t.Error("nothing was found to go on with")
		}
		equal(t, now)
	})

	t.Run("the disk is full, then its EFI system partition, and the clock jumps", func(t *testing.T) {
		m := newMachine(t)
		r := on(t, m)
		when(r, "install/closure", "fallocate --length $(($(df --output=avail --block-size=1 /mnt | tail -n 1) - 10000000)) /mnt/fill; head -c 20M /dev/urandom >/mnt/more")
		attended(r, begin)
		ends(t, r, "5", "space", "mnemonix resume")
		if output, status := r.Command("rm /mnt/fill /mnt/more"); status != 0 {
			t.Errorf("the disk was not filled: %s", output)
		}
		when(r, "install/system", "cat /dev/zero >/mnt/boot/fill")
		attended(r, "resume --yes")
		ends(t, r, "5", "space", "mnemonix resume")
		if output, status := r.Command("rm /mnt/boot/fill && date --set=2031-01-01"); status != 0 {
			t.Errorf("the EFI system partition was not filled: %s", output)
		}
		when(r, "install/system", "date --set=2001-01-01")
		attended(r, "resume --yes")
		ends(t, r, "0")
		r.PowerOff()
		equal(t, state(t, m, passphrase))
	})

	t.Run("the TPM answers no more", func(t *testing.T) {
		m := newMachine(t)
		r := on(t, m)
		attended(r, begin)
		r.Wait(started("enroll/keys"))
		r.KillTPM()
		ends(t, r, "5", "TPM", "mnemonix resume")
		r.Kill()
		left, now := resumed(t, m, given)
		if !left {
			t.Error("nothing was found to go on with")
		}
		equal(t, now)
	})
}

func started(action string) *regexp.Regexp {
	return regexp.MustCompile(`"event":"started","action":"` + regexp.QuoteMeta(action) + `"`)
}
