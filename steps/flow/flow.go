// Package flow holds the sequences of mnemonix as lists: Install, Join, Change
// and Recover, and the two things that are done with a list: detect
// the machine with it, and compute the plan of it.
//
// Its rules:
//
//   - What differs between the situations is which steps are in the list,
//     never a branch inside a step.
//   - Detect only reads. The steps look beside each other, and what they
//     found is entered in the order of the list.
//   - Plan is pure: the same input gives the same plan, byte for byte.
package flow

import (
	"context"
	"slices"
	"sync"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/change"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/features"
	"codeberg.org/mnemonix/mnemonix/steps/finish"
	"codeberg.org/mnemonix/mnemonix/steps/flake"
	"codeberg.org/mnemonix/mnemonix/steps/hardware"
	"codeberg.org/mnemonix/mnemonix/steps/host"
	"codeberg.org/mnemonix/mnemonix/steps/install"
	"codeberg.org/mnemonix/mnemonix/steps/locale"
	"codeberg.org/mnemonix/mnemonix/steps/network"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/verify"
	"codeberg.org/mnemonix/mnemonix/steps/words"
)

// Install provisions a machine, from the live medium to its first boot.
func Install() []steps.Step {
	return []steps.Step{
		locale.Step{},
		network.Step{},
		hardware.Step{},
		host.Step{},
		features.Step{},
		disk.Step{},
		words.Step{},
		enroll.Step{},
		flake.Step{},
		install.Step{},
		verify.Step{},
		finish.Step{},
	}
}

// Change runs again on a machine that is managed: its disks, its words and
// its name stay as they are, and only what it is for is asked.
func Change() []steps.Step {
	return []steps.Step{
		looked{network.Step{}},
		looked{hardware.Step{}},
		features.Step{},
		change.Step{},
	}
}

// Changed is the same where nothing is asked: what changes was named before.
func Changed() []steps.Step {
	return []steps.Step{
		looked{network.Step{}},
		looked{hardware.Step{}},
		looked{features.Step{}},
		change.Step{},
	}
}

// Join provisions a machine into a flake that is there already: the words were
// needed to believe it, and are at hand.
func Join() []steps.Step {
	return slices.DeleteFunc(Install(), func(step steps.Step) bool { return step.Name() == words.Step{}.Name() })
}

// Recover rebuilds a machine that a flake knows: what is asked is where to; the
// rest stands in its answers, and the words are at hand. What the names say of
// the machine is still looked at.
func Recover() []steps.Step {
	return []steps.Step{
		locale.Step{},
		network.Step{},
		hardware.Step{},
		unasked{host.Step{}},
		disk.Step{},
		enroll.Step{},
		flake.Step{},
		install.Step{},
		verify.Step{},
		finish.Step{},
	}
}

// unasked is a step whose answers stand.
type unasked struct{ steps.Step }

// Ask asks nothing.
func (unasked) Ask(steps.Facts, steps.Answers) []steps.Question { return nil }

// Detect runs every step's Detect beside the others and returns the facts.
func Detect(ctx context.Context, runner run.Runner, list []steps.Step) steps.Facts {
	if probe.Recorded(runner) {
		ctx = probe.Patient(ctx)
	}
	findings := make([]steps.Finding, len(list))
	var looking sync.WaitGroup
	for i, step := range list {
		looking.Go(func() { findings[i] = step.Detect(ctx, runner) })
	}
	looking.Wait()
	facts := steps.Facts{Version: steps.FactsVersion}
	for _, finding := range findings {
		finding(&facts)
	}
	return facts
}

// Plan computes the plan of a list of steps.
func Plan(list []steps.Step, in steps.Input) steps.Plan {
	plan := steps.Plan{Version: steps.PlanVersion, Host: in.Answers.Host.Name, Target: in.Target}
	for _, step := range list {
		step.Plan(in, &plan)
		in.Answers = resolved(in, plan)
	}
	plan.Actions = inOrder(plan.Actions)
	return plan.Sealed()
}
