package disk

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// documentable are file systems that a partition, a mount point and nothing
// else describe. The others have subvolumes, datasets or volumes, which the
// facts do not tell.
var documentable = []string{"ext2", "ext3", "ext4", "f2fs", "vfat", "xfs"}

// document writes down how the disks are used now: disko.nix only mounts what
// is there, in words that can format nothing, and no action touches a disk.
func (p *planner) document() {
	var layout steps.Layout
	refused := false
	for _, disk := range p.in.Facts.Disks {
		if disk.LiveMedium {
			continue
		}
		swap := steps.LayoutDisk{Name: "swap", Device: Device(disk), Shared: true}
		for _, partition := range disk.Partitions {
			places, swapping, other := usedAs(partition.Holders)
			if other != "" || len(places) > 0 && (partition.PartUUID == "" || !slices.Contains(documentable, partition.Content.Kind)) {
				p.block("disk.layout", "what is on "+Title(disk)+", partition "+strconv.Itoa(partition.Number)+" ("+contentWords(partition.Content)+", "+
					list(partition.Holders)+") cannot be written down from the outside", "write hosts/"+p.in.Answers.Host.Name+"/disko.nix by hand, or choose a layout that is made anew")
				refused = true
				continue
			}
			device := partUUIDFolder + strings.ToLower(partition.PartUUID)
			for _, place := range places {
				mount := steps.LayoutMount{Mountpoint: place, Format: partition.Content.Kind, Device: device}
				if partition.Content.Kind == "vfat" {
					mount.MountOptions = []string{"umask=0077"}
				}
				layout.Mounts = append(layout.Mounts, mount)
			}
			if swapping && partition.PartUUID != "" {
				swap.Partitions = append(swap.Partitions, steps.LayoutPartition{
					Name: strings.ToLower(partition.PartUUID), Number: partition.Number, UUID: strings.ToLower(partition.PartUUID),
					Start: partition.Start, Size: partition.Size, Content: steps.LayoutNode{Type: steps.NodeSwap},
				})
			}
		}
		if len(swap.Partitions) > 0 {
			layout.Disks = append(layout.Disks, swap)
		}
	}
	slices.SortFunc(layout.Mounts, func(a, b steps.LayoutMount) int { return cmp.Compare(a.Mountpoint, b.Mountpoint) })
	for _, choice := range p.in.Answers.Disk.Disks {
		p.documentDisk(choice)
	}
	if !refused && !slices.ContainsFunc(layout.Mounts, func(m steps.LayoutMount) bool { return m.Mountpoint == "/" }) {
		p.block("disk.layout", "no partition of this machine is mounted at /, so that there is nothing to write down", "the layout document is for a machine that runs from its own disk")
		return
	}
	p.plan.Layout = layout
}

// documentDisk shows a disk that stays as it is.
func (p *planner) documentDisk(choice steps.DiskChoice) {
	index := slices.IndexFunc(p.in.Facts.Disks, func(d steps.Disk) bool {
		found, err := Resolve(choice, p.in.Facts)
		return err == nil && found.Name == d.Name
	})
	if index < 0 {
		_, err := Resolve(choice, p.in.Facts)
		p.block("disk.disks."+choice.Role, err.Error(), "")
		return
	}
	disk := p.in.Facts.Disks[index]
	tiles := p.before(&target{disk: disk, kept: disk.Partitions})
	for i := range tiles {
		if tiles[i].Fate != steps.FateFree {
			tiles[i].Fate = steps.FateKeep
		}
	}
	p.plan.Disks = append(p.plan.Disks, steps.DiskPlan{
		Role: choice.Role, Disk: disk.Fingerprint(), Device: Device(disk), Confirm: Confirm(disk, p.in.Facts),
		Before: tiles, After: slices.Clone(tiles),
	})
}

// usedAs reads the words of a partition's holders: where it is mounted,
// whether it is swap, and what else holds it.
func usedAs(holders []string) (places []string, swap bool, other string) {
	for _, holder := range holders {
		place, isMount := strings.CutPrefix(holder, "mounted at ")
		switch {
		case isMount && !strings.Contains(place, " through "):
			places = append(places, place)
		case holder == "swap":
			swap = true
		default:
			other = holder
		}
	}
	return places, swap, other
}
