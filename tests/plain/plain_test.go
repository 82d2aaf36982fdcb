// Package plain holds the whole conversation in plain lines, as a screen
// reader, a serial line or a script does: the real program, answers into a
// pipe, from the first question to the written flake.
package plain

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

const (
	// The phrase of 32 zero bytes, from the known answers of BIP39.
	phrase     = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art"
	passphrase = "correct horse battery"
	password   = "Tr0ub4dor and 3"
	pin        = "271828"
)

// answers are what is typed after the lines that begin so, in order; the
// questions that are not here get the empty line, which takes the proposal.
func answers() map[string][]string {
	return map[string][]string{
		"Name of the machine":           {"SNIX", strings.Repeat("a", 64), "help", "snix"},
		"Your user name":                {"root", "Alice", "alice"},
		"Your full name":                {"Alice: the first", `Alice "Al" O'Hara ${USER}`},
		"E-mail address":                {"alice@example.org"},
		"Your password on this machine": {password, password},
		"Which language":                {"back", "", ""},
		"Disk [":                        {"1"},
		"Disk":                          {"1"},
		"Passphrase of the disk":        {passphrase, "something else", passphrase, passphrase},
		"  1  Make 24 new words":        {"Type my 24 words"},
		"Type the words":                {phrase},
		"The PIN":                       {pin, pin},
		"Type write the flake":          {"files", "actions", "write the flake"},
	}
}

// converse answers what the program asks until it ends; it returns all that
// was printed, and the status.
func converse(t *testing.T, program *exec.Cmd, answers map[string][]string) (string, int) {
	t.Helper()
	in, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	program.Stderr = &said
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	titles := make([]string, 0, len(answers))
	for title := range answers {
		titles = append(titles, title)
	}
	slices.Sort(titles)
	const enough = 400 // prompts: a conversation that goes in circles ends
	var printed strings.Builder
	var fresh, asked string
	buffer := make([]byte, 1<<16)
	for prompts := 0; ; {
		n, err := out.Read(buffer)
		printed.Write(buffer[:n])
		fresh += string(buffer[:n])
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if err != nil {
			break
		}
		if !strings.HasSuffix(fresh, "> ") {
			continue
		}
		if prompts++; prompts > enough {
			_ = program.Process.Kill()
			_ = program.Wait()
			t.Fatalf("the conversation goes in circles:\n%s", fresh)
		}
		if strings.Contains(fresh, "\n\n") || strings.Contains(fresh, "Type ") {
			asked = "" // another question
		}
		for _, title := range titles {
			for _, line := range strings.Split(fresh, "\n") {
				if strings.HasPrefix(line, title) {
					asked = title
				}
			}
		}
		fresh = ""
		answer := ""
		if queue := answers[asked]; len(queue) > 0 {
			answer, answers[asked] = queue[0], queue[1:]
		}
		if _, err := io.WriteString(in, answer+"\n"); err != nil {
			break // it has ended; its status says how
		}
	}
	_ = in.Close()
	err = program.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return printed.String() + said.String(), program.ProcessState.ExitCode()
}

func TestTheWholeConversation(t *testing.T) {
	git := need.Program(t, "git")
	machine, err := filepath.Abs("../machines/laptop-nvme-tpm")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	program := exec.Command(need.Built(t, "."), "--sysroot", machine, "--plain", "try", "--out", "flake")
	program.Dir = folder
	left := answers()
	out, status := converse(t, program, left)
	if status != 0 {
		t.Fatalf("ended with status %d:\n%s", status, out)
	}
	for title, queue := range left {
		if len(queue) > 0 && !strings.HasPrefix(title, "Disk") {
			t.Errorf("%s was not asked: %q left", title, queue)
		}
	}
	for _, part := range []string{
		"step 1 of 10", "step 9 of 10", "Error: ", "host name", "the two were not the same", "24 words, and their checksum is right",
		"review", "before: ", "after: ", "An installation would now run",
	} {
		if !strings.Contains(out, part) {
			t.Errorf("%q was not said", part)
		}
	}
	// The files of the flake are read out as they are.
	asked, _, _ := strings.Cut(out, "Type write the flake")
	for i, r := range asked {
		if r < ' ' && r != '\n' || r > '~' {
			t.Errorf("%q was printed, after %q", r, asked[max(0, i-40):i])
			break
		}
	}
	flake := filepath.Join(folder, "flake")
	for _, name := range []string{"flake.nix", "hosts/snix/disko.nix", "hosts/snix/answers.yaml", "keys/snix.json", ".sops.yaml"} {
		if _, err := os.Stat(filepath.Join(flake, name)); err != nil {
			t.Error(err)
		}
	}
	clean, err := exec.Command(git, "-C", flake, "status", "--porcelain", "--ignored").CombinedOutput()
	if err != nil || len(clean) > 0 {
		t.Errorf("the repository is not clean: %s %v", clean, err)
	}
	secrets := []string{phrase, "abandon abandon", passphrase, password, pin}
	for _, secret := range secrets {
		if strings.Contains(out, secret) {
			t.Errorf("a secret was printed")
		}
	}
	read := 0
	err = filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		read++
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s holds a secret", name)
			}
		}
		return err
	})
	if err != nil || read < 50 {
		t.Fatalf("searched %d files: %v", read, err)
	}
}
