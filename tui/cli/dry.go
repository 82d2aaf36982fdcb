package cli

import (
	"context"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply/preflight"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// tellAll prints all that an installation would do, and does nothing.
func (p *provision) tellAll(ctx context.Context, facts steps.Facts, plan steps.Plan) error {
	lines := append([]string{"A dry run: nothing is touched."}, "")
	lines = append(lines, tui.PlanLines(plan, p.present(), p.app.look())...)
	if p.app.flags.sysroot == "" {
		lines = append(lines, "", "What the checks before the first write say here:", "")
		for _, result := range preflight.Run(ctx, p.checks(facts, *p.given, plan), nil) {
			lines = append(lines, fmt.Sprintf("  %-5s %s: %s", result.Status, result.Title, result.Text))
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	lines = append(lines, p.wouldRun(plan)...)
	for _, line := range lines {
		if _, err := fmt.Fprintln(p.app.streams.Out, line); err != nil {
			return fault(err)
		}
	}
	return nil
}

// wouldRun are the commands of a plan, with what is missing for them.
func (p *provision) wouldRun(plan steps.Plan) []string {
	lines := []string{"", "An installation would now run, as root:", ""}
	lines = append(lines, commandLines(plan.Actions)...)
	for _, name := range missingSecrets(plan.Actions, p.secrets) {
		lines = append(lines, "# missing: the secret "+name)
	}
	return lines
}
