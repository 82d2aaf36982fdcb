package disk

import (
	"cmp"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// mounted is what a layout mounts: a device, and the place below the root.
type mounted struct{ device, place string }

// mountsOf lists what a layout mounts, in the order of the places: a folder
// comes before what is below it.
func mountsOf(layout steps.Layout) []mounted {
	var list []mounted
	for _, disk := range layout.Disks {
		for _, partition := range disk.Partitions {
			list = append(list, nodeMounts(partUUIDFolder+partition.UUID, partition.Content)...)
		}
	}
	for _, array := range layout.Arrays {
		list = append(list, nodeMounts("/dev/md/"+array.Name, array.Content)...)
	}
	for _, group := range layout.Groups {
		for _, volume := range group.Volumes {
			list = append(list, nodeMounts("/dev/"+group.Name+"/"+volume.Name, volume.Content)...)
		}
	}
	for _, pool := range layout.Pools {
		for _, dataset := range pool.Datasets {
			list = append(list, mounted{pool.Name + "/" + dataset.Name, dataset.Mountpoint})
		}
	}
	for _, mount := range layout.Mounts {
		list = append(list, mounted{cmp.Or(mount.Device, mount.Format), mount.Mountpoint})
	}
	slices.SortFunc(list, func(a, b mounted) int { return cmp.Compare(a.place, b.place) })
	return list
}

func nodeMounts(device string, node steps.LayoutNode) []mounted {
	for node.Inner != nil {
		device, node = "/dev/mapper/"+node.Name, *node.Inner
	}
	var list []mounted
	if node.Mountpoint != "" {
		list = append(list, mounted{device, node.Mountpoint})
	}
	for _, subvolume := range node.Subvolumes {
		if subvolume.Mountpoint != "" {
			list = append(list, mounted{device, subvolume.Mountpoint})
		}
	}
	return list
}
