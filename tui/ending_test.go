package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/tui/internal/fixture"
)

// failure is a page whose apply failed in its third action, and what is done
// on it.
type failure struct {
	*driver
	tries []string // what was tried after that
	saved []string // where the log went
	next  error    // how the next try ends
}

func failing(t *testing.T, width, height int, err error) *failure {
	t.Helper()
	f := &failure{}
	setup := testSetup(t)
	setup.Resumable, setup.LogName = "mnemonix resume", "mnemonix.log"
	setup.SaveLog = func(_ context.Context, name string) (string, error) {
		if strings.HasPrefix(name, "/gone") {
			return "", steps.Problem{Text: "there is no folder /gone", Hint: "make it, or name a file somewhere else"}
		}
		f.saved = append(f.saved, name)
		return "/root/" + name, nil
	}
	setup.Shell = func(*os.File, io.Writer) error { return nil }
	plan := fixture.Plan()
	told := func(report func(apply.Event), err error) error {
		for _, event := range events(plan) {
			report(event)
		}
		third := apply.Event{Action: plan.Actions[2].ID, Title: plan.Actions[2].Title, Number: 3, Of: len(plan.Actions)}
		for _, text := range []string{"disko is at work", "mkfs.btrfs: No space left on device"} {
			third.Kind, third.Text = apply.EventLine, text
			report(third)
		}
		third.Kind, third.Text = apply.EventFailed, fmt.Sprint(err)
		if errors.Is(err, apply.ErrInterrupted) {
			third.Kind = apply.EventDone
		}
		report(third)
		return err
	}
	setup.Accept = func(_ context.Context, _ steps.Plan, _ steps.Answers, _ *steps.Secrets, report func(apply.Event)) ([]string, error) {
		return nil, told(report, err)
	}
	setup.Again = func(_ context.Context, _ steps.Plan, _ steps.Answers, _ *steps.Secrets, report func(apply.Event)) ([]string, error) {
		f.tries = append(f.tries, "again")
		if f.next != nil {
			return nil, told(report, f.next)
		}
		for i, action := range plan.Actions { // as one that is gone on with tells
			kinds := []apply.EventKind{apply.EventStarted, apply.EventDone}
			if i < 2 {
				kinds = []apply.EventKind{apply.EventSkipped}
			}
			for _, kind := range kinds {
				report(apply.Event{Kind: kind, Action: action.ID, Title: action.Title, Number: i + 1, Of: len(plan.Actions)})
			}
		}
		return []string{"It is installed."}, nil
	}
	f.driver = drive(t, setup, width, height).press(toReview...).press("enter", "NX0T", "enter")
	return f
}

// What failed is tried again, from where it failed; what was done stays done.
func TestTryAgain(t *testing.T) {
	first := &apply.Failure{Action: fixture.Plan().Actions[2], Err: errors.New("it says no")}
	f := failing(t, 80, 24, first)
	f.wants("It did not work", "2 of 5 actions are done", "mnemonix resume goes on from here", "r again")
	f.press("enter", "esc") // a second chance is not thrown away by a key too many
	if f.quit {
		t.Fatal("left")
	}
	f.next = &apply.Failure{Action: fixture.Plan().Actions[2], Err: errors.New("it says no once more")}
	f.press("r").wants("it says no once more", "2 of 5 actions are done")
	f.next = nil
	f.press("r").wants("Done", "It is installed.")
	if result := f.wizard.Result(); result.Kind != KindAccepted || result.Err != nil || len(f.tries) != 2 {
		t.Errorf("ended with %+v after %q", result, f.tries)
	}
	if f.wizard.work.states[0] != stateDone || f.wizard.work.count() != 5 {
		t.Errorf("the states are %v", f.wizard.work.states)
	}
	if f.press("enter"); !f.quit {
		t.Error("the last page is not left")
	}
}

// What was begun that cannot be brought back was begun, however often it is
// tried: nobody is told of an undo that there is not.
func TestNoWayBackAfterATry(t *testing.T) {
	f := failing(t, 80, 24, &apply.Failure{Action: fixture.Plan().Actions[2], Err: errors.New("no")})
	work := f.wizard.work
	work.actions = slices.Clone(work.actions)
	work.actions[2].NoReturn = true
	if back := work.wayBackNow(); back != pastNoReturn {
		t.Errorf("after the failure: %q", back)
	}
	if back := work.again().wayBackNow(); back != pastNoReturn {
		t.Errorf("before another try: %q", back)
	}
	setup := f.wizard.setup
	setup.Past = true
	work = newProgress(steps.Plan{Actions: work.actions})
	if back := work.wayBackNow(); !strings.Contains(back, "mnemonix undo can") {
		t.Errorf("at the beginning: %q", back)
	}
	if lines := strings.Join(newReview(steps.Plan{Actions: work.actions}, setup).summary(f.wizard.canvas()), "\n"); !strings.Contains(lines, pastNoReturn) {
		t.Errorf("the review of what goes on:\n%s", lines)
	}
}

// What hangs in the kernel is not offered again, and what was stopped is.
func TestWhatIsOffered(t *testing.T) {
	f := failing(t, 80, 24, &apply.Failure{Action: fixture.Plan().Actions[2], Err: apply.ErrStuck})
	if strings.Contains(f.view(), "r again") {
		t.Errorf("another try is offered:\n%s", f.view())
	}
	if f.press("r"); len(f.tries) > 0 {
		t.Error("it was tried again")
	}
	f = failing(t, 80, 24, fmt.Errorf("%w before: end", apply.ErrInterrupted))
	f.wants("Stopped", "r go on")
	if f.press("q"); !f.quit || f.wizard.Result().Kind != KindInterrupted {
		t.Errorf("quit %v, %s", f.quit, f.wizard.Result().Kind)
	}
}

func TestSaveLog(t *testing.T) {
	f := failing(t, 80, 24, &apply.Failure{Action: fixture.Plan().Actions[2], Err: errors.New("no")})
	f.press("s").wants("Which file is the log to go to?", "mnemonix.log")
	f.press("ctrl+c").wants("It did not work") // it is only the question that is left
	f.press("s", "esc", "s", "ctrl+u", "/gone/rql", "enter").wants("there is no folder /gone", "name a file somewhere else")
	f.press("ctrl+u", "q.log", "enter").wants("the log is in /root/q.log", "r again")
	if !slices.Equal(f.saved, []string{"q.log"}) || f.quit || len(f.tries) > 0 {
		t.Errorf("saved %q, quit %v, tries %q", f.saved, f.quit, f.tries)
	}
}

// In plain lines the same can be done by words.
func TestPlainTryAgain(t *testing.T) {
	for name, test := range map[string]struct {
		lines []string
		wants []string
		kind  Kind
		tries int
	}{
		"again": {[]string{"again"}, []string{
			"Error: write the flake", "disko", "2 of 5 actions are done.", "mnemonix resume goes on",
			"Type again, save, log or quit.", "All of it was done.",
		}, KindAccepted, 1},
		"quit":            {[]string{"log", "help", "nonsense", "back", "quit"}, []string{"> write the flake", "Nothing of it can be answered anew", "that is none of them"}, KindFailed, 0},
		"save":            {[]string{"save", "/gone/x", "save", ""}, []string{"there is no folder /gone", "The log is in /root/mnemonix.log"}, KindFailed, 0},
		"the input ended": {nil, []string{"Type again"}, KindFailed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := failing(t, 80, 24, &apply.Failure{Action: fixture.Plan().Actions[2], Err: errors.New("disko says no")})
			setup, again := f.wizard.setup, f.wizard.setup.Again
			setup.Again = func(ctx context.Context, plan steps.Plan, chosen steps.Answers, secrets *steps.Secrets, report func(apply.Event)) ([]string, error) {
				summary, err := again(ctx, plan, chosen, secrets, report)
				report(apply.Event{Kind: apply.EventEnded})
				return summary, err
			}
			setup.Secrets = &steps.Secrets{}
			lines := slices.Concat(plainWay, []string{"install", "NX0T"}, test.lines)
			result, out := talkPlain(t, setup, lines...)
			flat := strings.Join(strings.Fields(out), " ")
			for _, want := range test.wants {
				if !strings.Contains(flat, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
			if result.Kind != test.kind || len(f.tries) != test.tries || !result.Applied {
				t.Errorf("%d tries, ended with %s, %v", len(f.tries), result.Kind, result.Err)
			}
			if name == "again" {
				_, story, _ := strings.Cut(out, "To erase ")
				golden(t, "plain-failed", tidy(story))
			}
		})
	}
}

// The shell gets the terminal itself, and where there is only one screen the
// page is cleared away first.
func TestShellGetsTheTerminal(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer terminal.Close()
	var got *os.File
	var out strings.Builder
	s := &shell{clear: true, run: func(in *os.File, _ io.Writer) error { got = in; return nil }}
	s.SetStdin(watched{File: terminal})
	s.SetStdout(&out)
	if err := s.Run(); err != nil || got != terminal || !strings.HasPrefix(out.String(), "\x1b[2J") || !strings.Contains(out.String(), "exit leads back") {
		t.Errorf("%v, %v, said %q", err, got, out.String())
	}
	s.SetStdin(strings.NewReader(""))
	if err := s.Run(); err == nil {
		t.Error("a shell without a terminal")
	}
	f := failing(t, 80, 24, &apply.Failure{Action: fixture.Plan().Actions[2], Err: errors.New("no")})
	f.send(shellEnded{errors.New("no such file")})
	f.wants("the shell did not begin: no such file")
}
