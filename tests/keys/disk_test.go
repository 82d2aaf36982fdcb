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
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// The words on paper are tried on a disk that is locked, with no flake and no
// name at hand.
func TestCheckDisk(t *testing.T) {
	cryptsetup := need.Program(t, "cryptsetup")
	t.Setenv("PATH", filepath.Dir(cryptsetup)+":"+os.Getenv("PATH"))
	disk := filepath.Join(t.TempDir(), "disk")
	write(t, disk, "")
	if err := os.Truncate(disk, 32<<20); err != nil {
		t.Fatal(err)
	}
	format := exec.Command(cryptsetup, "luksFormat", "--batch-mode", "--type=luks2", "--pbkdf=pbkdf2", "--pbkdf-force-iterations=1000", "--key-file=-", disk)
	format.Stdin = strings.NewReader("of the disk")
	if output, err := format.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
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
		Runner: run.NewReal("", nil), Answers: machineNamed("snix"), Root: root, Passphrase: secret.FromString("of the disk"), Flake: t.TempDir(),
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
