package change_test

import (
	"context"
	"errors"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

const built = "/nix/store/00000000000000000000000000000000-nixos-system-snix-25.11"

// script is what the programs of a change answer; trees is what git says of
// the branches.
func script(plan steps.Plan, trees string) *run.Fake {
	var expected []run.Expected
	for _, action := range plan.Actions {
		if action.Done != nil {
			expected = append(expected, run.Expected{Argv: action.Done.Commands[0].Argv, Stdout: trees})
		}
		for _, command := range action.Commands {
			argv := make([]string, len(command.Argv))
			for i, arg := range command.Argv {
				if argv[i] = arg; arg == "$system" {
					argv[i] = built
				}
			}
			answer := run.Expected{Argv: argv}
			if command.Keep != "" {
				answer.Stdout = built + "\n"
			}
			expected = append(expected, answer)
		}
	}
	return run.NewFake(expected...)
}

// carry carries a plan out, and counts the merges.
func carry(ctx context.Context, fake *run.Fake, plan steps.Plan, merges *int) error {
	journal, err := apply.OpenJournal(fake, "/tmp/scratch/journal", plan.Hash)
	if err != nil {
		return err
	}
	return apply.Run(ctx, plan, apply.Options{
		Runner: fake, Secrets: &steps.Secrets{}, Journal: journal,
		Builtins: map[string]apply.Builtin{"merge": func(context.Context, steps.Action, *steps.Secrets) error {
			*merges++
			return nil
		}},
	})
}

// What was built is what is switched to, by its path in the store; and cut off
// anywhere, running it again leads there, without a second merge.
func TestSwitchToWhatWasBuilt(t *testing.T) {
	plan := planned(input())
	merges := 0
	fake := script(plan, "old\nold\n")
	if err := errors.Join(carry(t.Context(), fake, plan, &merges), fake.Unmet()); err != nil || merges != 1 {
		t.Fatalf("%d merges: %v", merges, err)
	}
	for cut := 1; ; cut++ {
		merges, calls := 0, 0
		fake := script(plan, "old\nold\n")
		fake.Before = func(string) error {
			if calls++; calls >= cut {
				return errCut
			}
			return nil
		}
		if err := carry(t.Context(), fake, plan, &merges); err == nil {
			if cut < 8 {
				t.Errorf("only %d places to cut", cut)
			}
			return
		}
		trees := "old\nold\n"
		if merges > 0 {
			trees = "3333\n4444\n"
		}
		again := script(plan, trees)
		if err := errors.Join(carry(t.Context(), again, plan, &merges), again.Unmet()); err != nil || merges != 1 {
			t.Fatalf("cut %d: %d merges: %v", cut, merges, err)
		}
	}
}

// A build that fails, or prints something else, is not switched to.
func TestFailedBuildIsNotSwitchedTo(t *testing.T) {
	plan := planned(input())
	merges := 0
	build := plan.Actions[1].Commands[0].Argv
	for _, answer := range []run.Expected{{Argv: build, Status: 1, Stderr: "error: no\n"}, {Argv: build, Stdout: "/tmp/system\n"}, {Argv: build}} {
		fake := run.NewFake(run.Expected{Argv: plan.Actions[0].Done.Commands[0].Argv, Stdout: "3333\n4444\n"}, answer)
		err := carry(t.Context(), fake, plan, &merges)
		var failed *apply.Failure
		if !errors.As(err, &failed) || failed.Action.ID != "system/build" || merges != 0 {
			t.Errorf("it ended with %v", err)
		}
		if err := fake.Unmet(); err != nil {
			t.Error(err)
		}
	}
}
