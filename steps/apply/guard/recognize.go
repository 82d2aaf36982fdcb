package guard

import (
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

// recognize holds a disk that an earlier run has begun to change against what
// that run can have left: what was reviewed, no partition at all, or none but
// those of before and of the plan. From then on it is known.
func (g *Guard) recognize(want steps.Fingerprint, found steps.Disk) error {
	if found.TableHash != want.TableHash {
		if stranger := g.stranger(want, found); stranger != "" {
			return steps.Problem{
				Text: fmt.Sprintf("%s is not as the installation that was begun has left it: it has %s", title(want), stranger),
				Hint: "it was used for something else since; nothing was written to it now; mnemonix install begins anew",
			}
		}
	}
	g.known[device(want)] = state{hash: tableOnly(found), table: true}
	return nil
}

// stranger is what lies on a disk and is neither of the plan nor from before.
func (g *Guard) stranger(want steps.Fingerprint, found steps.Disk) string {
	var regions []steps.Region
	for _, plan := range g.plan.Disks {
		if device(plan.Disk) == device(want) {
			regions = slices.Concat(plan.Before, plan.After)
		}
	}
	if len(found.Partitions) == 0 && found.Content.Kind != "" {
		return found.Content.Kind + " on the whole disk"
	}
	for _, partition := range found.Partitions {
		if disk.Extended(partition) {
			continue
		}
		known := slices.ContainsFunc(regions, func(r steps.Region) bool {
			return r.Start == partition.Start && strings.EqualFold(r.PartUUID, partition.PartUUID)
		})
		if !known {
			return fmt.Sprintf("a partition %d of %s", partition.Number, disk.Bytes(partition.Size))
		}
	}
	return ""
}
