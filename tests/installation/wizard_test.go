package installation

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

// begin is what the live medium starts on its first console: mnemonix alone,
// which installs there.
const begin = `#!/bin/bash
export PATH=/iso/medium/bin:$PATH
mount -t efivarfs efivarfs /sys/firmware/efi/efivars 2>/dev/null
bash /iso/medium/watch.sh /run/processes 2>/dev/null &
exec mnemonix --log /run/install.log
`

// A person sits down at a machine with a blank disk, starts the medium and
// presses keys, from the first page to the last. The machine starts by itself
// then; as was accepted, the TPM opens its disk without Secure Boot, and when
// the TPM forgets, the passphrase does, and the words do.
func TestWizard(t *testing.T) {
	given, passphrase := folder(t), recovery(t)
	for name, text := range map[string]string{"start": begin} {
		if err := os.WriteFile(filepath.Join(given, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(given, "secrets.json")); err != nil {
		t.Fatal(err)
	}
	m := newMachine(t)
	r := m.Boot(rig.Boot{From: rig.Medium, Medium: rig.MakeMedium(t, given), Screen: true})
	r.Login("")
	w := wizard{t: t, r: r, pictures: pictures(t)}
	w.converse()
	// What is in memory comes out by the way that results come.
	r.Command("bash /iso/medium/memory.sh /dev/virtio-ports/rig.out")
	r.PowerOff()
	noSecretIn(t, passphrase, filepath.Join(m.Dir, "out.tar"),
		"run/mnemonix/apply/journal", "mnemonix --log /run/install.log", `"action":"install/system","event":"end","outcome":"done"`)
	noSecretOn(t, m, passphrase, "virtio0")

	// The first start asks, and enrolls the TPM with what was typed.
	first := m.Boot(rig.Boot{From: rig.Disks})
	if prompts := first.Login(diskPassphrase); prompts != 1 {
		t.Errorf("%d prompts at the first start, want 1", prompts)
	}
	first.Command("systemctl --wait is-system-running")
	if output, _ := first.Command("cat /run/luks-tpm-enrol/status"); !strings.Contains(output, "without Secure Boot, as was accepted") {
		t.Errorf("after the first start: %s", output)
	}
	first.PowerOff()

	second := m.Boot(rig.Boot{From: rig.Disks})
	if prompts := second.Login(""); prompts != 0 {
		t.Errorf("%d prompts after enrolling, want none", prompts)
	}
	if output, _ := second.Command("hostname; findmnt -no SOURCE /"); output != "installed\n/dev/mapper/cryptroot[/@root]" {
		t.Errorf("what started is %q", output)
	}
	second.Kill()

	opensWithoutTPM(t, m, passphrase)
}

// opensWithoutTPM throws the TPM's state away: the operator's passphrase and
// that of the words go on opening the disk.
func opensWithoutTPM(t *testing.T, m *rig.Machine, recovery string) {
	t.Helper()
	m.ForgetTPM()
	for _, typed := range []string{diskPassphrase, recovery} {
		r := m.Boot(rig.Boot{From: rig.Disks})
		if prompts := r.Unlock(typed); prompts != 1 {
			t.Errorf("%d prompts with another TPM, want 1", prompts)
		}
		r.Kill()
	}
}

// wizard is a person before tty1.
type wizard struct {
	t        *testing.T
	r        *rig.Running
	pictures string
	taken    int
}

// picture keeps what the screen shows.
func (w *wizard) picture(name string) {
	w.taken++
	w.r.Photograph(filepath.Join(w.pictures, name+".png"))
}

// next accepts what a question proposes.
func (w *wizard) next(titles ...string) {
	w.t.Helper()
	for _, title := range titles {
		w.r.WaitScreen("│ " + title)
		w.r.Key("ret")
	}
}

// answer types an answer.
func (w *wizard) answer(title, text string) {
	w.t.Helper()
	w.r.WaitScreen(title)
	w.r.TypeKeys(text + "\n")
}

// secret types what is asked for twice.
func (w *wizard) secret(title, text string) {
	w.t.Helper()
	w.answer("│ "+title, text)
	w.r.WaitScreen("> again")
	w.r.TypeKeys(text + "\n")
}

func (w *wizard) converse() {
	w.t.Helper()
	w.r.WaitScreen("Step 1 of 10")
	w.picture("1-language")
	w.next("Which keyboard", "And on the desktop", "Which language", "In which time zone")
	w.r.WaitScreen("Step 2 of 10")
	w.picture("2-network")
	w.r.Key("ret")
	w.r.WaitScreen("Step 3 of 10")
	w.picture("3-hardware")
	w.r.Key("ret")
	w.answer("│ Name of the machine", "vm")
	w.next("Kind of machine")
	w.answer("│ Your user name", "alice")
	w.picture("4-people")
	w.answer("│ Your full name", "Alice Example")
	w.answer("│ E-mail address", "alice@example.org")
	w.next("SSH keys")
	w.secret("Your password", userPassword)
	w.next("A further person")
	w.r.WaitScreen("│ What is this machine for")
	w.picture("5-features")
	w.next("What is this machine for", "Media automation")
	w.next("Disk layout")
	w.r.WaitScreen("│ Disk")
	w.picture("6-disk")
	w.r.Key("spc")
	w.r.Key("ret")
	w.next("Boot loader", "Size of the boot", "Swap", "Forget everything")
	w.r.WaitScreen("│ What opens the disk")
	w.r.Key("end")
	w.r.WaitScreen("> The TPM alone, without Secure Boot")
	w.picture("7-unlock")
	w.r.Key("ret")
	w.secret("Passphrase of the disk", diskPassphrase)
	w.r.WaitScreen("Make 24 new words")
	w.picture("8-words")
	w.r.Key("down")
	w.r.Key("ret")
	w.r.WaitScreen("word 1, 24 to go")
	// Four letters of each are enough.
	w.r.TypeKeys(strings.Repeat("aban ", 23) + "art ")
	w.r.WaitScreen("their checksum is right")
	w.picture("9-words-entered")
	w.r.Key("ret")
	w.next("A passphrase beside", "Keep this machine's keys", "Put your own keys")
	w.next("Git remote")
	if w.r.WaitScreen("It can begin", "It cannot begin") != 0 {
		w.t.Fatalf("the checks failed:\n%s", w.r.Screen())
	}
	w.picture("10-checks")
	w.r.Key("ret")
	w.r.WaitScreen("[Summary]")
	w.picture("11-review")
	w.r.Key("tab")
	w.r.WaitScreen("[Disks]")
	w.picture("12-disks")
	w.r.Key("ret")
	// The word comes from the disk.
	w.answer("To erase virtio-virtio0, 9 GiB, serial virtio0, type tio0", "tio0")
	w.r.WaitScreen("Install")
	w.picture("13-progress")
	if w.r.WaitScreen("vm is installed", "mnemonix resume") != 0 {
		w.t.Fatalf("the installation failed:\n%s", w.r.Screen())
	}
	w.picture("14-installed")
	w.r.Key("ret")
}
