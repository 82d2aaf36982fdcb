package interrupt

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/tests/pty"
)

// lastEvent is the last one of --events.
func (s *scene) lastEvent() apply.Event {
	s.t.Helper()
	lines := strings.Split(strings.TrimSpace(s.mark("events")), "\n")
	var event apply.Event
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &event); err != nil {
		s.t.Fatalf("%v: %q", err, lines)
	}
	return event
}

// ended holds the end of the story against what mnemonix ended with.
func (s *scene) ended(terminal *pty.Terminal, status int, kind apply.EventKind, text string) {
	s.t.Helper()
	if got := terminal.Status(); got != status {
		s.t.Errorf("ended with %d, want %d:\n%s", got, status, terminal.Screen())
	}
	event := s.lastEvent()
	if event.Kind != kind || event.Status != status || event.Action != "" || !strings.Contains(event.Text, text) {
		s.t.Errorf("the last event is %+v, want %s %d %q", event, kind, status, text)
	}
}

// Whatever way a run ends, its last event says so.
func TestLastEvent(t *testing.T) {
	program := built(t)
	size := pty.Options{Columns: 160, Rows: 24}
	t.Run("a program fails", func(t *testing.T) {
		s := newScene(t, program, fails)
		s.ended(s.start(size, "resume", "--yes", "--events", s.out+"/events"), 5, apply.EventFailed, "No space left on device")
	})
	t.Run("all is done", func(t *testing.T) {
		s := newScene(t, program, "true")
		s.ended(s.start(size, "resume", "--yes", "--events", s.out+"/events"), 0, apply.EventEnded, "")
	})
	t.Run("it is ended", func(t *testing.T) {
		s := newScene(t, program, hangs)
		terminal := s.start(size, "resume", "--yes", "--events", s.out+"/events")
		s.accept(terminal, "unattended")
		terminal.Wait("2 of 3: do what hangs")
		terminal.Type("\x03")
		terminal.Wait("Waiting for sh")
		terminal.Type("\x03")
		s.ended(terminal, 130, apply.EventInterrupted, "do what hangs")
	})
	t.Run("there is nothing to go on with", func(t *testing.T) {
		s := newScene(t, program, "true")
		if err := os.RemoveAll(filepath.Join(s.memory, "apply")); err != nil {
			t.Fatal(err)
		}
		s.ended(s.start(size, "resume", "--yes", "--events", s.out+"/events"), 3, apply.EventRefused, "resume: ")
	})
	t.Run("another one is at work", func(t *testing.T) {
		s := newScene(t, program, "true")
		terminal := s.startBy(`exec flock /run/mnemonix/lock "$@"`, size, "resume", "--yes", "--events", s.out+"/events")
		s.ended(terminal, 3, apply.EventRefused, "another mnemonix is at work here")
	})
	t.Run("the secrets cannot be read", func(t *testing.T) {
		s := newScene(t, program, "true")
		terminal := s.startBy(`echo "{" >`+s.out+`/secrets; exec 3<`+s.out+`/secrets "$@"`, size, "resume", "--yes", "--secrets-fd", "3", "--events", s.out+"/events")
		s.ended(terminal, 2, apply.EventRefused, "secrets")
	})
	t.Run("a check fails", func(t *testing.T) {
		s := newScene(t, program, "true")
		s.git(`echo git version 1.9`)
		s.ended(s.install(), 3, apply.EventRefused, "git is version 1.9")
	})
}

// waitFor waits for what a terminal does not show.
func (s *scene) waitFor(what string, there func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !there(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("no sign of %s", what)
		}
	}
}

// A stick that is pulled out does not end an installation, and it is said that
// its copy of the journal ends too early.
func TestLostCopy(t *testing.T) {
	program := built(t)
	s := newScene(t, program, `rm -r "$OUT/stick"; echo second >>"$OUT/done"`)
	if err := os.Mkdir(filepath.Join(s.out, "stick"), 0o700); err != nil {
		t.Fatal(err)
	}
	terminal := s.start(pty.Options{Columns: 240, Rows: 40}, "resume", "--yes", "--sync", s.out+"/stick", "--events", s.out+"/events")
	s.ended(terminal, 0, apply.EventEnded, "")
	said := "The copy of the journal, " + s.out + "/stick/journal, could not be written any more: it ends before this was done: do what hangs"
	if screen := terminal.Screen(); strings.Count(screen, said) != 2 { // at once, and at the end
		t.Errorf("it ends with\n%s", screen)
	}
	if events := s.mark("events"); strings.Count(events, `"event":"lost","action":"two"`) != 1 {
		t.Errorf("told of\n%s", events)
	}
}

// git makes a git of that script.
func (s *scene) git(script string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.out, "git"), []byte("#!/bin/sh\nOUT="+s.out+"\n"+script+"\n"), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

// install begins an installation that touches no disk, with that git.
func (s *scene) install() *pty.Terminal {
	s.t.Helper()
	answers, err := filepath.Abs("../../assets/examples/wintv.yaml")
	if err != nil {
		s.t.Fatal(err)
	}
	return s.startBy(`PATH=`+s.out+`:$PATH; exec "$@"`, pty.Options{Columns: 160, Rows: 60},
		"install", "--answers", answers, "--yes", "--events", s.out+"/events")
}

// A signal that comes while the checks are looked at is no failed check.
func TestInterruptedChecks(t *testing.T) {
	program := built(t)
	s := newScene(t, program, "true")
	s.git(`echo $$ >>"$OUT/hung"; exec sleep 1000`)
	terminal := s.install()
	s.waitFor("the checks", func() bool { return s.mark("hung") != "" })
	terminal.Type("\x03")
	s.ended(terminal, 130, apply.EventInterrupted, "interrupted: nothing was written")
	if screen := terminal.Screen(); !strings.Contains(screen, "interrupted: nothing was written") || strings.Contains(screen, "not looked at") {
		t.Errorf("it ends with\n%s", screen)
	}
}

// floods is a middle action that says more than a pipe and its queue take.
const floods = `echo $$ >>"$OUT/hung"; yes "$(printf %200s x)" | head -n 20000 >&2; echo second >>"$OUT/done"`

// A pipe that nobody reads does not stop an installation, and is told of.
func TestEventsThatNobodyReads(t *testing.T) {
	program := built(t)
	s := newScene(t, program, floods)
	if err := syscall.Mkfifo(filepath.Join(s.out, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	terminal := s.start(pty.Options{Columns: 160, Rows: 24}, "resume", "--yes", "--events", s.out+"/pipe")
	if status := terminal.Status(); status != 0 {
		t.Errorf("ended with %d after %s:\n%s", status, time.Since(begun), terminal.Screen())
	}
	if done := s.mark("done"); done != "first\nsecond\nthird\n" {
		t.Errorf("done was %q", done)
	}
	if screen := terminal.Screen(); !strings.Contains(screen, "its reader was too slow for") {
		t.Errorf("it ends with\n%s", screen)
	}
}

// A terminal that was stopped with Ctrl-S does not stop an installation.
func TestStoppedTerminal(t *testing.T) {
	program := built(t)
	s := newScene(t, program, `echo $$ >>"$OUT/hung"; while ! test -e "$OUT/lifted"; do sleep 0.05; done; echo second >>"$OUT/done"`)
	terminal := s.start(pty.Options{Columns: 160, Rows: 24}, "resume", "--yes")
	terminal.Wait("2 of 3: do what hangs")
	terminal.Type("\x13")
	time.Sleep(100 * time.Millisecond) // the line discipline's own time
	if err := os.WriteFile(filepath.Join(s.out, "lifted"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.waitFor("the end of the last action", func() bool { return s.mark("done") == "first\nsecond\nthird\n" })
	terminal.Type("\x11")
	if status := terminal.Status(); status != 0 {
		t.Errorf("ended with %d:\n%s", status, terminal.Screen())
	}
	if screen := terminal.Screen(); !strings.Contains(screen, "3 of 3: do the last thing") || !strings.Contains(screen, "snix is installed") {
		t.Errorf("it ends with\n%s", screen)
	}
}
