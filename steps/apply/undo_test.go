package apply_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// watch is a guard that notes when it is called, and refuses at one of the
// calls.
type watch struct {
	calls   []string
	refuses string
}

var errRefused = errors.New("another disk")

func (w *watch) call(name string) error {
	w.calls = append(w.calls, name)
	if name == w.refuses {
		return errRefused
	}
	return nil
}

func (w *watch) Begin(_ context.Context, _ steps.Plan, begun []string) error {
	slices.Sort(begun)
	for _, id := range begun {
		w.calls = append(w.calls, "begun "+id)
	}
	return w.call("begin")
}

func (w *watch) Before(_ context.Context, action steps.Action) error {
	return w.call("before " + action.ID)
}
func (w *watch) After(context.Context, steps.Action) error { return w.call("after") }
func (w *watch) End(context.Context) error                 { return w.call("end") }

// What was saved of one disk goes back to that disk alone: an undo asks the
// guard, and where the guard refuses, nothing of it is done.
func TestUndoAsksTheGuard(t *testing.T) {
	plan := steps.Plan{Host: "snix", Actions: []steps.Action{
		{ID: "disk/save", Kind: steps.ActionCommand},
		{ID: "disk/clear", Kind: steps.ActionCommand, Undo: []steps.Command{{Argv: []string{"restore", "table"}}}},
		{ID: "disk/format", Kind: steps.ActionCommand, Undo: []steps.Command{{Argv: []string{"umount"}}}},
	}}.Sealed()
	found := apply.Found{Plan: plan, Entries: []apply.Entry{
		{Plan: plan.Hash, Action: "disk/save", Event: "end", Outcome: "done"}, {Plan: plan.Hash, Action: "disk/clear", Event: "start"},
	}}
	for _, test := range []struct {
		refuses string
		calls   []string
		runs    []run.Expected
	}{
		{"", []string{"begun disk/clear", "begun disk/save", "begin", "before disk/clear", "after", "end"}, []run.Expected{{Argv: []string{"restore", "table"}}}},
		{"begin", []string{"begun disk/clear", "begun disk/save", "begin", "end"}, nil},
		{"before disk/clear", []string{"begun disk/clear", "begun disk/save", "begin", "before disk/clear", "end"}, nil},
	} {
		t.Run("refuses "+test.refuses, func(t *testing.T) {
			guard := &watch{refuses: test.refuses}
			fake := run.NewFake(test.runs...)
			journal, err := apply.ContinueJournal(fake, "/journal", plan.Hash, found.Entries)
			if err != nil {
				t.Fatal(err)
			}
			err = apply.Undo(t.Context(), found, apply.Options{Runner: fake, Guard: guard, Journal: journal})
			if errors.Is(err, errRefused) != (test.refuses != "") {
				t.Errorf("it ended with %v", err)
			}
			if !slices.Equal(guard.calls, test.calls) {
				t.Errorf("the guard was asked %q", guard.calls)
			}
			if err := fake.Unmet(); err != nil {
				t.Error(err)
			}
		})
	}
}

// stick is a machine whose stick is pulled out.
type stick struct {
	*run.Fake
	out bool
}

func (s *stick) AppendFile(name string, data []byte, perm fs.FileMode) error {
	if s.out && name == "/stick/journal" {
		return fs.ErrNotExist
	}
	return s.Fake.AppendFile(name, data, perm)
}

// A stick that is pulled out during an undo does not end it, and it is told
// once that what lies on it ends too early.
func TestUndoTellsALostCopy(t *testing.T) {
	restore := []steps.Command{{Argv: []string{"restore", "table"}}}
	plan := steps.Plan{Host: "snix", Actions: []steps.Action{
		{ID: "disk/clear-one", Kind: steps.ActionCommand, Undo: restore}, {ID: "disk/clear-two", Kind: steps.ActionCommand, Undo: restore},
	}}.Sealed()
	found := apply.Found{Plan: plan, Entries: []apply.Entry{
		{Plan: plan.Hash, Action: "disk/clear-one", Event: "start"}, {Plan: plan.Hash, Action: "disk/clear-two", Event: "start"},
	}}
	machine := &stick{Fake: run.NewFake(run.Expected{Argv: restore[0].Argv}, run.Expected{Argv: restore[0].Argv})}
	journal, err := apply.ContinueJournal(machine, "/journal", plan.Hash, found.Entries)
	if err != nil {
		t.Fatal(err)
	}
	if err := journal.Attach("/stick/journal", true); err != nil {
		t.Fatal(err)
	}
	machine.out = true
	var told []string
	err = apply.Undo(t.Context(), found, apply.Options{Runner: machine, Journal: journal, Events: func(event apply.Event) {
		if event.Kind == apply.EventLost {
			told = append(told, event.Action+": "+event.Text)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []string{"disk/clear-two: /stick/journal"}) {
		t.Errorf("told of the lost copy: %q", told)
	}
	if err := machine.Unmet(); err != nil {
		t.Error(err)
	}
}
