package flow_test

import (
	"errors"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// Beside another system everything can be taken back, and afterwards nothing is
// found to go on with, neither in memory nor on the EFI system partition that
// both share. An undo that is cut goes on as one.
func TestUndoLeavesNoRecord(t *testing.T) {
	plan := smallOn(t, "windows-gap", func(in *steps.Input) { lay(in, "beside", false) })
	undone, calls := false, 0
	for cut := 0; !undone; cut++ {
		w := newWorld(plan)
		w.Put(inRAM, table)
		w.fault = func(what string) (error, bool) {
			w.off = w.current == "flake/write" && what == "sync"
			return errPower, w.off
		}
		if err := w.installation(nil).Start(t.Context()); err == nil {
			t.Fatal("it was not cut")
		}
		w.fault, w.off = nil, false
		before := w.calls
		if cut > 0 {
			w.cutAt = before + cut
		}
		undo := func() error {
			found, err := apply.Find(t.Context(), w)
			if err != nil {
				return err
			}
			if err := apply.CanUndo(found); err != nil {
				t.Fatal(err)
			}
			return w.installation(nil).Undo(t.Context(), found)
		}
		err := undo()
		switch {
		case cut == 0:
			calls = w.calls - before
		case cut > calls:
			undone = true
		case err == nil:
			t.Fatalf("cut %d of %d was not noticed", cut, calls)
		}
		// Not the power: the program was killed, and the tables are in memory.
		w.off, w.cutAt = false, 0
		if cut > 0 && !undone {
			if err := undo(); err != nil && !errors.Is(err, apply.ErrNothingFound) {
				t.Fatalf("cut %d: %v", cut, err)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		if found, err := apply.Find(t.Context(), w); !errors.Is(err, apply.ErrNothingFound) {
			t.Fatalf("cut %d: what was taken back can be gone on with, from %s", cut, found.Place)
		}
	}
	if calls < 15 {
		t.Errorf("only %d places to cut", calls)
	}
}
