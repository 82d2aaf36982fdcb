// Package interrupt stops what is being carried out: the real program on a
// real terminal, with real programs that hang, and a person who presses keys,
// closes the window or does nothing at all.
//
// What is carried out is a plan of a few shell scripts that an interrupted run
// has left in memory, so that no disk is needed; memory is a /run of its own.
package interrupt

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tests/pty"
)

// scene is a machine on which a run was interrupted before it did anything.
type scene struct {
	t       *testing.T
	program string
	memory  string // what lies in memory
	out     string // where the scripts leave their marks
}

// hangs is the middle one of three actions. It does not listen to a friendly
// word either, and what it started does not.
const hangs = `trap '' TERM; echo "$$ hangs" >&2; echo $$ >>"$OUT/hung"; test -e "$OUT/lifted" || sleep 1000; echo second >>"$OUT/done"`

// built is the program.
func built(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("the built program in a terminal: not in the inner loop")
	}
	return need.Built(t, ".")
}

// newScene makes one whose second action is that script. The last action waits
// while there is a file "held".
func newScene(t *testing.T, program, second string, arguments ...string) *scene {
	t.Helper()
	s := &scene{t: t, program: program, memory: t.TempDir(), out: t.TempDir()}
	chosen, err := os.ReadFile("../answers/snix.yaml")
	if err != nil {
		t.Fatal(err)
	}
	script := func(text string, arguments ...string) []steps.Command {
		return []steps.Command{{Argv: append([]string{"sh", "-c", "OUT=" + s.out + "; " + text}, arguments...)}}
	}
	plan := steps.Plan{
		Version: steps.PlanVersion, Host: "snix",
		Files: []steps.File{{Path: "hosts/snix/answers.yaml", Content: string(chosen), Mode: 0o644}},
		Actions: []steps.Action{
			{ID: "one", Title: "do the first thing", Kind: steps.ActionCommand, Commands: script(`echo first >>"$OUT/done"`)},
			{ID: "two", Title: "do what hangs", Kind: steps.ActionCommand, Commands: script(second, arguments...)},
			{ID: "three", Title: "do the last thing", Kind: steps.ActionCommand, Commands: script(`while test -e "$OUT/held"; do sleep 0.05; done; echo third >>"$OUT/done"`)},
		},
	}.Sealed()
	if err := apply.NewFolder(run.NewReal("/", nil), filepath.Join(s.memory, "apply")).Save(plan); err != nil {
		t.Fatal(err)
	}
	return s
}

// start starts the program in that scene.
func (s *scene) start(options pty.Options, args ...string) *pty.Terminal {
	s.t.Helper()
	return s.startBy(`exec "$@"`, options, args...)
}

// startBy lets a script start it.
func (s *scene) startBy(script string, options pty.Options, args ...string) *pty.Terminal {
	s.t.Helper()
	const memory = `mount -t tmpfs none /run && mkdir /run/mnemonix && mount --bind "$1" /run/mnemonix && shift || exit 99; `
	argv := append(need.Namespace(s.t), "sh", "-c", memory+script, "sh", s.memory, s.program)
	return pty.Start(s.t, options, append(argv, args...)...)
}

// entries is what the journal says now.
func (s *scene) entries() []apply.Entry {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.memory, "apply", "journal"))
	if err != nil {
		s.t.Fatal(err)
	}
	return apply.ParseJournal(text)
}

// halfDone holds what is left after the order against what was promised: what
// hung is dead, the journal has it begun and not ended.
func (s *scene) halfDone() {
	s.t.Helper()
	entries := s.entries()
	if last := entries[len(entries)-1]; last.Action != "two" || last.Event != "start" {
		s.t.Errorf("the journal ends with %+v", last)
	}
	for _, process := range strings.Fields(s.mark("hung")) {
		state, err := os.ReadFile("/proc/" + process + "/stat")
		if err == nil && !strings.Contains(string(state), ") Z ") {
			s.t.Errorf("what hung lives on: %s", state)
		}
	}
	if done := s.mark("done"); done != "first\n" {
		s.t.Errorf("done was %q", done)
	}
}

// mark is what the scripts have written into a file.
func (s *scene) mark(name string) string {
	text, err := os.ReadFile(filepath.Join(s.out, name))
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	return string(text)
}

// goesOn lifts what made it hang, and goes on.
func (s *scene) goesOn() {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.out, "lifted"), nil, 0o600); err != nil {
		s.t.Fatal(err)
	}
	again := s.start(pty.Options{}, "resume", "--yes")
	if status := again.Status(); status != 0 {
		s.t.Errorf("resume ended with %d:\n%s", status, again.Screen())
	}
	if done := s.mark("done"); done != "first\nsecond\nthird\n" {
		s.t.Errorf("done was %q", done)
	}
	if !strings.Contains(again.Screen(), "do the first thing: was done already") {
		s.t.Errorf("resume said\n%s", again.Screen())
	}
}

// A person waits for a program that hangs, gives up, and is told at every key
// what it means.
func TestWizardEndsWhatHangs(t *testing.T) {
	program := built(t)
	s := newScene(t, program, hangs)
	terminal := s.start(pty.Options{}, "resume")
	s.accept(terminal, "wizard")
	terminal.Type("\x03")
	terminal.Wait("Stop after the present action?")
	terminal.Type("y")
	terminal.Wait("waiting for sh; ctrl+c again ends it now")
	terminal.Type("\x03")
	terminal.Wait("End sh now?")
	terminal.Wait("This stays half done: do what hangs.")
	terminal.Type("y")
	terminal.Wait("ending sh")
	terminal.Wait("Stopped")
	terminal.Type("q")
	if status := terminal.Status(); status != 130 {
		t.Errorf("ended with %d", status)
	}
	if screen := terminal.Screen(); !strings.Contains(screen, "mnemonix resume does it again") {
		t.Errorf("it ends with\n%s", screen)
	}
	s.halfDone()
	s.goesOn()
}

// The same in plain lines, and with nobody there: the second signal ends what
// runs, and the first says so.
func TestSecondSignalEndsWhatHangs(t *testing.T) {
	program := built(t)
	for name, args := range map[string][]string{
		"plain":      {"--plain", "resume"},
		"unattended": {"resume", "--yes"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, program, hangs)
			terminal := s.start(pty.Options{Columns: 160, Rows: 24}, args...)
			s.accept(terminal, name)
			terminal.Wait("2 of 3: do what hangs")
			terminal.Type("\x03")
			terminal.Wait("Waiting for sh; ctrl+c once more ends it now, and leaves the action half done.")
			terminal.Type("\x03")
			terminal.Wait("Ending sh. Half done: do what hangs")
			if status := terminal.Status(); status != 130 {
				t.Errorf("ended with %d:\n%s", status, terminal.Screen())
			}
			if screen := terminal.Screen(); !strings.Contains(screen, "mnemonix resume does it again") {
				t.Errorf("it ends with\n%s", screen)
			}
			s.halfDone()
			s.goesOn()
		})
	}
}

// accept says that it is to go on, and waits until the second action is at
// work.
func (s *scene) accept(terminal *pty.Terminal, skin string) {
	s.t.Helper()
	switch skin {
	case "wizard":
		terminal.Wait("after 0 of 3 actions")
		terminal.Type("\r")
		terminal.Wait("[Summary]")
		terminal.Type("\r")
	case "plain":
		terminal.Wait("Enter goes on>")
		terminal.Type("\r")
		terminal.Wait("Type go on")
		terminal.Type("go on\r")
	}
	watch := exec.Command("sh", "-c", `until test -s "$0"; do sleep 0.05; done`, filepath.Join(s.out, "hung"))
	if err := watch.Run(); err != nil {
		s.t.Fatal(err)
	}
}

// The terminal is closed in the middle: what was begun goes on without it, to
// its end. Whoever started us may keep the signal to himself: then all that is
// seen is that nothing can be read or written any more.
func TestGoesOnWithoutTheTerminal(t *testing.T) {
	program := built(t)
	for name, args := range map[string][]string{
		"wizard":     {"resume"},
		"plain":      {"--plain", "resume"},
		"unattended": {"resume", "--yes"},
	} {
		for how, script := range map[string]string{
			"signal":    `exec "$@"`,
			"no signal": `trap : HUP; "$@"; exit $?`,
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				s := newScene(t, program, `echo $$ >>"$OUT/hung"; until test -e "$OUT/lifted"; do sleep 0.05; done; echo second >>"$OUT/done"`)
				events := filepath.Join(s.out, "events")
				terminal := s.startBy(script, pty.Options{}, append(args, "--events", events)...)
				s.accept(terminal, name)
				terminal.HangUp()
				if err := os.WriteFile(filepath.Join(s.out, "lifted"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
				if status := terminal.Status(); status != 0 {
					t.Errorf("ended with %d", status)
				}
				if done := s.mark("done"); done != "first\nsecond\nthird\n" {
					t.Errorf("done was %q", done)
				}
				entries := s.entries()
				if last := entries[len(entries)-1]; last.Action != "three" || last.Outcome != "done" {
					t.Errorf("the journal ends with %+v", last)
				}
				if told := s.mark("events"); strings.Contains(told, `"stopping"`) || !strings.Contains(told, `"event":"ended"`) {
					t.Errorf("the events are\n%s", told)
				}
			})
		}
	}
}

// Somebody else asks the program to end, not by a key: the screen goes, and it
// is said what is waited for, and a second signal ends that.
func TestSignalsFromElsewhere(t *testing.T) {
	program := built(t)
	s := newScene(t, program, hangs)
	terminal := s.start(pty.Options{Columns: 160, Rows: 24}, "resume")
	s.accept(terminal, "wizard")
	pid := processOf(t, s.program)
	signal := func() {
		if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	signal()
	terminal.Wait("Stopping after this action: do what hangs. Waiting for sh")
	signal()
	if status := terminal.Status(); status != 130 {
		t.Errorf("ended with %d:\n%s", status, terminal.Screen())
	}
	s.halfDone()
}

// processOf is the process that runs this program.
func processOf(t *testing.T, program string) int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		arguments, err := os.ReadFile(filepath.Join(filepath.Dir(link), "cmdline"))
		if target, _ := os.Readlink(link); err == nil && target == program && strings.HasPrefix(string(arguments), program) {
			pid := 0
			for _, digit := range strings.Split(link, "/")[2] {
				pid = pid*10 + int(digit-'0')
			}
			return pid
		}
	}
	t.Fatal("the program does not run")
	return 0
}
