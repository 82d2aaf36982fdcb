package disk

import (
	"fmt"
	"path"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Taken says which names of the layout belong to something else on this
// machine: an opened container, a volume group, a pool. disko makes nothing
// where there is something of that name already, and mounts that: the system
// would go onto a disk that nobody chose. What lies on the plan's own disks is
// no reason: it is refused as in use, or goes with them.
func Taken(layout steps.Layout, plans []steps.DiskPlan, facts steps.Facts) []steps.Problem {
	var list []steps.Problem
	add := func(what, name, where, hint string) {
		list = append(list, steps.Problem{
			Key: "disk.layout", Text: fmt.Sprintf("%s %s is there already, on %s, and would be taken for the new one", what, name, where), Hint: hint,
		})
	}
	containers, groups := layout.Containers(), map[string]bool{}
	for _, group := range layout.Groups {
		groups[group.Name] = true
	}
	told := map[string]bool{}
	for _, volume := range facts.Volumes {
		if Goes(volume.Name, plans, facts) {
			continue
		}
		on := basesOf(volume, facts)
		switch {
		case slices.Contains(containers, volume.Name):
			add("an opened container", volume.Name, joined(on), "close it: cryptsetup close "+volume.Name)
		case groups[volume.Group] && !told[volume.Group]:
			told[volume.Group] = true
			add("a volume group", volume.Group, joined(on), "take that disk out, rename the group (vgrename), or choose another layout")
		}
	}
	for _, pool := range layout.Pools {
		for _, one := range facts.Disks {
			if !Goes(one.Name, plans, facts) && hasPool(one, pool.Name) {
				add("a pool", pool.Name, one.Name, "take that disk out, rename the pool (zpool import OLD NEW), or choose another layout")
			}
		}
	}
	return list
}

// Goes says whether a device, by any name that ends in the kernel's or the
// mapper's, lies on nothing but disks of which nothing stays.
func Goes(device string, plans []steps.DiskPlan, facts steps.Facts) bool {
	on, goes := basesOf(steps.Volume{Members: []string{path.Base(device)}}, facts), erased(plans, facts)
	return len(on) > 0 && !slices.ContainsFunc(on, func(name string) bool { return !goes[name] })
}

// erased are the disks, by the kernel's name, of which nothing stays.
func erased(plans []steps.DiskPlan, facts steps.Facts) map[string]bool {
	goes := map[string]bool{}
	for _, plan := range plans {
		kept := slices.ContainsFunc(plan.After, func(r steps.Region) bool { return r.Fate == steps.FateKeep })
		for _, one := range facts.Disks {
			if !kept && Device(one) == Device(steps.Disk{ID: plan.Disk.ID, Path: plan.Disk.Path}) {
				goes[one.Name] = true
			}
		}
	}
	return goes
}

// basesOf are the disks that a volume lies on, by the kernel's name.
func basesOf(volume steps.Volume, facts steps.Facts) []string {
	var list []string
	var climb func(members []string, depth int)
	climb = func(members []string, depth int) {
		for _, member := range members {
			for _, one := range facts.Disks {
				if within(one, member) && !slices.Contains(list, one.Name) {
					list = append(list, one.Name)
				}
			}
			for _, below := range facts.Volumes {
				if below.Name == member && depth < maxDepth {
					climb(below.Members, depth+1)
				}
			}
		}
	}
	climb(volume.Members, 0)
	return list
}

func hasPool(one steps.Disk, pool string) bool {
	named := func(content steps.Content) bool { return content.Kind == "zfs_member" && content.Label == pool }
	return named(one.Content) || slices.ContainsFunc(one.Partitions, func(p steps.Partition) bool { return named(p.Content) })
}

func joined(names []string) string {
	if len(names) == 0 {
		return "a device that is no disk"
	}
	return list(names)
}
