package disk

import (
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// act adds the actions: save what can be saved, make partitions on shared
// disks, and let disko do the rest.
func (p *planner) act() {
	text, err := render.Disko(p.plan.Layout)
	if err != nil {
		p.block("disk", err.Error(), "")
		return
	}
	p.release()
	p.plan.Do(p.save())
	for _, t := range p.inOrder() {
		if t.shared {
			p.plan.Do(p.partition(t))
		}
		p.plan.Do(p.clear(t))
	}
	p.plan.Do(p.format(text))
	p.plan.Do(p.mount(text))
}

// inOrder returns the disks in the order of the roles: the plan reads the same
// whatever order the answers have.
func (p *planner) inOrder() []*target {
	var list []*target
	for _, role := range []string{roleSystem, roleMirror} {
		if t := p.target(role); t != nil {
			list = append(list, t)
		}
	}
	return list
}

// partition makes our partitions on a shared disk, at numbers that are free,
// and takes those away that are not to be kept.
func (p *planner) partition(t *target) steps.Action {
	var remove []int
	for _, partition := range t.disk.Partitions {
		if !p.stays(t.disk, partition) {
			remove = append(remove, partition.Number)
		}
	}
	sector := t.disk.LogicalSize
	var add []tools.NewPartition
	done := &steps.Check{}
	for _, one := range t.placed {
		add = append(add, tools.NewPartition{
			Number: one.number, First: one.start / sector, Last: one.end/sector - 1, Type: one.code, UUID: one.uuid, Label: one.label,
		})
		done.Commands = append(done.Commands, tools.Exists(partUUIDFolder+one.uuid))
	}
	title := "make " + count(len(add), "partition") + " on " + shortName(t.disk)
	action := steps.Action{
		ID: "disk/partition-" + t.role, Title: title, Kind: steps.ActionCommand,
		Commands: append([]steps.Command{tools.Sgdisk(Device(t.disk), remove, add)}, tools.Reread(Device(t.disk))...),
		Done:     done, Undo: restore(t), Erases: []steps.Erasure{p.created(t)},
	}
	if len(remove) > 0 {
		action.Title = "delete " + count(len(remove), "partition") + " of " + shortName(t.disk) + " and " + title
		action.Erases = append(action.Erases, steps.Erasure{Disk: t.disk.Fingerprint(), Regions: regionsOf(p.before(t), steps.FateDelete)})
	}
	return action
}

// signatures is how far from either end of a partition a file system, a
// container or an array can be recognized: ZFS has labels of 256 KiB at both
// ends, mdadm's are at most 128 KiB from the end, btrfs's is at 64 KiB.
const signatures = mib

// clear removes what would be recognized at the places of our partitions.
// disko leaves alone what looks like a file system, and on a disk that was
// used before one can come to light wherever a new partition begins. On a disk
// that is ours alone, what it zeroes was saved; on a shared one it is the first
// action that writes where deleted partitions lay.
func (p *planner) clear(t *target) steps.Action {
	action := steps.Action{
		ID: "disk/clear-" + t.role, Title: "remove old signatures from the places of the new partitions of " + shortName(t.disk),
		Kind: steps.ActionCommand, Erases: []steps.Erasure{p.created(t)}, Undo: restore(t),
		NoReturn: t.shared && p.overwrites(t),
	}
	for _, one := range t.placed {
		if t.shared {
			action.Commands = append(action.Commands, tools.WipeSignatures(partUUIDFolder+one.uuid))
			continue
		}
		action.Commands = append(action.Commands,
			tools.ZeroRange(Device(t.disk), one.start, signatures), tools.ZeroRange(Device(t.disk), one.end-signatures, signatures))
	}
	return action
}

// created is the places of our partitions.
func (p *planner) created(t *target) steps.Erasure {
	return steps.Erasure{Disk: t.disk.Fingerprint(), Regions: regionsOf(p.diskPlan(t).After, steps.FateCreate)}
}

func regionsOf(regions []steps.Region, fate steps.Fate) []steps.Region {
	var list []steps.Region
	for _, region := range regions {
		if region.Fate == fate {
			list = append(list, region)
		}
	}
	return list
}

// format lets disko do the rest. A disk that is ours alone it empties first;
// of a shared one it sees our partitions only, none of which it may destroy.
func (p *planner) format(diskoText string) steps.Action {
	layout := p.plan.Layout
	mode := tools.DiskoFormat
	action := steps.Action{ID: "disk/format", Kind: steps.ActionCommand}
	var whole, shared []string
	for _, t := range p.inOrder() {
		if t.shared {
			shared = append(shared, shortName(t.disk))
			action.Erases = append(action.Erases, p.created(t))
			continue
		}
		mode = tools.DiskoAll
		whole = append(whole, shortName(t.disk))
		// All of it goes: what is free now may hold what was deleted before.
		action.Erases = append(action.Erases, steps.Erasure{Disk: t.disk.Fingerprint(), Regions: p.before(t)})
	}
	verb, them := "format and mount ", "it"
	if layout.Encrypted() {
		verb = "encrypt, format and mount "
	}
	if len(whole) > 1 {
		them = "them"
	}
	switch {
	case len(shared) == 0:
		action.Title = "erase " + list(whole) + ", then partition, " + verb + them
	case len(whole) == 0:
		action.Title = verb + "the new partitions of " + list(shared)
	default:
		action.Title = "erase " + list(whole) + ", then " + verb + them + " and the new partitions of " + list(shared)
	}
	p.disko(&action, mode, diskoText)
	action.Commands = append(p.clearInside(), action.Commands...)
	action.Undo = p.undoFormat()
	action.NoReturn = slices.ContainsFunc(p.inOrder(), p.overwrites)
	return action
}

// insideArray is how far from its beginning the content of an array is
// recognized on a member: mdadm leaves at most 128 MiB before it, and a bitmap;
// then come as many bytes as a file system or LVM is recognized by.
// Source: mdadm, super1.c, validate_geometry1.
const insideArray = 160 * mib

// clearInside removes what would be recognized in a new array: one that lay
// there before began its content at the same byte, and a volume group in it
// would be active again before disko comes to it.
func (p *planner) clearInside() []steps.Command {
	var list []steps.Command
	for _, t := range p.inOrder() {
		for _, one := range t.placed {
			if one.content.Type != steps.NodeRAID {
				continue
			}
			device, start := Device(t.disk), one.start
			if t.shared {
				device, start = partUUIDFolder+one.uuid, 0
			}
			list = append(list, tools.ZeroRange(device, start, min(insideArray, one.size())))
		}
	}
	return list
}

// disko fills in an action that lets disko do something. The passphrase lies
// in memory for as long as it runs: disko reads it from a file.
func (p *planner) disko(action *steps.Action, mode tools.DiskoMode, diskoText string) {
	action.Commands = []steps.Command{tools.InstallText(tools.DiskoFile, diskoText)}
	disko := tools.Disko(mode, p.in.Target, tools.DiskoFile)
	if p.plan.Layout.Encrypted() && mode != tools.DiskoUnmount {
		action.Secrets = []string{passphrase}
		action.Commands = append(action.Commands, tools.IsTmpfs(workFolder), tools.InstallSecret(passphraseFile, passphrase))
		action.Finally = []steps.Command{tools.RemoveFile(passphraseFile)}
	}
	action.Commands = append(action.Commands, disko)
}

// mount mounts what was formatted. On a straight way that is done already;
// when a run goes on after the machine was switched off, it is not.
func (p *planner) mount(diskoText string) steps.Action {
	action := steps.Action{ID: "disk/mount", Title: "mount the new file systems below " + p.in.Target, Kind: steps.ActionCommand}
	if p.plan.Layout.Encrypted() {
		action.Title = "unlock the new disks and mount their file systems below " + p.in.Target
	}
	p.disko(&action, tools.DiskoMount, diskoText)
	done := &steps.Check{}
	for _, mount := range mountsOf(p.plan.Layout) {
		done.Commands = append(done.Commands, tools.Mounted(mount.device, strings.TrimSuffix(p.in.Target+mount.place, "/")))
	}
	action.Done = done
	return action
}

// shortName is the disk's own name, without its folder.
func shortName(disk steps.Disk) string {
	device := Device(disk)
	return device[strings.LastIndexByte(device, '/')+1:]
}

func count(number int, what string) string {
	if number == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", number, what)
}
