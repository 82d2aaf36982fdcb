package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/change"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/features"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// merging is what was planned: the merge, and the renderings that it is of.
type merging struct {
	merge  steps.Merge
	stages []change.Rendering
	hash   string // of the plan
	// builtins carry it out. They know what an earlier try has done.
	builtins map[string]apply.Builtin
	// rendered says that the rendering is committed, and the merge left to the
	// operator.
	rendered bool
}

// conversation is that of a change.
func (c *changing) conversation(ctx context.Context) tui.Setup {
	setup := tui.Setup{
		Title:   "change",
		Steps:   c.steps(),
		Secrets: c.secrets,
		Detect: func(ctx context.Context) (steps.Facts, error) {
			return flow.Detect(ctx, c.runner, c.steps()), nil
		},
		Begin:      func(steps.Facts) steps.Answers { return c.begin },
		Set:        set,
		Warnings:   features.Warnings,
		Plan:       c.plan,
		Present:    c.present,
		Accept:     c.apply,
		Again:      c.apply,
		AcceptVerb: "change",
		GoesOn:     func() bool { return hungUp(ctx) },
		Resumable:  "mnemonix change",
		Options:    c.app.look(),
	}
	if c.elsewhere {
		setup.Warnings = nil
	}
	return setup
}

// plan computes what a change comes to. The repository gets nothing yet.
func (c *changing) plan(ctx context.Context, facts steps.Facts, chosen steps.Answers, secrets *steps.Secrets) (steps.Plan, error) {
	if err := answers.Check(chosen); err != nil {
		return steps.Plan{}, usage(err, "")
	}
	stages, err := c.flake.Stages(chosen)
	if err != nil {
		return steps.Plan{}, c.explained(err)
	}
	merge, err := c.flake.Repository.Merge(ctx, stages)
	if err != nil {
		return steps.Plan{}, c.explained(err)
	}
	merge.Unsealed, merge.Secrets = c.flake.Unsealed(chosen), enroll.SecretsFile(c.flake.Answers)
	signed, unsigned, err := c.signs(secrets)
	if err != nil {
		return steps.Plan{}, err
	}
	_, noNix := c.runner.LookPath("nix")
	list := flow.Change()
	if c.elsewhere {
		list = flow.Changed() // what this machine has says nothing of another
	}
	plan := flow.Plan(list, steps.Input{
		Facts: facts, Answers: chosen, Merge: &merge, Folder: merge.Folder, Build: noNix == nil, Switch: c.idle == "",
	})
	if noNix != nil && chosen.Host.NixOS() {
		plan.Warn(steps.Problem{Text: "nix is not installed here: the system is not built", Hint: c.byHand()})
	}
	if unsigned != nil && merge.Needed {
		plan.Warn(*unsigned)
	}
	if len(merge.Unsealed) > 0 {
		c.seals(&plan, merge, secrets)
	}
	plan = plan.Sealed()
	clear(c.present)
	maps.Copy(c.present, merge.Before)
	c.merged = &merging{
		merge: merge, stages: stages, hash: plan.Hash, builtins: c.flake.Merging(merge, stages, signed),
	}
	return plan, nil
}

// seals keeps a change from beginning whose secrets could not be sealed: the
// system would not be built without them.
func (c *changing) seals(plan *steps.Plan, merge steps.Merge, secrets *steps.Secrets) {
	names := strings.Join(merge.Unsealed, ", ")
	if secrets.Words.Len() == 0 {
		plan.Block(steps.Problem{
			Key: "words", Text: "the keys of " + names + " in " + merge.Secrets + " come from the words, which were not given",
			Hint: "--words-fd N gives them; without --yes they are asked for",
		})
	}
	if c.flake.Repository.Dirty(merge.Secrets) {
		plan.Block(change.InTheWay(merge.Folder, merge.Secrets))
	}
	if _, err := c.runner.LookPath("sops"); err != nil {
		plan.Block(steps.Problem{Text: "sops is not installed, and the keys of " + names + " are added by it", Hint: tools.SopsHint})
	}
}

// signs says whether the commits are signed: by the words, where they were
// given. Other words than those of the flake are refused.
func (c *changing) signs(secrets *steps.Secrets) (bool, *steps.Problem, error) {
	keys, err := keysFromSecrets(c.flake.Answers.Host.Key(), secrets)
	switch {
	case err != nil:
		return false, nil, err
	case c.flake.Keys == nil:
		return false, nil, nil
	case keys == nil:
		return false, &steps.Problem{
			Text: "the commit is not signed by your key: the words were not given",
			Hint: "--words-fd N signs it; or sign it afterwards: git -C " + c.flake.Repository.Folder + " commit --amend --no-edit --gpg-sign",
		}, nil
	case keys.IDs != c.flake.Keys.IDs:
		return false, nil, usage(fmt.Errorf("these are not the words of %s: they are %s, the flake names %s", c.flake.Host, keys.IDs.Words, c.flake.Keys.IDs.Words),
			"give the words, and the passphrase beside them, that the installation began with")
	case c.flake.Repository.Owner != "":
		return false, &steps.Problem{
			Text: "the commit is not signed by your key: the flake belongs to " + c.flake.Repository.Owner,
			Hint: "as " + c.flake.Repository.Owner + ": git -C " + c.flake.Repository.Folder + " commit --amend --no-edit --gpg-sign",
		}, nil
	}
	if _, err := c.runner.LookPath("ssh-keygen"); err != nil {
		return false, &steps.Problem{Text: "the commit is not signed by your key: ssh-keygen is not installed"}, nil
	}
	return true, nil, nil
}

// apply carries the plan out and returns what is to be said at the end.
func (c *changing) apply(ctx context.Context, plan steps.Plan, chosen steps.Answers, secrets *steps.Secrets, report func(apply.Event)) ([]string, error) {
	if c.merged == nil || c.merged.hash != plan.Hash {
		return nil, fault(errors.New("the plan is not the one that was reviewed"))
	}
	c.secrets = secrets
	if c.merged.rendered { // once more: the merge is still the operator's
		return c.left(), c.meets()
	}
	err := c.lasting(ctx, func(ctx context.Context) error {
		state, clear, err := c.stateFolder(ctx)
		if err != nil {
			return err
		}
		defer clear()
		journal, err := apply.OpenJournal(c.runner, path.Join(state, "journal"), plan.Hash)
		if err != nil {
			return err
		}
		return apply.Run(ctx, plan, apply.Options{
			Runner: c.runner, Secrets: secrets, Journal: journal, Events: c.watch(report),
			Builtins: c.merged.builtins,
		})
	})
	if err != nil {
		return nil, err
	}
	if len(c.merged.merge.Conflicts) > 0 {
		c.merged.rendered = true
		return c.left(), c.meets()
	}
	return c.changed(plan, chosen), nil
}

// stateFolder is where the journal of the run is, and what removes it: what
// counts is in the repository.
func (c *changing) stateFolder(ctx context.Context) (string, func(), error) {
	folder, err := change.Scratch(ctx, c.runner)
	if err != nil {
		return "", nil, err
	}
	return folder, func() { _ = c.runner.RemoveAll(folder) }, nil
}
