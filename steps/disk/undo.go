package disk

import (
	"slices"
	"strconv"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// saved is a range of a disk that is copied to memory before it is written.
type saved struct {
	span
	file string
}

// savedRanges are the tables at both ends of a disk, what clear will zero, and
// the headers of the LUKS containers that will go. Of a shared disk only the
// tables themselves: what lies right behind them belongs to somebody.
func savedRanges(t *target) []saved {
	usable := usableSpan(t.disk)
	head, tail := span{0, usable.start}, span{usable.end, t.disk.Size}
	if !t.shared {
		head.end, tail.start = alignment, t.disk.Size-alignment
	}
	ranges := []saved{
		{head, tablesFolder + "/" + t.role + "-first"},
		{tail, tablesFolder + "/" + t.role + "-last"},
	}
	for i, one := range t.placed {
		if t.shared {
			break // where that writes over anything, there is no way back: see overwrites
		}
		name := tablesFolder + "/" + t.role + "-place-" + strconv.Itoa(i+1)
		ranges = append(ranges,
			saved{span{one.start, one.start + signatures}, name + "-first"}, saved{span{one.end - signatures, one.end}, name + "-last"})
	}
	for _, partition := range t.disk.Partitions {
		kept := slices.ContainsFunc(t.kept, func(k steps.Partition) bool { return k.Start == partition.Start })
		// A broken table has partitions that begin or end outside the disk.
		length := min(uint64(tools.LuksHeader), partition.Size, t.disk.Size-min(partition.Start, t.disk.Size))
		if partition.Content.Kind == "crypto_LUKS" && !kept && length > 0 {
			ranges = append(ranges, saved{
				span{partition.Start, partition.Start + length}, tablesFolder + "/" + t.role + "-luks-" + strconv.Itoa(partition.Number),
			})
		}
	}
	if t.disk.Content.Kind == "crypto_LUKS" && len(t.disk.Partitions) == 0 {
		ranges = append(ranges, saved{span{0, tools.LuksHeader}, tablesFolder + "/" + t.role + "-luks"})
	}
	return ranges
}

// save copies the tables and headers to memory, so that they can be put back
// as long as nothing was written over the rest.
func (p *planner) save() steps.Action {
	action := steps.Action{
		ID: "disk/save", Kind: steps.ActionCommand,
		Commands: []steps.Command{
			tools.MakeFolder(workFolder), tools.IsTmpfs(workFolder), tools.MakeFolder(tablesFolder),
		},
	}
	var names []string
	for _, t := range p.inOrder() {
		names = append(names, shortName(t.disk))
		for _, one := range savedRanges(t) {
			action.Commands = append(action.Commands, tools.SaveRange(Device(t.disk), one.start, one.size(), one.file))
		}
	}
	action.Title = "copy the partition table of " + list(names) + " to memory"
	return action
}

// restore puts the saved ranges back.
func restore(t *target) []steps.Command {
	var commands []steps.Command
	for _, one := range savedRanges(t) {
		commands = append(commands, tools.RestoreRange(Device(t.disk), one.start, one.file))
	}
	return append(commands, tools.Reread(Device(t.disk))...)
}

// overwrites says whether making the file systems of a disk writes over
// anything that somebody could want back. A disk that is ours alone goes as a
// whole; of a shared one, the places of the new partitions, which may be where
// deleted ones lay.
func (p *planner) overwrites(t *target) bool {
	deleted := regionsOf(p.before(t), steps.FateDelete)
	if !t.shared {
		return len(deleted) > 0
	}
	return slices.ContainsFunc(deleted, func(gone steps.Region) bool {
		return slices.ContainsFunc(t.placed, func(one placed) bool {
			return one.start < gone.Start+gone.Size && gone.Start < one.end
		})
	})
}

// undoFormat takes everything down again and puts back what was saved. What
// mkfs wrote over stays lost: this brings back the tables, and the containers
// that nothing was written into yet.
func (p *planner) undoFormat() []steps.Command {
	commands := TearDown(p.plan.Layout, p.in.Target)
	for _, t := range p.inOrder() {
		commands = append(commands, restore(t)...)
	}
	return commands
}

// TearDown unmounts, switches off and closes what a layout is made of, from
// the top down. Where only a part of it is there, the commands for the rest
// fail, and the others do what they can.
func TearDown(layout steps.Layout, target string) []steps.Command {
	commands := []steps.Command{tools.UnmountAll(target)}
	for _, disk := range layout.Disks {
		for _, partition := range disk.Partitions {
			if partition.Content.Type == steps.NodeSwap && !partition.Content.RandomEncryption {
				commands = append(commands, steps.Command{Argv: []string{"swapoff", partUUIDFolder + partition.UUID}})
			}
		}
	}
	for _, pool := range layout.Pools {
		commands = append(commands, tools.ExportPool(pool.Name))
	}
	for _, group := range layout.Groups {
		for _, volume := range group.Volumes {
			if volume.Content.Type == steps.NodeSwap {
				commands = append(commands, steps.Command{Argv: []string{"swapoff", "/dev/" + group.Name + "/" + volume.Name}})
			}
		}
		commands = append(commands, tools.Deactivate(group.Name))
	}
	for _, array := range layout.Arrays {
		commands = append(commands, tools.StopArray("/dev/md/"+array.Name))
	}
	for _, name := range layout.Containers() {
		commands = append(commands, tools.LuksClose(name))
	}
	return append(commands, tools.RemoveFile(passphraseFile))
}
