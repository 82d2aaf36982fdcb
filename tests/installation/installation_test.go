// Package installation installs machines with mnemonix itself, in virtual
// machines: from the answers to a disk that boots by itself.
//
// Its rules:
//
//   - What can run for real runs for real: mnemonix as it is released, git,
//     sops, cryptsetup, mkfs, systemd-boot, the firmware, the TPM. What only
//     NixOS has is stood in for by tests/standin, with the same command lines.
//   - No time is asserted.
package installation

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

// The secrets of the machine that is installed.
const (
	diskPassphrase = "correct horse battery staple"
	userPassword   = "hunter22-hunter22"
)

var typedWords = strings.Repeat("abandon ", 23) + "art"

// folder is what the guest finds: mnemonix, what stands in, answers, secrets.
func folder(t *testing.T) string {
	t.Helper()
	boots := image(t)
	dir := t.TempDir()
	copyFile := func(from, to string) {
		t.Helper()
		to = filepath.Join(dir, to)
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o755)
		}
		if err == nil {
			err = os.WriteFile(to, data, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	copyFile(need.Built(t, "."), "bin/mnemonix")
	for _, name := range []string{"disko", "nix", "nixos-install", "sbctl"} {
		copyFile(need.Built(t, "./tests/standin/"+name), "bin/"+name)
	}
	copyFile(filepath.Join(dir, "bin/nix"), "bin/nix-store")
	copyFile(need.Program(t, "sops"), "bin/sops")
	copyFile(filepath.Join(boots, "installed.efi"), "system/kernel.efi")
	if !atLength() {
		copyFile("scripts/cryptsetup", "bin/cryptsetup")
	}
	for _, name := range []string{"install.sh", "state.sh", "watch.sh", "memory.sh", "recover.sh"} {
		copyFile(filepath.Join("scripts", name), name)
	}
	copyFile("testdata/answers.yaml", "answers.yaml")
	secrets, err := json.Marshal(map[string]string{
		"words": typedWords, "diskPassphrase": diskPassphrase, "userPassword": userPassword,
	})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "secrets.json"), secrets, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func image(t *testing.T) string {
	t.Helper()
	place := os.Getenv("MNEMONIX_RIG")
	if place == "" {
		t.Skip("needs a virtual machine: ./check vm runs it")
	}
	return place
}

// recovery is the passphrase that the words give for this machine's disk.
func recovery(t *testing.T) string {
	t.Helper()
	command := exec.Command(need.Built(t, "."), "keys", "show", "--host", "vm", "--reveal", "--words-fd", "0")
	command.Stdin = strings.NewReader(typedWords)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for line := range strings.Lines(string(output)) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "luks" {
			return fields[1]
		}
	}
	t.Fatalf("no recovery passphrase in %s", output)
	return ""
}

var install = []string{"install", "--answers", "answers.yaml", "--yes", "--events", "/run/rig/out/events"}

func newMachine(t *testing.T) *rig.Machine {
	t.Helper()
	return rig.New(t, rig.Hardware{Virtio: 1, Size: "9G"})
}

// wholly runs mnemonix in the machine, and if it succeeds says in the same boot
// what the disk has come to.
func wholly(t *testing.T, m *rig.Machine, given string, args ...string) (result rig.Result, state string) {
	t.Helper()
	known := diskPassphrase + "\n" + recovery(t) + "\n"
	if err := os.WriteFile(filepath.Join(given, "passphrases"), []byte(known), 0o600); err != nil {
		t.Fatal(err)
	}
	result = m.Exec("scripts/whole.sh", given, args...)
	text, err := os.ReadFile(filepath.Join(result.Dir, "state"))
	if err != nil && result.Status == 0 {
		t.Fatal(err)
	}
	return result, strings.TrimSuffix(string(text), "\n")
}

// state is what the machine's disk has come to, to be compared.
func state(t *testing.T, m *rig.Machine, recovery string) string {
	t.Helper()
	result := m.Exec("scripts/state.sh", "", diskPassphrase, recovery)
	if result.Status != 0 {
		t.Fatalf("state.sh ended with %d:\n%s", result.Status, result.Log)
	}
	return strings.TrimSuffix(result.Log, "\n")
}

// atLength says that everything is tried, and not what has to hold in every
// run only.
func atLength() bool { return os.Getenv("MNEMONIX_FULL") == "1" }

// outcome is what an installation that nobody disturbed comes to.
type outcome struct {
	machine *rig.Machine
	actions []string // of its plan, in their order
	state   string
	kept    []byte // its flake and its record, as tar
	opened  string // what the words alone found on its disk
}

// first keeps the outcome for the tests that compare with it.
var first *outcome

// undisturbed installs a machine without anybody, from answers and secrets.
// What it leaves is searched for the secrets.
func undisturbed(t *testing.T) outcome {
	t.Helper()
	if first != nil {
		return *first
	}
	m := newMachine(t)
	given := folder(t)
	if err := os.WriteFile(filepath.Join(given, "words"), []byte(typedWords), 0o600); err != nil {
		t.Fatal(err)
	}
	result, state := wholly(t, m, given, install...)
	if result.Status != 0 {
		t.Fatalf("install ended with %d:\n%s", result.Status, result.Log)
	}
	searched(t, m, recovery(t), result)
	opened, err := os.ReadFile(filepath.Join(result.Dir, "recovered"))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join(result.Dir, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	first = &outcome{machine: m, actions: carried(t, filepath.Join(result.Dir, "events")), state: state, kept: kept, opened: string(opened)}
	return *first
}

// carried are the actions of a plan, in their order, as the events of a run
// say: those that were begun, and those that were found done.
func carried(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for line := range strings.Lines(string(text)) {
		var event struct{ Event, Action string }
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%s: %v: %s", name, err, line)
		}
		if event.Event == "started" || event.Event == "skipped" {
			actions = append(actions, event.Action)
		}
	}
	return actions
}

// A blank disk becomes a machine, and nothing secret lies anywhere in clear. A
// second installation over the first takes down what that one made, and comes
// to the same.
func TestInstall(t *testing.T) {
	once, passphrase := undisturbed(t), recovery(t)
	for _, want := range []string{
		"the passphrase opens it", "the recovery passphrase opens it", "systemd-recovery", "0x81000001",
		"is the key of etc/nixos/keys/vm.json", "mnemonix/rendered", "boot/EFI/Linux/nixos-1.efi", "var/lib/mnemonix/age-identity.txt",
	} {
		if !strings.Contains(once.state, want) {
			t.Errorf("%q is not in what the installation came to:\n%s", want, once.state)
		}
	}
	if !atLength() {
		return
	}
	result := once.machine.Exec("scripts/install.sh", folder(t), install...)
	if result.Status != 0 {
		t.Fatalf("a second installation ended with %d:\n%s", result.Status, result.Log)
	}
	if diff := cmp.Diff(once.state, state(t, once.machine, passphrase)); diff != "" {
		t.Errorf("a second installation over the first (-first +second):\n%s", diff)
	}
}

// The words alone open the disk of a machine that does not start, so that it
// can be read and not written to, and leave nothing open.
func TestRecoverDisk(t *testing.T) {
	opened := undisturbed(t).opened
	for _, want := range []string{
		"These are the right words: the recovery passphrase of vm in generation 0", "recover disk ended with 0",
		"(@root) at /mnt\n", "(@home) at /mnt/home\n", "(@nix) at /mnt/nix\n", "# What the operator chose",
		"'/mnt/written': Read-only file system", "'/mnt/home/written': Read-only file system", "\ncontrol\nits header is as it was\n",
	} {
		if !strings.Contains(opened, want) {
			t.Errorf("no %q in\n%s", want, opened)
		}
	}
}

// pictures is the folder that screens are kept in: MNEMONIX_PICTURES, or one
// that is thrown away.
func pictures(t *testing.T) string {
	t.Helper()
	place := os.Getenv("MNEMONIX_PICTURES")
	if place == "" {
		return t.TempDir()
	}
	if err := os.MkdirAll(place, 0o755); err != nil {
		t.Fatal(err)
	}
	return place
}
