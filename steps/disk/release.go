package disk

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// release begins the IDs of the actions that close what was put together from
// the disks of a plan.
const release = "disk/release/"

// Releases says whether that is the ID of such an action.
func Releases(id string) bool { return strings.HasPrefix(id, release) }

// Assembled says whether all that uses a disk was put together from it, and is
// itself used by nobody: live media assemble arrays and activate volume groups
// at their start. What is mounted, swapped to or a pool is more than that.
func Assembled(disk steps.Disk) bool {
	for _, holder := range disk.Holders {
		made := slices.ContainsFunc([]string{openedAs, lvmVolume, mdArray}, func(prefix string) bool { return strings.HasPrefix(holder, prefix) })
		if !made {
			return false
		}
	}
	return len(disk.Holders) > 0
}

// release closes what was put together from disks that go as a whole, one
// after the other. It writes to none of them. Whether it is done the machine is
// asked, by names that nothing else ever has: after a restart it may be there
// again.
func (p *planner) release() {
	var volumes []steps.Volume
	blocked := false
	for _, t := range p.targets {
		if len(t.disk.Holders) == 0 {
			continue
		}
		inUse := func(hint string) {
			blocked = true
			p.block("disk.disks."+t.role, Title(t.disk)+" is in use: "+list(t.disk.Holders), hint)
		}
		if !Assembled(t.disk) { // said already
			return
		}
		if t.shared {
			inUse("something on it stays: close or deactivate first what is named")
			continue
		}
		found, err := p.madeOf(t.disk)
		if err != nil {
			inUse(err.Error())
			continue
		}
		for _, volume := range found {
			if !slices.ContainsFunc(volumes, func(v steps.Volume) bool { return v.Name == volume.Name }) {
				volumes = append(volumes, volume)
			}
		}
	}
	if blocked || len(volumes) == 0 {
		return
	}
	// What lies on others goes first.
	slices.SortStableFunc(volumes, func(a, b steps.Volume) int { return cmp.Compare(p.height(b), p.height(a)) })
	groups := map[string]int{} // by name: its action
	for _, volume := range volumes {
		absent := tools.Absent(linkOf(volume))
		if at, some := groups[volume.Group]; some && volume.Kind == "lvm" {
			done := p.plan.Actions[at].Done
			done.Commands = append(done.Commands, absent)
			continue
		}
		action := steps.Action{ID: release + volume.Name, Kind: steps.ActionCommand, Done: &steps.Check{Commands: []steps.Command{absent}}}
		// udev may activate a group on it after the machine was looked at.
		if group := volume.Content.Group; group != "" {
			action.Commands = append(action.Commands, tools.Deactivate(group))
		}
		switch volume.Kind {
		case "lvm":
			action.Title = "deactivate the volume group " + volume.Group + ", which nobody uses"
			action.Commands = append(action.Commands, tools.Deactivate(volume.Group))
			groups[volume.Group] = len(p.plan.Actions)
		case "crypt":
			action.Title = "close the opened container " + volume.Name + ", which nobody uses"
			action.Commands = append(action.Commands, tools.LuksClose(volume.Name))
		default:
			action.Title = "stop the array " + volume.Name + ", which nobody uses"
			action.Commands = append(action.Commands, tools.StopArray(linkOf(volume)))
		}
		action.Commands = append(action.Commands, tools.Settle())
		p.plan.Do(action)
	}
}

// madeOf lists the volumes that a disk is a part of, where all of them can be
// closed: nothing that stays has a part in one.
func (p *planner) madeOf(disk steps.Disk) ([]steps.Volume, error) {
	var found []steps.Volume
	for _, volume := range p.in.Facts.Volumes {
		on := basesOf(volume, p.in.Facts)
		if !slices.Contains(on, disk.Name) {
			continue
		}
		for _, name := range on {
			if !slices.ContainsFunc(p.targets, func(t *target) bool { return t.disk.Name == name && !t.shared }) {
				return nil, fmt.Errorf("%s lies on %s too, which stays: close or deactivate it first", volume.Name, name)
			}
		}
		if linkOf(volume) == "" {
			return nil, errors.New("close or deactivate first what is named")
		}
		found = append(found, volume)
	}
	if len(found) == 0 {
		return nil, errors.New("free it first: close or deactivate what is named")
	}
	return found, nil
}

// height is how many volumes lie below this one, at most.
func (p *planner) height(volume steps.Volume) int {
	var climb func(volume steps.Volume, depth int) int
	climb = func(volume steps.Volume, depth int) int {
		height := 0
		for _, below := range p.in.Facts.Volumes {
			if slices.Contains(volume.Members, below.Name) && depth < maxDepth {
				height = max(height, 1+climb(below, depth+1))
			}
		}
		return height
	}
	return climb(volume, 0)
}

// linkOf is the name that udev gives a volume by its UUID, or "" where that is
// not known.
// Source: 13-dm-disk.rules of device-mapper, 63-md-raid-arrays.rules of mdadm.
func linkOf(volume steps.Volume) string {
	const folder = "/dev/disk/by-id/"
	digits := strings.NewReplacer("-", "", ":", "").Replace(volume.UUID)
	switch {
	case volume.UUID == "":
		return ""
	case volume.Kind == "crypt" && volume.Format != "":
		return folder + "dm-uuid-CRYPT-" + volume.Format + "-" + digits + "-" + volume.Name
	case volume.Kind == "lvm" && volume.Group != "":
		return folder + "dm-uuid-LVM-" + volume.UUID
	case strings.HasPrefix(volume.Kind, "raid") && len(digits) == 32:
		return folder + "md-uuid-" + digits[:8] + ":" + digits[8:16] + ":" + digits[16:24] + ":" + digits[24:]
	}
	return ""
}
