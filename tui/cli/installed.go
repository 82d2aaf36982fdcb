package cli

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// installed is the last page of an installation: what was verified, what
// opens the disk, and what to do next.
func installed(plan steps.Plan, chosen steps.Answers, facts steps.Facts) []string {
	lines := []string{plan.Host + " is installed. What was looked at:", ""}
	for _, action := range plan.Actions {
		if strings.HasPrefix(action.ID, "verify/") {
			lines = append(lines, "  "+action.Title)
		}
	}
	lines = append(lines, "")
	lines = append(lines, unlocking(chosen, facts)...)
	return append(lines, "", "Next: reboot, and take the medium out. The plan, the journal and the log are on the new machine,",
		"in /var/lib/mnemonix/install.")
}

// unlocking says what opens the disk from the first boot on.
func unlocking(chosen steps.Answers, _ steps.Facts) []string {
	return []string{"unlock: " + chosen.Boot.Unlock}
}
