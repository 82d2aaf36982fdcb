package keys

import (
	"bytes"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/pty"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
)

// At a terminal, keys that are others are replaced when that is said, and with
// nothing said they stay.
func TestReplacingIsAsked(t *testing.T) {
	if testing.Short() {
		t.Skip("real keys, replaced: not in the inner loop")
	}
	tpm := device.SocketStart + startTPM(t)
	s := newSite(t, machineOnly)
	if out, stderr, status := s.run(nil, tpm, "", "enroll"); status != 0 {
		t.Fatalf("status %d: %s%s", status, out, stderr)
	}
	others := strings.Repeat("zoo ", 23) + "vote"
	for _, c := range []struct {
		words, answer string
		status        int
		state         string
	}{
		{others, "", 4, ""},
		{others, "yes", 4, ""},
		{phrase, "", 0, "unchanged"}, // the same words are not asked about
		{others, "replace", 0, "replaced"},
	} {
		terminal := pty.Start(t, pty.Options{Columns: 200, Rows: 40}, s.program, "--tpm", tpm,
			"keys", "enroll", "--host", "snix", "--flake", s.flake, "--root", s.root)
		terminal.Wait("word 1>")
		terminal.Type(c.words + "\n")
		terminal.Wait("The passphrase beside them")
		terminal.Type("\n")
		if c.words == others {
			terminal.Wait("Type replace to replace them")
			terminal.Type(c.answer + "\n")
		}
		if status := terminal.Status(); status != c.status {
			t.Errorf("%q: status %d\n%s", c.answer, status, terminal.Screen())
		}
		if c.state != "" && strings.Count(terminal.Screen(), " "+c.state+" ") != 2 {
			t.Errorf("%q: %s", c.answer, terminal.Screen())
		}
		if bytes.Contains(terminal.Written(), []byte("zoo")) || bytes.Contains(terminal.Written(), []byte("abandon")) {
			t.Errorf("words came back:\n%s", terminal.Screen())
		}
	}
}

// A PIN is typed twice where keys get it, also after the TPM was cleared, and
// once where they have it.
func TestPINIsTypedTwice(t *testing.T) {
	tpm := device.SocketStart + startTPM(t)
	s := newSite(t, withPIN)
	for run, pins := range [][]string{{"12ab", "21ab", "12ab", "12ab"}, {"12ab"}, {"34cd", "34cd"}} {
		if run == 2 {
			clearTPM(t, tpm)
		}
		terminal := pty.Start(t, pty.Options{Columns: 200, Rows: 40}, s.program, "--tpm", tpm,
			"keys", "enroll", "--host", "snix", "--flake", s.flake, "--root", s.root)
		terminal.Wait("word 1>")
		terminal.Type(phrase + "\n")
		terminal.Wait("The passphrase beside them")
		terminal.Type("\n")
		terminal.Wait("The PIN of your keys")
		for i, pin := range pins {
			if i == 1 {
				terminal.Wait("The same once more")
			}
			if i == 2 {
				terminal.Wait("The two were not the same")
			}
			terminal.Type(pin + "\n")
		}
		if status := terminal.Status(); status != 0 || bytes.Contains(terminal.Written(), []byte(pins[0])) {
			t.Errorf("status %d\n%s", status, terminal.Screen())
		}
	}
}
