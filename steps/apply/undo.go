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
	for _, action := range found.begun() {
		if action.NoReturn {
			return fmt.Errorf("%w: %q was begun, and what was on those disks is gone", ErrNoReturn, action.Title)
		}
	}
	return nil
}

// begun lists the actions that were begun, in their order.
func (f Found) begun() []steps.Action {
	var list []steps.Action
	for _, action := range f.Plan.Actions {
		if slices.ContainsFunc(f.Entries, func(entry Entry) bool {
			return entry.Action == action.ID && entry.Outcome != "skipped"
		}) {
			list = append(list, action)
		}
	}
	return list
}

// Undo takes back the actions that were begun, the last one first. What one
// command cannot take back does not keep the others from it: all errors come
// together.
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
	teller := &teller{now: opts.Now, events: opts.Events, event: Event{Of: len(found.Plan.Actions)}}
	defer teller.hear(wishes)()
	for i, action := range slices.Backward(begun) {
		if len(action.Undo) == 0 {
			continue
		}
		back := steps.Action{ID: action.ID, Title: "take back: " + action.Title}
		if wishes.stopped() {
			return errors.Join(failed, before(back))
		}
		teller.begin(back, len(begun)-i)
		err := wishes.carry(back, opts, teller, func(ctx context.Context) error {
			return takeBack(ctx, action, opts, teller)
		})
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
	teller.tell(EventStarted, "")
	err := opts.Guard.Before(context.WithoutCancel(ctx), action)
	if err == nil {
		for _, command := range action.Undo {
			err = errors.Join(err, runOne(ctx, command, map[string]string{}, opts, teller))
		}
	}
	if err == nil {
		teller.tell(EventDone, "")
	}
	return err
}
