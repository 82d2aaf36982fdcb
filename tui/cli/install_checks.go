package cli

import (
	"fmt"
	"os"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/apply/preflight"
)

// checks is what the checks before the first write look at.
func (p *provision) checks(facts steps.Facts, chosen steps.Answers, plan steps.Plan) preflight.Input {
	built, _ := time.Parse(time.RFC3339, p.app.build.complete().Date)
	return preflight.Input{
		Runner: p.runner, Facts: facts, Answers: chosen, Plan: plan, Open: p.app.openTPM,
		Root: os.Geteuid() == 0, Now: time.Now(), Built: built, Provide: findPrograms, Still: p.dry,
	}
}

// findPrograms makes the programs in these folders found by name.
func findPrograms(folders []string) {
	_ = os.Setenv("PATH", strings.Join(append(folders, os.Getenv("PATH")), string(os.PathListSeparator)))
}

// tellCheck tells what a check came to; one that was interrupted came to
// nothing.
func (p *provision) tellCheck(result preflight.Result) {
	if result.Status == preflight.Running || p.ours.Err() != nil {
		return
	}
	p.events.take(apply.Event{
		Time: time.Now().UTC(), Kind: "check", Action: "preflight/" + result.ID, Title: result.Title, Text: string(result.Status) + ": " + result.Text,
	})
	text := fmt.Sprintf("check %s: %s: %s", result.Title, result.Status, result.Text)
	if result.Status != preflight.OK && result.Hint != "" {
		text += " (" + result.Hint + ")"
	}
	p.note(text)
}

// blocked is the plan's own refusal to begin.
func blocked(plan steps.Plan) error {
	if len(plan.Blockers) == 0 {
		return nil
	}
	texts := make([]string, len(plan.Blockers))
	for i, problem := range plan.Blockers {
		texts[i] = problem.String()
	}
	return lacks(fmt.Errorf("this installation cannot begin: %s", strings.Join(texts, "; ")), "nothing was written")
}

// refused is what the checks found to be in the way.
func refused(results []preflight.Result) error {
	failed := preflight.Blocking(results)
	if len(failed) == 0 {
		return nil
	}
	texts := make([]string, len(failed))
	for i, result := range failed {
		texts[i] = result.Text
	}
	return lacks(fmt.Errorf("this installation would not go through: %s", strings.Join(texts, "; ")), failed[0].Hint)
}
