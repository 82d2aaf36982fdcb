package keys

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// luks is an encrypted disk.
func luks(t *testing.T) string {
	t.Helper()
	cryptsetup := need.Program(t, "cryptsetup")
	t.Setenv("PATH", filepath.Dir(cryptsetup)+":"+os.Getenv("PATH"))
	disk := filepath.Join(t.TempDir(), "disk")
	write(t, disk, "")
	if err := os.Truncate(disk, 32<<20); err != nil {
		t.Fatal(err)
	}
	format := exec.Command(cryptsetup, "luksFormat", "--batch-mode", "--type=luks2", "--pbkdf=pbkdf2", "--pbkdf-force-iterations=1000", "--key-file=-", disk)
	format.Stdin = strings.NewReader(diskPassphrase)
	if output, err := format.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return disk
}

const diskPassphrase = "of the disk"

// When words are replaced the disks do not follow by themselves: that is said,
// and done where it is asked for.
func TestEnrollDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("a disk that is encrypted: not in the inner loop")
	}
	disk := luks(t)
	tpm := device.SocketStart + startTPM(t)
	s := newSite(t, machineOnly)
	enroll := func(words string, args ...string) (string, int) {
		t.Helper()
		command := exec.Command(s.program, append([]string{
			"--tpm", tpm, "keys", "enroll", "--host", "snix", "--flake", s.flake, "--root", s.root, "--words-fd", "3", "--disk-passphrase-fd", "4",
		}, args...)...)
		command.ExtraFiles = s.descriptors(words, diskPassphrase)
		output, _ := command.CombinedOutput()
		return string(output), command.ProcessState.ExitCode()
	}
	others := strings.Repeat("zoo ", 23) + "vote"
	if out, status := enroll(phrase, "--disk", disk); status != 0 || !strings.Contains(out, "host/luks  new        "+disk) {
		t.Errorf("status %d: %s", status, out)
	}
	if out, status := enroll(phrase, "--disk", disk); status != 0 || !strings.Contains(out, "host/luks  unchanged  "+disk) || strings.Contains(out, "other words") {
		t.Errorf("again: status %d: %s", status, out)
	}
	if out, status := enroll(others, "--replace"); status != 0 || !strings.Contains(out, "still that of the other words") {
		t.Errorf("other words: status %d: %s", status, out)
	}
	if out, status := enroll(others, "--disk", disk); status != 0 || !strings.Contains(out, "host/luks  new        "+disk) {
		t.Errorf("other words: status %d: %s", status, out)
	}
	command := exec.Command(s.program, "keys", "check", "--host", "snix", "--flake", s.flake, "--disk", disk, "--words-fd", "3", "--json")
	command.ExtraFiles = s.descriptors(others)
	if out, err := command.Output(); err != nil || !strings.Contains(string(out), `"slot": 2`) {
		t.Errorf("%v: %s", err, out)
	}
}

// The words on paper are tried on a disk that is locked, with no flake and no
// name at hand.
func TestCheckDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("a disk that is encrypted: not in the inner loop")
	}
	disk := luks(t)
	check := func(words string) (string, int) {
		t.Helper()
		s := &site{t: t}
		command := exec.Command(need.Built(t, "."), "keys", "check", "--disk", disk, "--words-fd", "3")
		command.ExtraFiles = s.descriptors(words)
		output, _ := command.CombinedOutput()
		for _, word := range []string{"abandon", "vote"} {
			if strings.Contains(string(output), word) {
				t.Errorf("%s was printed: %s", word, output)
			}
		}
		return string(output), command.ProcessState.ExitCode()
	}
	if out, status := check(phrase); status != 2 || !strings.Contains(out, "names no words") {
		t.Errorf("before: status %d: %s", status, out)
	}
	root := theRoot(t)
	err := enroll.Recovery{
		Runner: run.NewReal("", nil), Answers: machineNamed("snix"), Root: root, Passphrase: secret.FromString(diskPassphrase), Flake: t.TempDir(),
		Containers: []steps.LayoutContainer{{Name: "cryptroot", Device: disk}},
	}.Carry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if out, status := check(phrase); status != 0 || !strings.Contains(out, "passphrase of snix in generation 0 opens slot 1 of "+disk) {
		t.Errorf("status %d: %s", status, out)
	}
	if out, status := check(strings.Repeat("zoo ", 23) + "vote"); status != 2 || !strings.Contains(out, "the words "+root.IDs().Words+" for mnemonix/v1/host/snix/luks") {
		t.Errorf("other words: status %d: %s", status, out)
	}
}
