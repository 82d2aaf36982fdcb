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

	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

// The secrets of the machine that is installed. Each is searched for in
// everything that the installation leaves.
const (
	diskPassphrase = "correct horse battery staple"
	userPassword   = "hunter22-hunter22"
)

var typedWords = strings.Repeat("abandon ", 23) + "art"

// folder is what the guest finds: mnemonix, what stands in, answers, secrets.
func folder(t *testing.T) string {
	t.Helper()
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
	for _, name := range []string{"disko", "nix", "nixos-install"} {
		copyFile(need.Built(t, "./tests/standin/"+name), "bin/"+name)
	}
	copyFile(need.Program(t, "sops"), "bin/sops")
	copyFile(filepath.Join(image(t), "installed.efi"), "system/kernel.efi")
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

// state is what the machine's disk has come to.
func state(t *testing.T, m *rig.Machine, recovery string) string {
	t.Helper()
	result := m.Exec("scripts/state.sh", "", diskPassphrase, recovery)
	if result.Status != 0 {
		t.Fatalf("state.sh ended with %d:\n%s", result.Status, result.Log)
	}
	return result.Log
}

// A blank disk becomes a machine that starts by itself; everything that opens
// it opens it, and nothing secret lies anywhere in clear.
func TestInstall(t *testing.T) {
	m, given, passphrase := newMachine(t), folder(t), recovery(t)
	result := m.Exec("scripts/install.sh", given, install...)
	if result.Status != 0 {
		t.Fatalf("install ended with %d:\n%s", result.Status, result.Log)
	}
	t.Log(result.Log)
	searched(t, m, result, passphrase)

	after := state(t, m, passphrase)
	for _, want := range []string{
		"the passphrase opens it", "the recovery passphrase opens it", "systemd-recovery", "0x81000001",
		"mnemonix/rendered", "boot/EFI/Linux/nixos-1.efi", "var/lib/mnemonix/age-identity.txt",
	} {
		if !strings.Contains(after, want) {
			t.Errorf("%q is not in what the installation came to:\n%s", want, after)
		}
	}

	first := m.Boot(rig.Boot{From: rig.Disks})
	if prompts := first.Login(diskPassphrase); prompts != 1 {
		t.Errorf("%d prompts at the first start, want 1", prompts)
	}
	if output, _ := first.Command("hostname; findmnt -no SOURCE /"); output != "installed\n/dev/mapper/root[/@root]" {
		t.Errorf("what started is %q", output)
	}
	first.PowerOff()

	m.ForgetTPM()
	again := m.Boot(rig.Boot{From: rig.Disks})
	if prompts := again.Login(passphrase); prompts != 1 {
		t.Errorf("%d prompts with the recovery passphrase, want 1", prompts)
	}
	again.PowerOff()
}

// searched looks for the secrets in all that an installation leaves: its
// output, log and events, what processes could be seen with, its files in
// memory, and every byte of the disk.
func searched(t *testing.T, m *rig.Machine, result rig.Result, passphrase string) {
	t.Helper()
	places := []string{m.Disk("virtio0")}
	err := filepath.Walk(result.Dir, func(name string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			places = append(places, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(places) < 5 {
		t.Errorf("only %q to be searched", places)
	}
	for _, place := range places {
		text, err := os.ReadFile(place)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{typedWords[:24], diskPassphrase, userPassword, passphrase} {
			if strings.Contains(string(text), secret) {
				t.Errorf("a secret is in %s", place)
			}
		}
	}
	// The search itself: what is known to be there is found.
	processes, err := os.ReadFile(filepath.Join(result.Dir, "processes"))
	if err != nil || !strings.Contains(string(processes), "install --answers answers.yaml") {
		t.Errorf("mnemonix was not seen among the processes (%v)", err)
	}
}
