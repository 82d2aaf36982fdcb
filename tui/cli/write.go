package cli

import (
	"context"
	"errors"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// writeFlake carries the plan of a flake out in a folder beside the one that
// was asked for, and moves it there when it is whole. compute is called with
// the folder that the plan is to name.
func (a *app) writeFlake(ctx context.Context, runner run.Runner, out string, compute func(folder string) (steps.Plan, error), secrets *steps.Secrets, report func(apply.Event)) (steps.Plan, error) {
	out, err := newFolder(runner, out)
	if err != nil {
		return steps.Plan{}, err
	}
	stage := apply.NewStage(runner, out)
	plan, err := compute(stage.Folder())
	if err != nil {
		return plan, err
	}
	// What is told names the folder that was asked for, not the stage.
	for i := range plan.Actions {
		plan.Actions[i].Title = strings.ReplaceAll(plan.Actions[i].Title, stage.Folder(), out)
	}
	plan = plan.Sealed()
	if a.flags.dryRun {
		return plan, a.carryOut(ctx, run.NewDry(runner, a.streams.Out), plan, stage, secrets, report)
	}
	if err := stage.Make(); err != nil {
		return plan, lacks(err, "choose a folder that can be written to")
	}
	err = a.carryOut(ctx, runner, plan, stage, secrets, report)
	if err == nil {
		err = stage.Finish()
	}
	if err != nil {
		return plan, a.status(errors.Join(err, stage.Remove()))
	}
	return plan, nil
}

// carryOut runs the plan's actions; its journal is beside the flake, where
// git does not look.
func (a *app) carryOut(ctx context.Context, runner run.Runner, plan steps.Plan, stage apply.Stage, secrets *steps.Secrets, report func(apply.Event)) error {
	journal, err := apply.OpenJournal(runner, stage.Journal(), plan.Hash)
	if err != nil {
		return lacks(err, "")
	}
	options := apply.Options{Runner: runner, Secrets: secrets, Journal: journal, Events: report}
	if secrets.Words.Len() > 0 {
		if options.Builtins, err = flow.Signing(runner, plan); err != nil {
			return fault(err)
		}
	}
	return apply.Run(ctx, plan, options)
}
