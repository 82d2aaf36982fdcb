package disk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

// espSize reads the size of the ESP; 1 GiB where none was answered.
func espSize(text string) (uint64, error) {
	if text == "" {
		return gib, nil
	}
	size, err := answers.ParseSize(text)
	return alignUp(size), err
}

// place gives every partition its place and writes the layout and the disks
// of the plan. A disk with too little room is a blocker.
func (p *planner) place(d demand) bool {
	fits := true
	layout := steps.Layout{Arrays: d.arrays, Groups: d.groups, Pools: d.pools, Mounts: d.mounts}
	rest := p.mirrored(d)
	for _, demand := range d.disks {
		t := p.target(demand.role)
		numbers := freeNumbers(t.kept)
		wants := withNeeds(demand.partitions, d.groups)
		placed, err := put(limited(wants, rest, t.free), numbers, t.free)
		if err != nil {
			p.block("disk.disks."+t.role, fmt.Sprintf("%s is too small for the layout %s: %s", Title(t.disk), p.choices.layout, err),
				p.tooSmallHint(t))
			fits = false
			continue
		}
		t.placed = placed
		layout.Disks = append(layout.Disks, p.layoutDisk(demand, t))
		if t.esp != nil {
			layout.Mounts = append(layout.Mounts, steps.LayoutMount{
				Mountpoint: "/boot", Format: "vfat", Device: partUUIDFolder + strings.ToLower(t.esp.PartUUID),
				MountOptions: []string{"umask=0077"},
			})
		}
	}
	p.checkESP()
	if !fits {
		return false
	}
	p.plan.Layout = layout
	for _, role := range []string{roleSystem, roleMirror} {
		if t := p.target(role); t != nil {
			p.plan.Disks = append(p.plan.Disks, p.diskPlan(t))
		}
	}
	return true
}

// partUUIDFolder is where udev names partitions by their PARTUUID.
const partUUIDFolder = "/dev/disk/by-partuuid/"

func (p *planner) target(role string) *target {
	for _, t := range p.targets {
		if t.role == role {
			return t
		}
	}
	return nil
}

// mirrored is the size of the halves of a mirror: what the disk with less room
// has left for its own. mdadm asks before it makes a mirror of halves that
// differ, and what a larger one has more can hold nothing. 0: there is no
// mirror, or it has no room.
func (p *planner) mirrored(d demand) uint64 {
	if len(d.disks) < 2 {
		return 0
	}
	least := ^uint64(0)
	for _, demand := range d.disks {
		least = min(least, restOf(demand.partitions, p.target(demand.role).free))
	}
	return least
}

// restOf is what is left of a span for the partition that takes the rest.
func restOf(wants []want, free span) uint64 {
	room := free.aligned().size()
	for _, w := range wants {
		room -= min(room, alignUp(w.size))
	}
	return room
}

// limited gives what takes the rest that size, where it is enough and less
// than there is.
func limited(wants []want, rest uint64, free span) []want {
	if rest == 0 || rest >= restOf(wants, free) {
		return wants
	}
	wants = slices.Clone(wants)
	for i := range wants {
		if wants[i].size == 0 && rest >= alignUp(wants[i].least) {
			wants[i].size = rest
		}
	}
	return wants
}

// containerOverhead is what LUKS and LVM keep for themselves, generously.
const containerOverhead = 64 * mib

// withNeeds adds to the last partition what the volumes in it need.
func withNeeds(wants []want, groups []steps.LayoutGroup) []want {
	wants = append([]want{}, wants...)
	for _, group := range groups {
		need := containerOverhead
		for _, volume := range group.Volumes {
			switch {
			case volume.Size > 0:
				need += volume.Size
			case volume.Name == "root":
				need += minRoot
			default:
				need += minPersist
			}
		}
		for i := range wants {
			if wants[i].size == 0 {
				wants[i].least = max(wants[i].least, need)
			}
		}
	}
	return wants
}

func (p *planner) tooSmallHint(t *target) string {
	switch {
	case t.shared:
		return "free a part of it that is large enough in one piece, with the tools of the system that uses it"
	case p.choices.swap > 0:
		return "take less swap (disk.swap), or a larger disk"
	}
	return "take a larger disk"
}

// layoutDisk is the disk as disko.nix tells it.
func (p *planner) layoutDisk(demand diskDemand, t *target) steps.LayoutDisk {
	disk := steps.LayoutDisk{Name: demand.name, Device: Device(t.disk), Shared: t.shared}
	for i := range t.placed {
		one := &t.placed[i]
		one.uuid = partUUID(t.disk, p.in.Answers.Host.Name, one.name, one.start, p.taken)
		one.label = "disk-" + demand.name + "-" + one.name
		disk.Partitions = append(disk.Partitions, steps.LayoutPartition{
			Name: one.name, Type: one.code, Number: one.number, UUID: one.uuid, Start: one.start, Size: one.size(),
			Rest: one.want.size == 0, Content: one.content,
		})
	}
	return disk
}

// diskPlan is the disk before and after.
func (p *planner) diskPlan(t *target) steps.DiskPlan {
	var after []steps.Region
	for _, partition := range t.kept {
		after = append(after, regionOf(partition, steps.FateKeep))
	}
	for _, one := range t.placed {
		after = append(after, steps.Region{
			Fate: steps.FateCreate, Number: one.number, Label: one.name, Content: one.words, PartUUID: one.uuid,
			Start: one.start, Size: one.size(),
		})
	}
	return steps.DiskPlan{
		Role: t.role, Disk: t.disk.Fingerprint(), Device: Device(t.disk), Confirm: Confirm(t.disk, p.in.Facts),
		Before: p.before(t), After: tile(after, t.disk.Size),
	}
}

// before tiles the disk as it is, with the fate of each part.
func (p *planner) before(t *target) []steps.Region {
	var regions []steps.Region
	if len(t.disk.Partitions) == 0 && HasData(t.disk) {
		regions = append(regions, steps.Region{
			Fate: steps.FateDelete, Content: cmp.Or(t.disk.Unknown(), contentWords(t.disk.Content)), Size: t.disk.Size,
		})
	}
	for _, partition := range t.disk.Partitions {
		if Extended(partition) {
			continue // the partitions inside it are listed themselves
		}
		fate := steps.FateDelete
		if p.stays(t.disk, partition) {
			fate = steps.FateKeep
		}
		regions = append(regions, regionOf(partition, fate))
	}
	return tile(regions, t.disk.Size)
}

// Extended says whether a partition of an MBR table holds others.
// Source: the type bytes of extended partitions, 05, 0f and 85.
func Extended(partition steps.Partition) bool {
	switch strings.TrimPrefix(strings.ToLower(partition.TypeGUID), "0x") {
	case "5", "05", "f", "0f", "85":
		return true
	}
	return false
}

func regionOf(partition steps.Partition, fate steps.Fate) steps.Region {
	return steps.Region{
		Fate: fate, Number: partition.Number, Label: printable(partition.Label), Content: contentWords(partition.Content),
		PartUUID: partition.PartUUID, Start: partition.Start, Size: partition.Size,
	}
}

// contentWords is a content with the operating system on it.
func contentWords(content steps.Content) string {
	words := Describe(content)
	if system := printable(content.System); system != "" {
		words = strings.TrimPrefix(words+", "+system, ", ")
	}
	return cmp.Or(words, "unknown")
}
