package try

import (
	"bytes"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tests/pty"
)

// The words are typed at a prompt, at once and blindly, and nothing of them
// comes back.
func TestTypedWordsAreNotShown(t *testing.T) {
	if testing.Short() {
		t.Skip("the built program in a terminal: not in the inner loop")
	}
	for range 5 { // the race between prompt and typing is what matters
		terminal := pty.Start(t, pty.Options{Columns: 120, Rows: 40}, need.Built(t, "."), "keys", "show", "--host", "snix")
		terminal.Wait("The 24 words (not shown):")
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
