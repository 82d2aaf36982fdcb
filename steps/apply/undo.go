package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// ErrNoReturn is a run that has already destroyed what an undo would bring
// back.
var ErrNoReturn = errors.New("the point of no return is passed")

// CanUndo says why a run cannot be undone, or nil: an action that overwrites
// for good was begun.
func CanUndo(found Found) error {
	if found.Ended() {
		return fmt.Errorf("%w: the installation ended well", ErrNoReturn)
	}
	for _, action := range found.begun() {
		if action.NoReturn {
			return fmt.Errorf("%w: %q was begun, and what was on those disks is gone", ErrNoReturn, action.Title)
		}
	}
	return nil
}

// begun lists the actions that were begun and not taken back, in their order.
func (f Found) begun() []steps.Action {
	begun := map[string]bool{}
	for _, entry := range f.Entries {
		if entry.Outcome != "skipped" {
			begun[entry.Action] = !entry.takenBack()
		}
	}
	var list []steps.Action
	for _, action := range f.Plan.Actions {
		if begun[action.ID] {
			list = append(list, action)
		}
	}
	return list
}

// Back lists what an undo takes back, in its order.
func (f Found) Back() []steps.Action {
	list := slices.DeleteFunc(f.begun(), func(action steps.Action) bool { return len(action.Undo) == 0 })
	slices.Reverse(list)
	return list
}

// Undo takes back the actions that were begun, the last one first, and enters
// each into the journal, so that it can be gone on with. What one command
// cannot take back does not keep the others from it: all errors come together.
func Undo(ctx context.Context, found Found, opts Options) (failed error) {
	if err := CanUndo(found); err != nil {
		return err
	}
	opts = opts.filled()
	// What was saved of one disk must not be written to another.
	begun := found.begun()
	var ids []string
	for _, action := range begun {
		ids = append(ids, action.ID)
	}
	wishes, release := wished(ctx)
	defer release()
	defer func() {
		if errors.Is(failed, ErrStuck) {
			return
		}
		if err := opts.Guard.End(wishes.last); err != nil {
			failed = errors.Join(failed, fmt.Errorf("give the other disks back: %w", err))
		}
	}()
	if err := opts.Guard.Begin(wishes.last, found.Plan, ids); err != nil {
		return err
	}
	teller := &teller{now: opts.Now, events: opts.Events}
	defer teller.hear(wishes)()
	list := found.Back()
	teller.event.Of = len(list)
	for i, action := range list {
		back := steps.Action{ID: action.ID, Title: "take back: " + action.Title}
		if wishes.stopped() {
			return errors.Join(failed, before(back))
		}
		teller.begin(back, i+1)
		err := wishes.carry(back, opts, teller, func(ctx context.Context) error {
			return takeBack(ctx, action, opts, teller)
		})
		var half *halfDone
		if errors.As(err, &half) {
			half.hint = "it is half taken back; mnemonix undo does it again, from its beginning"
		}
		failed = errors.Join(failed, err)
		if errors.Is(err, ErrInterrupted) || errors.Is(err, ErrStuck) {
			return failed
		}
	}
	if failed == nil {
		teller.ended()
	}
	return failed
}

// takeBack takes one action back. What one command cannot take back does not
// keep the others from it.
func takeBack(ctx context.Context, action steps.Action, opts Options, teller *teller) error {
	defer teller.lost(opts.Journal)
	teller.tell(EventStarted, "")
	if err := opts.Journal.Write(opts.Now(), action.ID, "undo", ""); err != nil {
		return err
	}
	last := context.WithoutCancel(ctx)
	err := opts.Guard.Before(last, action)
	if err == nil {
		for _, command := range action.Undo {
			err = errors.Join(err, runOne(ctx, command, map[string]string{}, opts, teller))
		}
		err = errors.Join(err, opts.Guard.After(last, action))
	}
	if err != nil {
		return err
	}
	opts.Runner.Sync()
	if err := opts.Journal.Write(opts.Now(), action.ID, "undo", "done"); err != nil {
		return err
	}
	teller.tell(EventDone, "")
	return nil
}
