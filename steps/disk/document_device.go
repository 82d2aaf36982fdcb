package disk

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

const (
	byUUIDFolder = "/dev/disk/by-uuid/"
	mapperFolder = "/dev/mapper/"
)

// isLUKS says whether a volume is an opened container with a header, and not
// one that was made with a key alone.
func isLUKS(volume steps.Volume) bool {
	return volume.Kind == "crypt" && strings.HasPrefix(volume.Format, "LUKS")
}

func (d *documenter) volume(name string) (steps.Volume, bool) {
	index := slices.IndexFunc(d.facts.Volumes, func(v steps.Volume) bool { return v.Name == name })
	if index < 0 {
		return steps.Volume{}, false
	}
	return d.facts.Volumes[index], true
}

// part finds a partition, or a disk without a table as one.
func (d *documenter) part(name string) (steps.Partition, steps.Disk, bool) {
	for _, disk := range d.facts.Disks {
		if disk.Name == name {
			return steps.Partition{Name: name, Size: disk.Size, Content: disk.Content}, disk, true
		}
		for _, partition := range disk.Partitions {
			if partition.Name == name {
				return partition, disk, true
			}
		}
	}
	return steps.Partition{}, steps.Disk{}, false
}

// device is a name that lasts for what is mounted. A mapping has its own: the
// container or the group below it decides which disk that is, while the UUID
// of a file system can be on a second disk too.
func (d *documenter) device(source, kind string) (string, error) {
	if kind == "zfs" {
		return source, nil // a dataset
	}
	if partition, disk, found := d.part(source); found {
		switch {
		case disk.LiveMedium:
			return "", errors.New("it is on the medium that this system was started from")
		case partition.PartUUID != "":
			return partUUIDFolder + strings.ToLower(partition.PartUUID), nil
		case partition.Content.UUID != "":
			return byUUIDFolder + partition.Content.UUID, nil
		}
		return "", fmt.Errorf("%s has neither a PARTUUID nor a UUID by which it would be found again", source)
	}
	volume, found := d.volume(source)
	switch {
	case !found:
		return "", fmt.Errorf("nobody knows what %s is made of", source)
	case volume.Kind == "crypt" && !isLUKS(volume):
		return "", fmt.Errorf("%s was opened with a key alone, and no header says how", source)
	case volume.Kind == "crypt", volume.Kind == "lvm":
		return mapperFolder + volume.Name, nil
	case volume.Content.UUID != "":
		return byUUIDFolder + volume.Content.UUID, nil
	}
	return "", fmt.Errorf("%s has no UUID by which it would be found again", source)
}

// open writes down every container below what is mounted. A btrfs and a pool
// may have several members, of which the mount names one.
func (d *documenter) open(source, kind string) {
	if kind == "zfs" {
		pool, _, _ := strings.Cut(source, "/")
		d.starts(steps.StartZFS)
		for _, volume := range d.facts.Volumes {
			if volume.Content.Kind == "zfs_member" && volume.Content.Label == pool {
				d.below(volume.Name)
			}
		}
		return
	}
	d.below(source)
	if volume, found := d.volume(source); found && kind == "btrfs" && volume.Content.UUID != "" {
		for _, other := range d.facts.Volumes {
			if other.Content.Kind == "btrfs" && other.Content.UUID == volume.Content.UUID {
				d.below(other.Name)
			}
		}
	}
}

// below goes down from a volume to its disks.
func (d *documenter) below(name string) {
	volume, found := d.volume(name)
	if !found || d.opened[name] {
		return
	}
	d.opened[name] = true
	for _, member := range volume.Members {
		d.below(member) // the lower containers come first: they are opened first
	}
	switch {
	case isLUKS(volume):
		d.container(volume)
	case strings.HasPrefix(volume.Kind, "raid"), volume.Kind == "linear":
		d.starts(steps.StartMD)
	}
}

func (d *documenter) starts(what string) {
	if !slices.Contains(d.layout.Starts, what) {
		d.layout.Starts = append(d.layout.Starts, what)
	}
}

// container names a container of LUKS by the partition that it lies in, or
// by the UUID in its header.
func (d *documenter) container(volume steps.Volume) {
	one := steps.LayoutPartition{
		Name: volume.Name, Size: volume.Size,
		Content: steps.LayoutNode{Type: steps.NodeLUKS, Name: volume.Name, Kept: true},
	}
	owner := steps.LayoutDisk{Name: "luks", Shared: true}
	if len(volume.Members) > 0 {
		if partition, disk, found := d.part(volume.Members[0]); found {
			owner.Device = Device(disk)
			one.Number, one.Start, one.UUID, one.Size = partition.Number, partition.Start, strings.ToLower(partition.PartUUID), partition.Size
		}
	}
	switch {
	case one.UUID != "":
	case volume.UUID != "":
		one.Device = byUUIDFolder + volume.UUID
	default:
		d.note("the container %s has neither a PARTUUID nor a UUID and is left out: it must be opened before anything on it is mounted", volume.Name)
		return
	}
	same := slices.IndexFunc(d.layout.Disks, func(l steps.LayoutDisk) bool { return l.Name == owner.Name && l.Device == owner.Device })
	if same < 0 {
		d.layout.Disks = append(d.layout.Disks, owner)
		same = len(d.layout.Disks) - 1
	}
	d.layout.Disks[same].Partitions = append(d.layout.Disks[same].Partitions, one)
}

// inside says what lies in a container that was written down.
func (d *documenter) inside(name string, content steps.LayoutNode) {
	for i := range d.layout.Disks {
		for j := range d.layout.Disks[i].Partitions {
			if node := &d.layout.Disks[i].Partitions[j].Content; node.Type == steps.NodeLUKS && node.Name == name {
				node.Inner = &content
			}
		}
	}
}
