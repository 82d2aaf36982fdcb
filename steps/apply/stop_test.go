package apply_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// hanging is a run of the plan whose second program says a word and hangs.
type hanging struct {
	fake   *run.Fake
	events []string
	stop   context.CancelFunc // the wish to stop
	end    context.CancelFunc // the order to end what runs
	ended  chan error
}

// hang begins one, and returns when the program hangs.
func hang(t *testing.T, plan steps.Plan, script ...run.Expected) *hanging {
	t.Helper()
	h := &hanging{fake: run.NewFake(script...), ended: make(chan error, 1)}
	ctx, stop := context.WithCancel(t.Context())
	ctx, end := apply.WithEnd(ctx)
	h.stop, h.end = stop, end
	opts := options(t, h.fake, plan, &h.events)
	go func() { h.ended <- apply.Run(ctx, plan, opts) }()
	synctest.Wait()
	return h
}

// over says how it ended, or fails when it goes on.
func (h *hanging) over(t *testing.T) error {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-h.ended:
		return err
	default:
		t.Fatalf("it goes on: %s", strings.Join(h.events, "|"))
		return nil
	}
}

func (h *hanging) goesOn(t *testing.T) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-h.ended:
		t.Fatalf("it ended with %v", err)
	default:
	}
}

func commitHangs() []run.Expected {
	return []run.Expected{
		gitNotYet(),
		{Argv: []string{"git", "init"}},
		{Argv: []string{"git", "commit"}, Stderr: "a word\n", Hangs: true},
	}
}

// No program is ended because it takes long, and not by the wish to stop
// either. The order ends it; the action is left as begun, nothing says that it
// failed or was done, and the same plan goes on from there.
func TestOrderEndsWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plan := folder()
		h := hang(t, plan, commitHangs()...)
		time.Sleep(24 * time.Hour)
		h.goesOn(t)
		h.stop()
		time.Sleep(24 * time.Hour)
		h.goesOn(t)
		h.end()
		err := h.over(t)
		if !errors.Is(err, apply.ErrInterrupted) || err.Error() != "interrupted inside: keep it in git: git: was ended by the operator: a word" {
			t.Errorf("ended with %v", err)
		}
		var hinted interface{ Hint() string }
		if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), "mnemonix resume") {
			t.Error("what brings it back is not said")
		}
		want := "program flake/git git|line flake/git a word|stopping flake/git git|ending flake/git git"
		if got := strings.Join(h.events, "|"); !strings.HasSuffix(got, want) {
			t.Errorf("events %s, want them to end with %s", got, want)
		}
		journal, _ := h.fake.ReadFile("/run/journal")
		entries := apply.ParseJournal(journal)
		if last := entries[len(entries)-1]; last.Action != "flake/git" || last.Event != "start" {
			t.Errorf("the journal ends with %+v", last)
		}

		again := run.NewFake(gitNotYet(), run.Expected{Argv: []string{"git", "init"}}, run.Expected{Argv: []string{"git", "commit"}})
		again.Put("/run/journal", string(journal))
		h.events = nil
		if err := apply.Run(t.Context(), plan, options(t, again, plan, &h.events)); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(h.events, "|"); !strings.HasPrefix(got, "skipped flake/write|started flake/git|") || !strings.HasSuffix(got, "|ended") {
			t.Errorf("gone on with %s", got)
		}
	})
}

// An order that comes while it is only looked whether an action is done
// already leaves nothing half done, and nothing says so.
func TestOrderBeforeAnythingBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hang(t, folder(), run.Expected{Argv: []string{"git", "status"}, Hangs: true})
		h.stop()
		h.end()
		if err := h.over(t); err == nil || err.Error() != "interrupted before: keep it in git" {
			t.Errorf("ended with %v", err)
		}
	})
}

// What the operator's wish ends is what the plan allows: a download is ended
// by the first.
func TestWishEndsWhatMayBeStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plan := folder()
		plan.Actions[1].Stoppable = true
		h := hang(t, plan.Sealed(), commitHangs()...)
		h.stop()
		if err := h.over(t); !errors.Is(err, apply.ErrInterrupted) || !strings.Contains(err.Error(), "inside: keep it in git") {
			t.Errorf("ended with %v", err)
		}
	})
}

// What comes after the commands of an action comes also when they were ended:
// a passphrase in a file does not stay.
func TestOrderLeavesNothingLying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plan := folder()
		plan.Actions[1].Finally = []steps.Command{{Argv: []string{"rm", "passphrase"}}, {Argv: []string{"rm", "another"}}}
		h := hang(t, plan.Sealed(), append(commitHangs(),
			run.Expected{Argv: []string{"rm", "passphrase"}, Status: 1}, run.Expected{Argv: []string{"rm", "another"}})...)
		h.stop()
		h.end()
		if err := h.over(t); !errors.Is(err, apply.ErrInterrupted) {
			t.Errorf("ended with %v", err)
		}
		if err := h.fake.Unmet(); err != nil {
			t.Error(err)
		}
	})
}

// An action that hears nothing, as one does that waits for a chip or a disk
// that is gone, is given up a while after the order: the guard's questions
// would hang too, and should it come back, it writes no journal any more.
func TestWhatHearsNothingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plan := folder()
		fake := run.NewFake(gitNotYet(), run.Expected{Argv: []string{"git", "init"}}, run.Expected{Argv: []string{"git", "commit"}})
		var events []string
		opts := options(t, fake, plan, &events)
		chip, guard := make(chan struct{}), &watch{}
		opts.Guard = guard
		opts.Builtins = map[string]apply.Builtin{"enroll": func(context.Context, steps.Action, *steps.Secrets) error {
			<-chip
			return nil
		}}
		ctx, stop := context.WithCancel(t.Context())
		ctx, end := apply.WithEnd(ctx)
		ended := make(chan error, 1)
		go func() { ended <- apply.Run(ctx, plan, opts) }()
		synctest.Wait()
		stop()
		end()
		begin := time.Now()
		err := <-ended
		if waited := time.Since(begin); waited > time.Minute {
			t.Errorf("given up after %s", waited)
		}
		var failure *apply.Failure
		if !errors.As(err, &failure) || !errors.Is(err, apply.ErrStuck) || failure.Action.ID != "install/keys" {
			t.Errorf("ended with %v", err)
		}
		if slices.Contains(guard.calls, "end") {
			t.Error("the guard was asked about disks that do not answer")
		}
		before, _ := fake.ReadFile("/run/journal")
		close(chip)
		synctest.Wait()
		if after, _ := fake.ReadFile("/run/journal"); !bytes.Equal(after, before) {
			t.Errorf("the journal was written by what had been given up:\n%s", after)
		}
	})
}

// An undo is stopped in the same two steps: the wish does not end the program
// that puts a partition table back.
func TestUndoStopsBetweenActions(t *testing.T) {
	plan := steps.Plan{Host: "snix", Actions: []steps.Action{
		{ID: "disk/one", Title: "one", Kind: steps.ActionCommand, Undo: []steps.Command{{Argv: []string{"restore", "one"}}}},
		{ID: "disk/two", Title: "two", Kind: steps.ActionCommand, Undo: []steps.Command{{Argv: []string{"restore", "two"}}}},
	}}.Sealed()
	found := apply.Found{Plan: plan, Entries: []apply.Entry{
		{Plan: plan.Hash, Action: "disk/one", Event: "start"}, {Plan: plan.Hash, Action: "disk/two", Event: "start"},
	}}
	journal := func(fake *run.Fake) *apply.Journal {
		journal, err := apply.ContinueJournal(fake, "/journal", plan.Hash, found.Entries)
		if err != nil {
			t.Fatal(err)
		}
		return journal
	}
	fake := run.NewFake(run.Expected{Argv: []string{"restore", "two"}})
	kept := journal(fake)
	ctx, stop := context.WithCancel(t.Context())
	fake.Before = func(string) error { stop(); return nil }
	err := apply.Undo(ctx, found, apply.Options{Runner: fake, Journal: kept})
	if !errors.Is(err, apply.ErrInterrupted) || !strings.Contains(err.Error(), "before: take back: one") {
		t.Errorf("ended with %v", err)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}

	synctest.Test(t, func(t *testing.T) {
		fake := run.NewFake(run.Expected{Argv: []string{"restore", "two"}, Hangs: true})
		kept := journal(fake)
		ctx, stop := context.WithCancel(t.Context())
		ctx, end := apply.WithEnd(ctx)
		ended := make(chan error, 1)
		go func() { ended <- apply.Undo(ctx, found, apply.Options{Runner: fake, Journal: kept}) }()
		synctest.Wait()
		stop()
		end()
		err := <-ended
		if !errors.Is(err, apply.ErrInterrupted) || !strings.Contains(err.Error(), "inside: take back: two: restore: was ended") {
			t.Errorf("ended with %v", err)
		}
		var hinted interface{ Hint() string }
		if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), "mnemonix undo") {
			t.Error("it does not say that mnemonix undo goes on")
		}
	})
}
