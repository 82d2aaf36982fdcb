// Package apply carries a plan out.
//
// Its rules:
//
//   - It reads nothing but the plan: what was reviewed is what happens.
//   - Nothing is asked here. Secrets were handed in before.
//   - Each action is announced in the journal before it begins and reported
//     after it has ended and all that it wrote is on the disks; the journal
//     is synced in between.
//   - An action that is already done is not done again. The machine is asked
//     where it can be asked, the journal is believed where it cannot.
//   - A run stops between two actions, and inside one only where the plan
//     says that it may, or on order: then it can be resumed. No program is
//     ended because it takes long.
package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Builtin is an action that mnemonix carries out itself.
type Builtin func(ctx context.Context, action steps.Action, secrets *steps.Secrets) error

// Options are what an apply needs besides the plan.
type Options struct {
	Runner   run.Runner
	Secrets  *steps.Secrets
	Journal  *Journal
	Builtins map[string]Builtin
	Guard    Guard            // nil: the plan touches no disk
	Events   func(Event)      // nil: nobody watches
	Now      func() time.Time // nil: the clock of this machine
	// Ended is called after each action that ended well or was already done
	// (skipped), before that is told and the next begins. May be nil.
	Ended func(ctx context.Context, action steps.Action, skipped bool) error
}

// filled puts something in the place of what may be nil.
func (o Options) filled() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Events == nil {
		o.Events = func(Event) {}
	}
	if o.Guard == nil {
		o.Guard = unguarded{}
	}
	if o.Ended == nil {
		o.Ended = func(context.Context, steps.Action, bool) error { return nil }
	}
	return o
}

// Failure is an action that did not end well.
type Failure struct {
	Action steps.Action
	Err    error
}

func (f *Failure) Error() string { return f.Action.Title + ": " + f.Err.Error() }

func (f *Failure) Unwrap() error { return f.Err }

// ErrInterrupted is a run that was asked to stop, and stopped between two
// actions.
var ErrInterrupted = errors.New("interrupted")

// Run carries the plan's actions out, in order. It returns a *Failure, an
// error that wraps ErrInterrupted, or nil when everything is done. The end of
// ctx is the wish to stop; WithEnd gives a context that can do more.
func Run(ctx context.Context, plan steps.Plan, opts Options) (err error) {
	opts = opts.filled()
	teller := &teller{now: opts.Now, events: opts.Events, event: Event{Of: len(plan.Actions)}}
	wishes, release := wished(ctx)
	defer release()
	defer func() {
		if errors.Is(err, ErrStuck) { // a disk does not answer: neither would the guard's questions be
			return
		}
		if ended := opts.Guard.End(wishes.last); ended != nil {
			err = errors.Join(err, fmt.Errorf("give the other disks back: %w", ended))
		}
		if err == nil {
			teller.ended()
		}
	}()
	if err := opts.Guard.Begin(wishes.last, plan, opts.Journal.Begun()); err != nil {
		return err
	}
	defer teller.hear(wishes)()
	for i, action := range plan.Actions {
		if wishes.stopped() {
			return before(action)
		}
		teller.begin(action, i+1)
		if err := wishes.carry(action, opts, teller, func(ctx context.Context) error {
			defer teller.lost(opts.Journal)
			skipped, err := perform(ctx, plan, action, opts, teller)
			if err == nil {
				err = opts.Ended(wishes.last, action, skipped)
			}
			switch {
			case err != nil:
				return err
			case skipped:
				teller.tell(EventSkipped, "")
			default:
				teller.tell(EventDone, "")
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// carry does one action. Its error is a *Failure, or wraps ErrInterrupted.
func (w wishes) carry(action steps.Action, opts Options, teller *teller, do func(ctx context.Context) error) error {
	ctx, release := w.inside(action)
	defer release()
	err := redact(w.attend(func() error { return do(ctx) }), opts.Secrets)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrStuck):
		opts.Journal.close() // should it end after all, it has no say any more
		err = fmt.Errorf("%s %w", teller.program(), err)
	case errors.Is(err, ErrInterrupted):
		return err
	case wasEnded(ctx, err):
		return &halfDone{action: action, err: err}
	}
	teller.tell(EventFailed, err.Error())
	return &Failure{Action: action, Err: err}
}

// perform does one action where it is not done already, and enters both into
// the journal.
func perform(ctx context.Context, plan steps.Plan, action steps.Action, opts Options, teller *teller) (skipped bool, err error) {
	done, err := alreadyDone(ctx, plan, action, opts)
	switch {
	case err != nil && wasEnded(ctx, err):
		return false, before(action)
	case err != nil:
		return false, err
	}
	if done {
		// Found done does not mean that it is on the disk: who did it may have
		// been killed a moment ago.
		opts.Runner.Sync()
		return true, opts.Journal.Write(opts.Now(), action.ID, "end", "skipped")
	}
	teller.tell(EventStarted, "")
	if err := opts.Journal.Write(opts.Now(), action.ID, "start", ""); err != nil {
		return false, err
	}
	teller.lost(opts.Journal)
	last := context.WithoutCancel(ctx)
	err = opts.Guard.Before(last, action)
	if err == nil {
		err = execute(ctx, plan, action, opts, teller)
		err = errors.Join(err, opts.Guard.After(last, action))
	}
	switch {
	case err != nil && wasEnded(ctx, err): // begun and not ended, to the journal too
		return false, err
	case err != nil:
		return false, errors.Join(err, opts.Journal.Write(opts.Now(), action.ID, "end", "failed"))
	}
	// What the journal calls done must outlive a power cut: a program's files
	// may be in memory only for half a minute.
	opts.Runner.Sync()
	return false, opts.Journal.Write(opts.Now(), action.ID, "end", "done")
}

// alreadyDone asks the machine, or else the journal.
func alreadyDone(ctx context.Context, plan steps.Plan, action steps.Action, opts Options) (bool, error) {
	switch {
	case action.Kind == steps.ActionWrite:
		// Files that were once written whole belong to what came after: a
		// key's file has learned of its TPM by now.
		return opts.Journal.Done(action.ID) || written(plan, action, opts.Runner), nil
	case verifies(action):
		return false, nil
	case action.Done == nil:
		return opts.Journal.Done(action.ID), nil
	}
	var last run.Result
	for _, command := range action.Done.Commands {
		result, err := opts.Runner.Run(ctx, run.Command{
			Argv: command.Argv, Dir: command.Dir, Owner: command.Owner, Text: command.Text,
		})
		var failed *run.Error
		switch {
		case errors.As(err, &failed) && failed.Err == nil, errors.As(err, &failed) && missing(failed):
			return false, nil // it answered: no
		case err != nil:
			return false, fmt.Errorf("see whether it is already done: %w", err)
		}
		last = result
	}
	prints := action.Done.Prints
	return prints == "" || strings.TrimSpace(string(last.Stdout)) == prints, nil
}

// verifies says that the action is one of those that look at what was made:
// what was seen before a power cut says nothing of what is there after it.
func verifies(action steps.Action) bool { return strings.HasPrefix(action.ID, "verify/") }

// missing says that the check could not begin because its folder or its
// program is not there yet: then the action is not done either.
func missing(failed *run.Error) bool {
	return errors.Is(failed.Err, fs.ErrNotExist) || errors.Is(failed.Err, exec.ErrNotFound)
}

func execute(ctx context.Context, plan steps.Plan, action steps.Action, opts Options, teller *teller) error {
	switch action.Kind {
	case steps.ActionWrite:
		return write(plan, action, opts.Runner)
	case steps.ActionBuiltin:
		builtin, ok := opts.Builtins[action.Name]
		if !ok {
			return fmt.Errorf("this build cannot do %q", action.Name)
		}
		return builtin(ctx, action, opts.Secrets)
	case steps.ActionCommand:
		kept := map[string]string{}
		return errors.Join(
			runAll(ctx, action.Commands, kept, opts, teller),
			tidy(context.WithoutCancel(ctx), action.Finally, opts))
	}
	return fmt.Errorf("unknown kind of action %q", action.Kind)
}
