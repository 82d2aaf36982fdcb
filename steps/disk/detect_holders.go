package disk

import (
	"path"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// swapMark is what lsblk shows in place of a mount point for swap that is on.
const swapMark = "[SWAP]"

// holders says what uses a disk or a partition now, in words: what is mounted
// from it, directly or through what is made of it, swap, and the pools and
// arrays that it belongs to.
func (t tree) holders(row tools.BlockDevice) []string {
	list := t.heldBy(row, "", 0)
	for i := range list {
		list[i] = probe.Shown(list[i])
	}
	return distinct(list)
}

func (t tree) heldBy(row tools.BlockDevice, through string, depth int) []string {
	var list []string
	for _, mountpoint := range t.mountpoints(row) {
		what := "mounted at " + mountpoint
		if mountpoint == swapMark {
			what = "swap"
		}
		list = append(list, what+through)
	}
	list = append(list, t.pools(row)...)
	for _, child := range row.Children {
		if child.Type == "part" && depth == 0 {
			continue // has holders of its own
		}
		if depth == maxDepth {
			break
		}
		list = append(list, madeName(child))
		list = append(list, t.heldBy(child, " through "+child.Name, depth+1)...)
	}
	return list
}

// How holders begin that were put together from a disk.
const (
	openedAs  = "opened by dm-crypt as "
	lvmVolume = "LVM volume "
	mdArray   = "md array "
)

// madeName names a device that is made of others.
func madeName(row tools.BlockDevice) string {
	switch kind := row.Type; {
	case kind == "crypt":
		return openedAs + row.Name
	case kind == "lvm":
		return lvmVolume + row.Name
	case kind == "mpath":
		return "multipath " + row.Name
	case strings.HasPrefix(kind, "raid"), kind == "linear", kind == "md":
		return mdArray + row.Name
	case kind == "dm", kind == "":
		return "device mapper " + row.Name
	}
	return row.Name
}

// pools names what uses a device without a block device of its own above it:
// a btrfs that has several, an imported ZFS pool.
func (t tree) pools(row tools.BlockDevice) []string {
	var list []string
	for _, uuid := range t.mounts.btrfs[t.kernelName(row)] {
		list = append(list, "btrfs "+uuid)
	}
	udev := t.udev("/sys/class/block/"+row.Name, row.Number)
	kind, label := first(row.FSType, udev.Properties["ID_FS_TYPE"]), first(row.Label, udev.Properties["ID_FS_LABEL"])
	if kind == "zfs_member" && label != "" && probe.Exists(t.reader, "/proc/spl/kstat/zfs/"+label) {
		list = append(list, "ZFS pool "+label)
	}
	return list
}

// mountpoints joins what lsblk said with what the kernel lists.
func (t tree) mountpoints(row tools.BlockDevice) []string {
	list := append([]string{}, row.Mountpoints...)
	list = append(list, t.mounts.byNumber[row.Number]...)
	for _, name := range []string{"/dev/" + row.Name, "/dev/mapper/" + row.Name, "/dev/" + t.kernelName(row)} {
		list = append(list, t.mounts.bySource[name]...)
	}
	return distinct(list)
}

// kernelName is dm-0 where the row bears the name of a mapping.
func (t tree) kernelName(row tools.BlockDevice) string {
	if target, err := t.reader.ReadLink("/sys/dev/block/" + row.Number); err == nil && row.Number != "" {
		return path.Base(target)
	}
	return row.Name
}

// mounts is what the kernel says is in use.
type mounts struct {
	byNumber map[string][]string // mount points by major:minor
	bySource map[string][]string // by the name that was mounted: a btrfs has numbers of its own
	kinds    map[string]string   // of file systems, by both of these
	btrfs    map[string][]string // UUIDs of mounted btrfs, by the kernel's name of a member
}

func readMounts(reader run.Reader) mounts {
	found := mounts{
		byNumber: map[string][]string{}, bySource: map[string][]string{},
		kinds: map[string]string{}, btrfs: map[string][]string{},
	}
	for _, mount := range probe.Mounts(reader) {
		if !strings.HasPrefix(mount.Number, "0:") {
			found.byNumber[mount.Number] = append(found.byNumber[mount.Number], mount.Place)
			found.kinds[mount.Number] = mount.Kind
		}
		if strings.HasPrefix(mount.Source, "/dev/") {
			found.bySource[mount.Source] = append(found.bySource[mount.Source], mount.Place)
			found.kinds[mount.Source] = mount.Kind
		}
	}
	swaps, _ := reader.ReadFile("/proc/swaps")
	for line := range strings.Lines(string(swaps)) {
		if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[0], "/dev/") {
			name := probe.Unoctal(fields[0])
			found.bySource[name] = append(found.bySource[name], swapMark)
		}
	}
	for _, uuid := range probe.Names(reader, "/sys/fs/btrfs") {
		for _, member := range probe.Names(reader, "/sys/fs/btrfs/"+uuid+"/devices") {
			found.btrfs[member] = append(found.btrfs[member], uuid)
		}
	}
	return found
}
