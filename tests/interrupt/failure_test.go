package interrupt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/pty"
)

// fails is the middle one of three actions, until what is wrong is mended.
const fails = `echo $$ >>"$OUT/hung"; echo "trying" >&2; test -e "$OUT/lifted" || { echo "/dev/x: No space left on device" >&2; exit 3; }; echo second >>"$OUT/done"`

// A person whose installation fails reads why, keeps the log, mends it in a
// shell and tries again, all without leaving.
func TestWizardTriesAgain(t *testing.T) {
	program := built(t)
	s := newScene(t, program, fails)
	terminal := s.start(pty.Options{Dir: s.out, Env: []string{"SHELL=/bin/sh", "PS1=here> "}}, "resume")
	s.accept(terminal, "wizard")
	terminal.Wait("It did not work")
	screen := terminal.Wait("r again   q quit   s save log   x shell")
	for _, want := range []string{"! do what hangs", "sh found no room left where it writes", "df -h shows", "trying", "1 of 3 actions are done. mnemonix resume goes on from here."} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q on\n%s", want, screen)
		}
	}
	terminal.Type("s")
	terminal.Wait("Which file is the log to go to?")
	terminal.Type("\x15kept.log\r")
	terminal.Wait("the log is in " + s.out + "/kept.log")
	if log := s.mark("kept.log"); !strings.Contains(log, "No space left on device") {
		t.Errorf("the log has\n%s", log)
	}

	// An interruption in the shell is the shell's own.
	terminal.Type("x")
	terminal.Wait("A shell. exit leads back to mnemonix.")
	terminal.Wait("here>")
	terminal.Type("sh -c 'echo run\"\"ning; exec sleep 1000'\r")
	terminal.Wait("running")
	terminal.Type("\x03")
	terminal.WaitFor("a second prompt", func(screen string) bool { return strings.Count(screen, "here>") > 1 })
	terminal.Type("touch lifted; exit 7\r")
	terminal.Wait("It did not work")

	terminal.Type("r")
	terminal.Wait("snix is installed")
	terminal.Type("q")
	if status := terminal.Status(); status != 0 {
		t.Errorf("ended with %d:\n%s", status, terminal.Screen())
	}
	if done := s.mark("done"); done != "first\nsecond\nthird\n" {
		t.Errorf("done was %q", done)
	}
}

// The same by words.
func TestPlainTriesAgain(t *testing.T) {
	program := built(t)
	s := newScene(t, program, fails)
	terminal := s.start(pty.Options{Columns: 120, Rows: 60, Dir: s.out, Env: []string{"SHELL=/bin/sh", "PS1=here> "}}, "--plain", "resume")
	s.accept(terminal, "plain")
	terminal.Wait("sh found no room left where it writes: /dev/x: No space left on device")
	terminal.Wait("Type again, save, shell, log or quit.")
	terminal.Type("shell\r")
	terminal.Wait("here>")
	terminal.Type("touch lifted; exit\r")
	terminal.WaitFor("the question once more", func(screen string) bool { return strings.Count(screen, "Type again, save") == 2 })
	terminal.Type("again\r")
	if status := terminal.Status(); status != 0 {
		t.Errorf("ended with %d:\n%s", status, terminal.Screen())
	}
	if done := s.mark("done"); done != "first\nsecond\nthird\n" {
		t.Errorf("done was %q", done)
	}
}

// Who leaves the page, and who was never there, is told the same: why, and
// what goes on from there.
func TestFailureIsTold(t *testing.T) {
	program := built(t)
	for name, args := range map[string][]string{
		"wizard":     {"resume"},
		"plain":      {"--plain", "resume"},
		"unattended": {"resume", "--yes"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, program, fails)
			terminal := s.start(pty.Options{Columns: 160, Rows: 60}, args...)
			s.accept(terminal, name)
			switch name {
			case "wizard":
				terminal.Wait("It did not work")
				terminal.Type("q")
			case "plain":
				terminal.Wait("Type again")
				terminal.Type("quit\r")
			}
			if status := terminal.Status(); status != 5 {
				t.Errorf("ended with %d", status)
			}
			screen := terminal.Screen()
			for _, want := range []string{"do what hangs: sh: ended with status 3: /dev/x: No space left on device", "df -h shows what is full; make room, then try again; then: mnemonix resume"} {
				if !strings.Contains(screen, want) {
					t.Errorf("no %q in\n%s", want, screen)
				}
			}
			entries := s.entries()
			if last := entries[len(entries)-1]; last.Action != "two" || last.Outcome != "failed" {
				t.Errorf("the journal ends with %+v", last)
			}
			if _, err := os.Stat(filepath.Join(s.out, "lifted")); err == nil {
				t.Fatal("it was lifted")
			}
			s.goesOn()
		})
	}
}
