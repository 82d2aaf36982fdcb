package disk

import (
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// warnStarts tells that a system on a disk that stays is started from an EFI
// system partition that goes: Windows on one disk with its loader on another
// is common, and nothing on either disk says so.
func (p *planner) warnStarts() {
	var left, gone []steps.Partition
	leftOn := map[string]bool{} // names of disks on which an ESP stays
	for _, disk := range p.in.Facts.Disks {
		for _, partition := range disk.Partitions {
			switch {
			case partition.TypeGUID != typeESP || disk.LiveMedium:
			case p.stays(disk, partition):
				left, leftOn[disk.Name] = append(left, partition), true
			default:
				gone = append(gone, partition)
			}
		}
	}
	if len(gone) == 0 {
		return
	}
	var said []string
	for _, disk := range p.in.Facts.Disks {
		for _, partition := range disk.Partitions {
			system := partition.Content.System
			switch {
			case system == "" || partition.TypeGUID == typeESP || disk.LiveMedium || !p.stays(disk, partition):
			case leftOn[disk.Name] || startsFrom(left, system, false) || !startsFrom(gone, system, true):
			case slices.Contains(said, disk.Name):
			default:
				said = append(said, disk.Name)
				p.warning("disk.disks", system+" on "+Title(disk)+" has no EFI system partition on its own disk, and one that it may be started from is deleted",
					"keep that partition (disk.keep), or make one on its own disk with that system's tools first")
			}
		}
	}
}

// startsFrom says whether one of the EFI system partitions has the loader of a
// system. What is in one that nobody could look into is unknown.
func startsFrom(esps []steps.Partition, system string, unknown bool) bool {
	kind, _, _ := strings.Cut(strings.ToLower(system), " ")
	return slices.ContainsFunc(esps, func(esp steps.Partition) bool {
		loaders := strings.ToLower(esp.Content.System)
		switch {
		case loaders == "":
			return unknown
		case kind == "linux": // a loader of its own in a folder of any name
			return strings.Trim(strings.ReplaceAll(loaders, "windows", ""), ", ") != ""
		}
		return strings.Contains(loaders, kind)
	})
}
