package disk

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// volumes lists what is made of disks and partitions, each once, with all of
// its members.
func (t tree) volumes() []steps.Volume {
	var list []steps.Volume
	var climb func(row tools.BlockDevice, depth int)
	climb = func(row tools.BlockDevice, depth int) {
		for _, child := range row.Children {
			if child.Type != "part" || depth > 0 {
				known := slices.IndexFunc(list, func(v steps.Volume) bool { return v.Name == child.Name })
				if known < 0 {
					list = append(list, t.volume(child))
					known = len(list) - 1
				}
				list[known].Members = distinct(append(list[known].Members, row.Name))
			}
			if depth < maxDepth {
				climb(child, depth+1)
			}
		}
	}
	for _, row := range t.rows {
		if row.Type == "disk" && isDisk(row.Name) {
			climb(row, 0)
		}
	}
	slices.SortFunc(list, func(a, b steps.Volume) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (t tree) volume(row tools.BlockDevice) steps.Volume {
	sys := "/sys/class/block/" + t.kernelName(row)
	udev := t.udev(sys, row.Number)
	volume := steps.Volume{
		Name: row.Name, Kind: row.Type, Size: t.bytes(row.Size, sys+"/size"), Content: t.content(row, udev), Holders: t.holders(row),
	}
	mapping := probe.Line(t.reader, sys+"/dm/uuid")
	switch kind, rest, _ := strings.Cut(mapping, "-"); kind {
	case "CRYPT": // CRYPT-LUKS2-0b5e8d72c4f94160a37d9e2c6b1f8054-backup
		format, after, _ := strings.Cut(rest, "-")
		uuid, _, _ := strings.Cut(after, "-")
		volume.Format, volume.UUID = format, dashed(uuid)
	case "LVM":
		volume.UUID = rest
		volume.Group, volume.Volume = splitLVM(row.Name)
	}
	if level := probe.Line(t.reader, sys+"/md/level"); level != "" {
		volume.Kind = level
		volume.Format = probe.Line(t.reader, sys+"/md/metadata_version")
		volume.UUID = first(udev.Properties["MD_UUID"], probe.Line(t.reader, sys+"/md/uuid"))
	}
	return volume
}

// splitLVM takes the name of a mapping apart: between group and volume is a
// hyphen, and each hyphen in a name is doubled. Source: lvm(8), VALID NAMES.
func splitLVM(name string) (group, volume string) {
	const doubled = "\x00"
	group, volume, _ = strings.Cut(strings.ReplaceAll(name, "--", doubled), "-")
	return strings.ReplaceAll(group, doubled, "-"), strings.ReplaceAll(volume, doubled, "-")
}

// dashed writes 32 hexadecimal digits as a UUID.
func dashed(digits string) string {
	if len(digits) != 32 {
		return ""
	}
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}

// mounted lists the file systems of disks that are mounted now, by their
// places. Parts of one that are seen at a second place, as NixOS does with
// its store, are left out, and so are media and what live systems bring.
func (t tree) mounted(disks []steps.Disk) []steps.Mount {
	names := t.sources()
	var list []steps.Mount
	for _, mount := range probe.Mounts(t.reader) {
		one := steps.Mount{Place: mount.Place, Kind: mount.Kind, Options: chosenOptions(mount)}
		switch {
		case mount.Kind == "zfs":
			one.Source = mount.Source
			if mount.Root != "/" {
				continue
			}
		case mount.Kind == "btrfs":
			one.Source = names[mount.Source]
			if !slices.Contains(mount.Options, "subvol="+mount.Root) {
				continue
			}
			one.Within = strings.TrimPrefix(mount.Root, "/")
		default:
			one.Source = first(names[mount.Number], names[mount.Source])
			if mount.Root != "/" {
				continue
			}
		}
		medium := slices.ContainsFunc(disks, func(d steps.Disk) bool { return d.LiveMedium && within(d, one.Source) })
		if one.Source == "" || medium || slices.Contains(probe.LiveMounts, mount.Place) {
			continue
		}
		list = slices.DeleteFunc(list, func(below steps.Mount) bool { return below.Place == one.Place })
		list = append(list, one)
	}
	slices.SortStableFunc(list, func(a, b steps.Mount) int { return cmp.Compare(a.Place, b.Place) })
	return list
}

// within says whether that is the name of the disk or of one of its
// partitions.
func within(disk steps.Disk, name string) bool {
	return disk.Name == name || slices.ContainsFunc(disk.Partitions, func(p steps.Partition) bool { return p.Name == name })
}

// sources are the names of block devices as facts have them, by number and
// by the names under which they can be mounted.
func (t tree) sources() map[string]string {
	names := map[string]string{}
	var climb func(row tools.BlockDevice, depth int)
	climb = func(row tools.BlockDevice, depth int) {
		for _, name := range []string{row.Number, "/dev/" + row.Name, "/dev/mapper/" + row.Name, "/dev/" + t.kernelName(row), row.Path} {
			if name != "" {
				names[name] = row.Name
			}
		}
		if depth < maxDepth {
			for _, child := range row.Children {
				climb(child, depth+1)
			}
		}
	}
	for _, row := range t.rows {
		if row.Type == "disk" && isDisk(row.Name) {
			climb(row, 0)
		}
	}
	return names
}

// chosen are mount options that somebody chose and not the kernel.
var chosen = []string{
	"autodefrag", "commit", "compress", "compress-force", "data", "discard", "dmask", "fmask", "gid", "lazytime", "logbsize", "nobarrier",
	"nodatacow", "nodatasum", "nodev", "nodiratime", "nodiscard", "noexec", "noatime", "nosuid", "prjquota", "quota", "ro", "ssd_spread", "strictatime",
	"sync", "uid", "umask", "usrquota", "x-initrd.mount",
}

// noDefaults are those which a kernel adds by itself with these values.
var noDefaults = []string{"discard=async", "data=ordered", "compress=no", "gid=0", "uid=0"}

func chosenOptions(mount probe.Mount) []string {
	var list []string
	for _, option := range mount.Options {
		name, _, _ := strings.Cut(option, "=")
		if slices.Contains(chosen, name) && !slices.Contains(noDefaults, option) && !slices.Contains(list, option) {
			list = append(list, option)
		}
	}
	return list
}

// swapFiles are the files that are swapped to.
func swapFiles(reader run.Reader) []string {
	var list []string
	swaps, _ := reader.ReadFile("/proc/swaps")
	for line := range strings.Lines(string(swaps)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[1] == "file" {
			list = append(list, path.Clean(probe.Unoctal(fields[0])))
		}
	}
	return list
}
