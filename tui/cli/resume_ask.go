package cli

import (
	"context"
	"errors"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// resumeByAsking shows what was done and what is left, asks for the secrets
// that are still needed, and goes on.
func (r *interrupted) resumeByAsking(ctx context.Context) error {
	page := storyPage{title: "Resume", lines: r.story(), secrets: missingSecrets(r.found.Left(), r.secrets)}
	setup := r.conversation(ctx, page)
	setup.Plan = func(_ context.Context, _ steps.Facts, _ steps.Answers, secrets *steps.Secrets) (steps.Plan, error) {
		return r.found.Plan, r.sameWords(secrets)
	}
	setup.Accept = func(ctx context.Context, _ steps.Plan, _ steps.Answers, secrets *steps.Secrets, report func(apply.Event)) ([]string, error) {
		r.secrets = secrets
		return r.goOn(ctx, report)
	}
	setup.Again = func(ctx context.Context, _ steps.Plan, _ steps.Answers, _ *steps.Secrets, report func(apply.Event)) ([]string, error) {
		return r.again(ctx, report)
	}
	setup.AcceptVerb, setup.Confirmed = "go on", true
	setup.Past = errors.Is(apply.CanUndo(r.found), apply.ErrNoReturn)
	return r.app.converse(ctx, setup)
}

// undoByAsking shows what would be taken back; what that erases is confirmed
// as before an installation.
func (r *interrupted) undoByAsking(ctx context.Context) error {
	plan := r.found.Plan
	plan.Actions, plan.Files, plan.Blockers, plan.Warnings = r.back(), nil, nil, nil
	page := storyPage{title: "Undo", lines: r.story()}
	setup := r.conversation(ctx, page)
	setup.Plan = func(context.Context, steps.Facts, steps.Answers, *steps.Secrets) (steps.Plan, error) {
		return plan.Sealed(), nil
	}
	setup.Accept = func(ctx context.Context, _ steps.Plan, _ steps.Answers, _ *steps.Secrets, report func(apply.Event)) ([]string, error) {
		return r.takeBack(ctx, report)
	}
	setup.Again, setup.AcceptVerb = setup.Accept, "undo"
	return r.app.converse(ctx, setup)
}

// conversation is what resume and undo have in common.
func (r *interrupted) conversation(ctx context.Context, page storyPage) tui.Setup {
	setup := tui.Setup{
		Title: r.verb, Steps: []steps.Step{page}, Answers: r.chosen, Secrets: r.secrets,
		Set: func(chosen steps.Answers, _ string, _ []string) (steps.Answers, error) {
			return chosen, errors.New("nothing of the plan can be changed any more")
		},
		CheckSecret: checkSecret,
		GoesOn:      func() bool { return hungUp(ctx) },
		Resumable:   "mnemonix " + r.verb,
		Options:     r.app.look(),
	}
	r.helps(&setup)
	return setup
}

// storyPage is the one page before an interrupted run goes on: what happened,
// and the secrets that it takes.
type storyPage struct {
	title   string
	lines   []string
	secrets []string
}

var _ steps.Step = storyPage{}

// Name is the name of the page.
func (storyPage) Name() string { return "story" }

// Title heads the page.
func (s storyPage) Title() string { return s.title }

// Detect has nothing to detect.
func (storyPage) Detect(context.Context, run.Runner) steps.Finding { return steps.Nothing }

// Plan adds nothing: the plan is there.
func (storyPage) Plan(steps.Input, *steps.Plan) {}

// Ask tells the story and asks for the secrets.
func (s storyPage) Ask(steps.Facts, steps.Answers) []steps.Question {
	questions := []steps.Question{{Kind: steps.KindReport, Title: "What happened", Lines: s.lines}}
	for _, name := range s.secrets {
		question := steps.Question{Key: name, Kind: steps.KindSecret, Title: secretTitle(name)}
		if name == "words" {
			question.Kind = steps.KindWords
		}
		questions = append(questions, question)
	}
	if slices.Contains(s.secrets, "words") {
		questions = append(questions, steps.Question{
			Key: "wordsPassphrase", Kind: steps.KindSecret, Title: "The passphrase beside the words", Optional: true,
			Help: "Only where the installation began with one.",
		})
	}
	return questions
}

// secretTitle is what a secret is called on a page.
func secretTitle(name string) string {
	switch name {
	case "words":
		return "The 24 words"
	case "diskPassphrase":
		return "The disk's passphrase"
	case "userPassword":
		return "Your password on the machine"
	case "pin":
		return "The PIN of your keys"
	}
	return "The secret " + name
}
