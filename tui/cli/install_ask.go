package cli

import (
	"context"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/apply/preflight"
	"codeberg.org/mnemonix/mnemonix/steps/features"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// conversation is that of an installation.
func (p *provision) conversation(ctx context.Context) tui.Setup {
	setup := tui.Setup{
		Title:   "install",
		Steps:   p.list(),
		Secrets: p.secrets,
		Detect: func(ctx context.Context) (steps.Facts, error) {
			p.facts = flow.Detect(ctx, p.runner, p.list())
			return p.facts, nil
		},
		Begin:       p.start,
		Set:         set,
		CheckSecret: checkSecret,
		Warnings:    features.Warnings,
		Effect:      p.effect,
		MakeWords:   p.app.makeWords,
		Plan:        p.plan,
		Present:     p.present(),
		Check:       p.look,
		Accept:      p.accept,
		Again:       p.again,
		AcceptVerb:  "install",
		GoesOn:      func() bool { return hungUp(ctx) },
		Resumable:   "mnemonix resume",
		Options:     p.app.look(),
	}
	p.helps(&setup)
	if p.dry {
		setup.Again = nil
		setup.Title, setup.Harmless, setup.AcceptVerb, setup.Resumable = "dry run", true, "tell all", ""
	}
	return setup
}

// start is what the answers begin with: those that were given, or what fits
// the machine and the flake that it joins.
func (p *provision) start(facts steps.Facts) steps.Answers {
	switch {
	case p.given != nil:
		return *p.given
	case p.joined != nil:
		return p.neighborly(answers.Defaults(facts))
	}
	return answers.Defaults(facts)
}

// look runs the checks before the first write.
func (p *provision) look(ctx context.Context, facts steps.Facts, chosen steps.Answers, plan steps.Plan, report func(preflight.Result)) []preflight.Result {
	if p.app.flags.sysroot != "" {
		return nil // what this machine has says nothing of a recorded one
	}
	return preflight.Run(ctx, p.checks(facts, chosen, plan), report)
}

// accept carries the plan out, or in a dry run tells what that would be.
func (p *provision) accept(ctx context.Context, plan steps.Plan, chosen steps.Answers, secrets *steps.Secrets, report func(apply.Event)) ([]string, error) {
	if p.dry {
		return append([]string{fmt.Sprintf("A dry run: nothing of the plan %.16s was carried out.", plan.Hash)}, p.wouldRun(plan)...), nil
	}
	p.secrets = secrets
	if err := needSecrets(plan.Actions, secrets); err != nil {
		return nil, err
	}
	return p.apply(ctx, chosen, plan, report)
}
