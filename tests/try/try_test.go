// Package try runs the whole wizard as a person does: the real program in a
// real terminal, from the first key to the written flake.
package try

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tests/pty"
	"codeberg.org/mnemonix/mnemonix/tests/tmux"
)

const (
	// The phrase of 32 zero bytes, from the known answers of BIP39.
	phrase     = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art"
	passphrase = "correct horse battery"
	password   = "Tr0ub4dor and 3"
	pin        = "271828"
)

// machine is the recorded machine that the wizard finds.
func machine(t *testing.T, name string) string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("../machines", name))
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestFromTheFirstKeyToTheWrittenFlake(t *testing.T) {
	if testing.Short() {
		t.Skip("the built program in a terminal: not in the inner loop")
	}
	need.Program(t, "tmux")
	git := need.Program(t, "git")
	program := need.Built(t, ".")
	folder := t.TempDir()
	s := tmux.Start(t, tmux.Options{Columns: 80, Rows: 24, Dir: folder}, program, "--sysroot", machine(t, "laptop-nvme-tpm"), "try", "--out", "flake")

	next := func(texts ...string) {
		t.Helper()
		for _, text := range texts {
			s.Wait(text)
			s.Keys("Enter")
		}
	}
	answer := func(title, text string) {
		t.Helper()
		s.Wait("│ " + title)
		s.Type(text)
		s.Keys("Enter")
	}
	twice := func(title, text string) {
		t.Helper()
		answer(title, text)
		s.Type(text)
		s.Keys("Enter")
	}
	s.Wait("Step 1 of 10")
	next("│ Which keyboard", "│ And on the desktop", "│ Which language", "│ In which time zone", "│ Which Wi-Fi", "Step 3 of 10")
	answer("Name of the machine", "snix")
	next("│ Kind of machine")
	answer("Your user name", "alice")
	answer("Your full name", `Alice "Al" O'Hara ${USER}`)
	answer("E-mail address", "alice@example.org")
	next("│ SSH keys")
	twice("Your password", password)
	next("│ A further person", "│ What is this machine for", "│ Desktop", "│ Travel router", "│ Media automation")
	next("│ Disk layout")
	s.Wait("│ Disk")
	s.Keys("Space", "Enter")
	next("│ Boot loader", "│ Size of the boot", "│ Swap", "│ Let the machine sleep", "│ Size of the swap", "│ Forget everything", "│ What opens the disk")
	twice("Passphrase of the disk", passphrase)
	s.Wait("Make 24 new words")
	s.Keys("Down", "Enter")
	s.Wait("word 1, 24 to go")
	s.Type(phrase + " ")
	s.Wait("their checksum is right")
	s.Keys("Enter")
	next("│ A passphrase beside", "│ Keep this machine's keys", "│ Put your own keys", "│ Protect your own keys")
	twice("The PIN", pin)
	next("│ Git remote")
	s.Wait("[Summary]")
	s.Keys("Tab")
	s.Wait("[Disks]")
	s.Keys("Enter")
	s.Wait("The flake is in")
	s.Keys("Enter")
	if status := s.Status(); status != 0 {
		t.Errorf("ended with status %d:\n%s", status, s.Screen())
	}

	flake := filepath.Join(folder, "flake")
	for _, name := range []string{"flake.nix", "hosts/snix/disko.nix", "hosts/snix/answers.yaml", "keys/snix.json", ".sops.yaml"} {
		if _, err := os.Stat(filepath.Join(flake, name)); err != nil {
			t.Error(err)
		}
	}
	clean, err := exec.Command(git, "-C", flake, "status", "--porcelain").CombinedOutput()
	if err != nil || len(clean) > 0 {
		t.Errorf("the repository is not clean: %s %v", clean, err)
	}
	noSecretBelow(t, folder)
}

// noSecretBelow searches every file, the repository's packed ones included,
// for what was typed.
func noSecretBelow(t *testing.T, folder string) {
	t.Helper()
	read := 0
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		read++
		for _, secret := range []string{phrase, "abandon abandon", passphrase, password, pin} {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s holds a secret", name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 50 {
		t.Fatalf("searched only %d files", read)
	}
}

func TestATerminalThatNeverAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("the built program in a terminal: not in the inner loop")
	}
	program := need.Built(t, ".")
	for _, term := range []string{"xterm-256color", "linux", "vt220"} {
		terminal := pty.Start(t, pty.Options{Columns: 80, Rows: 24, Term: term, Dir: t.TempDir()}, program, "--sysroot", machine(t, "vm-virtio"), "try")
		terminal.Wait("Which keyboard")
		// bubbletea alone waits five seconds for each answer that does not
		// come; far less than one of them is proof enough on a busy machine.
		if since := terminal.Since(); since.Seconds() > 4 {
			t.Errorf("TERM=%s: the first page came after %s", term, since)
		}
		terminal.Signal(syscall.SIGTERM)
		if status := terminal.Status(); status != 130 {
			t.Errorf("TERM=%s: SIGTERM gave status %d", term, status)
		}
	}
}

func TestTinyTerminalsAndStormsOfSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("the built program in a terminal: not in the inner loop")
	}
	folder := t.TempDir()
	terminal := pty.Start(t, pty.Options{Columns: 20, Rows: 5, Term: "xterm", Dir: folder}, need.Built(t, "."), "--sysroot", machine(t, "vm-virtio"), "try")
	terminal.Wait("20x5")
	for i := range 60 {
		terminal.Resize(20+i*7%120, 5+i*3%40)
	}
	terminal.Resize(80, 24)
	terminal.Wait("Which keyboard")
	terminal.Signal(syscall.SIGINT)
	if status := terminal.Status(); status != 130 {
		t.Errorf("SIGINT gave status %d", status)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("something was written: %v %v", left, err)
	}
}

func TestWithoutATerminalName(t *testing.T) {
	command := exec.Command(need.Built(t, "."), "--sysroot", machine(t, "vm-virtio"), "try")
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), "TERM=")
	out, err := command.CombinedOutput() // standard input is closed
	if err == nil || command.ProcessState.ExitCode() != 2 {
		t.Errorf("status %d: %v", command.ProcessState.ExitCode(), err)
	}
	if !strings.Contains(string(out), "in plain lines") || !strings.Contains(string(out), "still missing: ") || bytes.Contains(out, []byte("\x1b[")) {
		t.Errorf("said:\n%s", out)
	}
}
