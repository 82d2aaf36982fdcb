package installation

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// section is one part of what state.sh says.
func section(t *testing.T, state, name string) string {
	t.Helper()
	_, after, found := strings.Cut("\n"+state, "\n== "+name+"\n")
	if !found {
		t.Fatalf("there is no %q in\n%s", name, state)
	}
	text, _, _ := strings.Cut(after, "\n== ")
	return text
}

// bundled puts the flake of an installation into one file, as somebody keeps it
// on a stick.
func bundled(t *testing.T, kept []byte, file string) {
	t.Helper()
	folder := t.TempDir()
	archive := filepath.Join(folder, "kept")
	if err := os.WriteFile(archive, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, argv := range [][]string{
		{"tar", "--extract", "--no-same-owner", "--file=" + archive, "--directory=" + folder, "etc/nixos"},
		{"git", "-c", "safe.directory=*", "-C", filepath.Join(folder, "etc/nixos"), "bundle", "create", "--quiet", file, "--all"},
	} {
		if output, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", argv, err, output)
		}
	}
}

// A machine is gone, and another one becomes it: from a bundle of its flake and
// the words, with a power cut before its record is on the disk, and another one
// after. The keys are those of before, in a TPM that never saw them, and the
// same opens the disk.
func TestRebuild(t *testing.T) {
	if !atLength() {
		t.Skip("takes long: ./check full runs it")
	}
	straight, given, passphrase := undisturbed(t), folder(t), recovery(t)
	bundled(t, straight.kept, filepath.Join(given, "flake.bundle"))
	if err := os.Remove(filepath.Join(given, "answers.yaml")); err != nil {
		t.Fatal(err)
	}
	m := newMachine(t)
	again := "recover machine --flake flake.bundle --host vm --yes"
	cut(t, m, given, point{"started", firstKept}, again)
	cut(t, m, given, point{"started", "flake/write"}, again)
	left, now := resumed(t, m, given)
	if !left {
		t.Fatal("nothing was found to go on with")
	}
	noSecretOn(t, m, passphrase, "virtio0")
	for _, name := range []string{"table", "slots", "keys", "TPM"} {
		if diff := cmp.Diff(section(t, straight.state, name), section(t, now, name)); diff != "" {
			t.Errorf("%s (-before +rebuilt):\n%s", name, diff)
		}
	}
	for _, want := range []string{"the passphrase opens it", "the recovery passphrase opens it"} {
		if !strings.Contains(now, want) {
			t.Errorf("%q is not in what it came to:\n%s", want, now)
		}
	}
}
