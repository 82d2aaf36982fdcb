package try

import (
	"bytes"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tests/pty"
)

// show starts keys show on a terminal.
func show(t *testing.T) *pty.Terminal {
	t.Helper()
	if testing.Short() {
		t.Skip("the built program in a terminal: not in the inner loop")
	}
	return pty.Start(t, pty.Options{Columns: 120, Rows: 40}, need.Built(t, "."), "keys", "show", "--host", "snix")
}

// The words are typed at a prompt, at once and blindly, and nothing of them
// comes back.
func TestTypedWordsAreNotShown(t *testing.T) {
	for range 5 { // the race between prompt and typing is what matters
		terminal := show(t)
		terminal.Wait("word 1>")
		terminal.Type(phrase + "\n")
		terminal.Wait("The passphrase beside them")
		terminal.Type("\n")
		screen := terminal.Wait("wireguard")
		if status := terminal.Status(); status != 0 {
			t.Errorf("status %d", status)
		}
		if bytes.Contains(terminal.Written(), []byte("abandon")) || !strings.Contains(screen, "age1tag1") {
			t.Fatalf("on the screen:\n%s", screen)
		}
	}
}

// Words come line by line too, by their first letters and with their numbers,
// all lines at once; a wrong one is named by its position and asked for again.
// A passphrase is asked for until the same was typed twice.
func TestTypedWordByWord(t *testing.T) {
	terminal := show(t)
	terminal.Wait("word 1>")
	var sheet strings.Builder
	for i, word := range strings.Fields(phrase)[:12] { // in two columns
		if i == 4 {
			word = "qqabandno"
		}
		sheet.WriteString(strings.TrimSpace(strings.Join([]string{numbered(i+1, word), numbered(i+13, strings.Fields(phrase)[i+12])}, "\t")) + "\n")
	}
	terminal.Type(sheet.String())
	terminal.Wait("word 5 is not in the list")
	terminal.Type("aban\n")
	terminal.Wait("The passphrase beside them")
	terminal.Type("correct horse\n")
	terminal.Wait("The same once more")
	terminal.Type("correct house\n")
	terminal.Wait("The two were not the same")
	terminal.Type("correct horse\ncorrect horse\n")
	screen := terminal.Wait("wireguard")
	if status := terminal.Status(); status != 0 {
		t.Errorf("status %d", status)
	}
	if !strings.Contains(screen, "with the passphrase") {
		t.Errorf("the passphrase made no difference:\n%s", screen)
	}
	for _, secret := range []string{"qqabandno", "correct", "horse"} {
		if bytes.Contains(terminal.Written(), []byte(secret)) {
			t.Errorf("%s came back:\n%s", secret, screen)
		}
	}
}

func numbered(i int, word string) string {
	return string(rune('0'+i/10)) + string(rune('0'+i%10)) + ". " + word
}

// A person can leave while the words are asked for.
func TestTypedWordsAreLeft(t *testing.T) {
	for keys, want := range map[string]int{"\x03": 130, "abandon\n\x03": 130, "quit\n": 4, "\x04": 4} {
		terminal := show(t)
		terminal.Wait("word 1>")
		terminal.Type(keys)
		if status := terminal.Status(); status != want {
			t.Errorf("%q: status %d, want %d:\n%s", keys, status, want, terminal.Screen())
		}
	}
	terminal := show(t)
	terminal.Wait("word 1>")
	terminal.Type(phrase + "\n")
	terminal.Wait("The passphrase beside them")
	terminal.Type("\x03")
	if status := terminal.Status(); status != 130 {
		t.Errorf("at the passphrase: status %d", status)
	}
}
