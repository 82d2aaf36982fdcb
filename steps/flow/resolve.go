package flow

import (
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

// resolved stores what the plan found beside the rules that it was found by:
// the disk of each role, and the size of a swap that follows the memory. It
// goes into the flake with the answers, and is never looked for again.
func resolved(in steps.Input, plan steps.Plan) steps.Answers {
	chosen := in.Answers
	if len(plan.Disks) == 0 {
		return chosen
	}
	chosen.Disk.Disks = slices.Clone(chosen.Disk.Disks)
	for i := range chosen.Disk.Disks {
		choice := &chosen.Disk.Disks[i]
		for _, found := range plan.Disks {
			if choice.Resolved == nil && found.Role == choice.Role {
				known := found.Disk
				known.TableHash, known.EndsHash = "", "" // the installation itself changes them
				choice.Resolved = &known
			}
		}
	}
	if swap := &chosen.Disk.Swap; swap.Size == "auto" && swap.Resolved == "" {
		swap.Resolved = answers.FormatSize(disk.AutoSwap(in.Facts.Memory.Total, swap.Hibernate))
	}
	return chosen
}
