package rig_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

const passphrase = "recovery-passphrase"

// has fails the test where a text lacks a line.
func has(t *testing.T, what, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text+"\n", "\n"+line+"\n") {
			t.Errorf("%s lacks the line %q:\n%s", what, line, text)
		}
	}
}

// atLength leaves a test to ./check full: that the rig itself can do what its
// tests are built on. Installed machines prove the same in every run.
func atLength(t *testing.T) {
	t.Helper()
	if os.Getenv("MNEMONIX_FULL") != "1" {
		t.Skip("takes long: ./check full runs it")
	}
}

// A disk that one boot encrypts and enrolls is opened by the TPM in the next,
// and by the passphrase alone when the TPM has forgotten.
func TestEnrollAndUnlock(t *testing.T) {
	atLength(t)
	m := rig.New(t, rig.Hardware{Virtio: 1, NVMe: 1})
	enroll := m.Exec("scripts/enroll.sh", "")
	if enroll.Status != 0 {
		t.Fatalf("enroll.sh ended with %d:\n%s", enroll.Status, enroll.Log)
	}
	var header struct {
		Tokens map[string]struct {
			Type string
			PCRs []int `json:"tpm2-pcrs"`
		}
		Keyslots map[string]any
	}
	text, err := os.ReadFile(filepath.Join(enroll.Dir, "luks.json"))
	if err == nil {
		err = json.Unmarshal(text, &header)
	}
	if err != nil {
		t.Fatal(err)
	}
	if token := header.Tokens["0"]; len(header.Keyslots) != 2 || token.Type != "systemd-tpm2" || len(token.PCRs) != 1 || token.PCRs[0] != 7 {
		t.Errorf("want a passphrase and a TPM bound to PCR 7, got %s", text)
	}

	unlock := m.Exec("scripts/unlock.sh", "")
	has(t, "the second boot", unlock.Log, "tpm: 0", "tpm reads: written-by-the-first-boot",
		"passphrase: 0", "passphrase reads: written-by-the-first-boot")

	m.ForgetTPM()
	forgotten := m.Exec("scripts/unlock.sh", "")
	has(t, "the boot with another TPM", forgotten.Log, "tpm: 1", "passphrase: 0",
		"passphrase reads: written-by-the-first-boot")
	if strings.Contains(forgotten.Log, "tpm reads:") {
		t.Errorf("another TPM opened the disk:\n%s", forgotten.Log)
	}
}

// A script's status and its files come back.
func TestExec(t *testing.T) {
	atLength(t) // else every other test says so
	m := rig.New(t, rig.Hardware{Virtio: 1})
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "given"), []byte("from the host"), 0o600); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("cat given; echo \" $1\"; cp given /run/rig/out/back; exit 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	result := m.Exec(script, folder, "one argument")
	if result.Status != 3 || strings.TrimSpace(result.Log) != "from the host one argument" {
		t.Errorf("ended with %d and %q", result.Status, result.Log)
	}
	if back, err := os.ReadFile(filepath.Join(result.Dir, "back")); err != nil || string(back) != "from the host" {
		t.Errorf("came back: %q, %v", back, err)
	}
}

// A saved state is a whole machine: memory, disks and TPM go back together,
// also after the plug was pulled.
func TestSaveAndLoad(t *testing.T) {
	atLength(t)
	m := rig.New(t, rig.Hardware{Virtio: 1})
	r := m.Boot(rig.Boot{From: rig.Image})
	r.Login("")
	command := func(r *rig.Running, line string) string {
		t.Helper()
		output, status := r.Command(line)
		if status != 0 {
			t.Fatalf("%s ended with %d: %s", line, status, output)
		}
		return output
	}
	const disk = "/dev/disk/by-id/virtio-virtio0"
	read := "head -c 6 " + disk + "; cat /run/note; tpm2_pcrread sha256:16 | tail -n 1"
	command(r, "echo before | dd of="+disk+" conv=fsync status=none; echo in-memory >/run/note; tpm2_pcrreset 16")
	before := command(r, read)
	r.Save("here")
	command(r, "echo after. | dd of="+disk+" conv=fsync status=none; rm /run/note; tpm2_pcrextend 16:sha256="+strings.Repeat("ab", 32))
	r.Load("here")
	if got := command(r, read); got != before || !strings.HasPrefix(got, "before") {
		t.Errorf("after Load: %q, want %q", got, before)
	}
	command(r, "echo after. | dd of="+disk+" conv=fsync status=none")
	r.Kill()

	// The disk alone shows what the power cut left; the state goes back.
	again := m.Boot(rig.Boot{From: rig.Image, State: "here"})
	again.Type("\r")
	if got := command(again, read); got != before {
		t.Errorf("after the power cut: %q, want %q", got, before)
	}
	again.PowerOff()
}

// An installed disk boots by itself: it asks, it is enrolled for PCR 7 and an
// untouched PCR 15, it asks no more, and asks again when the TPM has forgotten.
func TestDiskAlone(t *testing.T) {
	atLength(t)
	m := rig.New(t, rig.Hardware{Virtio: 1, Size: "3G"})
	folder := t.TempDir()
	uki, err := os.ReadFile(filepath.Join(os.Getenv("MNEMONIX_RIG"), "uki.efi"))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "uki.efi"), uki, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if install := m.Exec("scripts/install.sh", folder); install.Status != 0 {
		t.Fatalf("install.sh ended with %d:\n%s", install.Status, install.Log)
	}

	first := m.Boot(rig.Boot{From: rig.Disks})
	if prompts := first.Login(passphrase); prompts != 1 {
		t.Errorf("%d prompts before anything was enrolled, want 1", prompts)
	}
	enroll := "PASSWORD=" + passphrase + " systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs='7+15:sha256=" +
		strings.Repeat("0", 64) + "' /dev/disk/by-partlabel/cryptroot"
	if output, status := first.Command(enroll); status != 0 {
		t.Fatalf("enroll: %d: %s", status, output)
	}
	first.PowerOff()

	second := m.Boot(rig.Boot{From: rig.Disks})
	if prompts := second.Login(""); prompts != 0 {
		t.Errorf("%d prompts after enrolling, want none", prompts)
	}
	if output, _ := second.Command("hostname; findmnt -no SOURCE /"); output != "installed\n/dev/mapper/cryptroot[/@root]" {
		t.Errorf("what booted is %q", output)
	}
	// PCR 15 was extended when root was opened, so that nobody can do it again.
	if output, status := second.Command("cryptsetup open --test-passphrase --token-only --token-type systemd-tpm2 /dev/disk/by-partlabel/cryptroot"); status == 0 {
		t.Errorf("the booted system got the key once more: %s", output)
	}
	second.PowerOff()

	m.ForgetTPM()
	third := m.Boot(rig.Boot{From: rig.Disks})
	if prompts := third.Login(passphrase); prompts != 1 {
		t.Errorf("%d prompts with another TPM, want 1", prompts)
	}
	third.PowerOff()
}
