package render

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// diskoComment stands at the head of every disko.nix.
const diskoComment = `The disks of this host, for disko: https://github.com/nix-community/disko

Devices are named by what their makers say of them, partitions by their PARTUUID: the kernel's names
change from boot to boot, and a partition's label may exist twice in one machine.`

// Disko writes a layout as hosts/NAME/disko.nix: data without functions, so
// that disko's command line, a NixOS configuration and any other program read
// the same.
//
// It is an error when a device is not named below /dev/disk, because other
// names change from boot to boot, and when a size is not one that disko can
// express.
func Disko(layout steps.Layout) (string, error) {
	d := &diskoPrinter{}
	devices := Set()
	for _, family := range []struct {
		name  string
		attrs []Attr
	}{
		{"disk", d.disks(layout.Disks)},
		{"mdadm", d.arrays(layout.Arrays)},
		{"lvm_vg", d.groups(layout.Groups)},
		{"zpool", d.pools(layout.Pools)},
		{"nodev", d.mounts(layout.Mounts)},
	} {
		if len(family.attrs) > 0 {
			devices.attrs = append(devices.attrs, A(family.name, Set(family.attrs...)))
		}
	}
	if d.err != nil {
		return "", d.err
	}
	return Expression(diskoComment, Set(At(devices, "disko", "devices")))
}

type diskoPrinter struct{ err error }

func (d *diskoPrinter) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("write disko.nix: "+format, args...)
	}
}

// mapping is a name that a configuration gives: of an opened container or of
// a volume of LVM.
var mapping = regexp.MustCompile(`^/dev/mapper/[A-Za-z0-9+_.-]+$`)

// stable returns a device as a value and refuses names that do not last.
func (d *diskoPrinter) stable(device string) Value {
	if !strings.HasPrefix(device, "/dev/disk/by-") && !mapping.MatchString(device) {
		d.fail("the device %q has no name in /dev/disk", device)
	}
	return String(device)
}

func (d *diskoPrinter) disks(disks []steps.LayoutDisk) []Attr {
	var attrs []Attr
	for _, disk := range disks {
		if disk.Shared {
			attrs = append(attrs, d.shared(disk)...)
			continue
		}
		partitions := Set()
		for _, partition := range disk.Partitions {
			partitions.attrs = append(partitions.attrs, A(partition.Name, d.partition(partition)))
		}
		attrs = append(attrs, A(disk.Name, Set(
			A("type", String("disk")),
			A("device", d.stable(disk.Device)),
			A("content", Set(
				A("type", String("gpt")),
				A("partitions", partitions),
			)),
		)))
	}
	return attrs
}

// shared writes the partitions that are ours on a disk that others use too.
// Each is a device of its own to disko: told of the whole disk, it would
// number partitions from 1 and rename, retype and give a new GUID to what
// stands under those numbers already.
func (d *diskoPrinter) shared(disk steps.LayoutDisk) []Attr {
	var attrs []Attr
	for i, partition := range disk.Partitions {
		device := partition.Device
		if device == "" {
			device = "/dev/disk/by-partuuid/" + partition.UUID
		}
		attr := A(disk.Name+"-"+partition.Name, Set(
			A("type", String("disk")),
			A("device", d.stable(device)),
			A("destroy", Bool(false)),
			A("content", d.node(partition.Content)),
		))
		if partition.UUID == "" && partition.Device == "" {
			d.fail("the partition %s of %s has no PARTUUID", partition.Name, disk.Device)
		}
		switch {
		case i > 0 || disk.Device == "":
		case partition.Content.Kept:
			attr.Comment = "What " + disk.Device + " held before: it is opened, and disko makes nothing where a container is."
		default:
			attr.Comment = "Our partitions of " + disk.Device + ", which holds other things too: disko must never get it as a whole."
		}
		attrs = append(attrs, attr)
	}
	return attrs
}

func (d *diskoPrinter) partition(partition steps.LayoutPartition) Value {
	set := Set()
	add := func(name string, value Value) { set.attrs = append(set.attrs, A(name, value)) }
	if partition.Number > 0 {
		// disko numbers partitions by this, and they must get the numbers
		// that the plan shows.
		add("priority", Int(int64(partition.Number)))
	}
	if partition.UUID != "" {
		add("uuid", String(partition.UUID))
	}
	if partition.Rest {
		add("size", String("100%"))
	} else {
		add("size", d.size(partition.Size))
	}
	if partition.Type != "" {
		add("type", String(partition.Type))
	}
	add("content", d.node(partition.Content))
	return set
}

// size writes bytes in disko's way: whole kibibytes, mebibytes or gibibytes.
func (d *diskoPrinter) size(bytes uint64) Value {
	for _, unit := range []struct {
		shift  uint
		letter string
	}{{30, "G"}, {20, "M"}, {10, "K"}} {
		if bytes > 0 && bytes%(1<<unit.shift) == 0 {
			return String(strconv.FormatUint(bytes>>unit.shift, 10) + unit.letter)
		}
	}
	d.fail("a size of %d bytes is no whole number of KiB", bytes)
	return Null()
}

// node writes what lies in a partition, a container or a volume.
func (d *diskoPrinter) node(node steps.LayoutNode) Value {
	set := Set(A("type", String(node.Type)))
	add := func(name string, value Value, when bool) {
		if when {
			set.attrs = append(set.attrs, A(name, value))
		}
	}
	switch node.Type {
	case steps.NodeFilesystem:
		add("format", String(node.Format), true)
	case steps.NodeBtrfs:
	case steps.NodeLUKS:
		add("name", String(node.Name), true)
		add("passwordFile", String(node.PasswordFile), node.PasswordFile != "")
		add("settings", Set(
			A("allowDiscards", Bool(node.Discard)),
			A("bypassWorkqueues", Bool(node.Discard)),
		), node.Discard)
		if node.Inner != nil {
			add("content", d.node(*node.Inner), true)
		}
	case steps.NodeSwap:
		add("randomEncryption", Bool(true), node.RandomEncryption)
		add("resumeDevice", Bool(true), node.Resume)
	case steps.NodeLVM:
		add("vg", String(node.Name), true)
	case steps.NodeRAID:
		add("name", String(node.Name), true)
	case steps.NodeZFS:
		add("pool", String(node.Name), true)
	default:
		d.fail("there is no content of the type %q", node.Type)
	}
	add("extraArgs", Strings(node.ExtraArgs...), len(node.ExtraArgs) > 0)
	add("mountpoint", String(node.Mountpoint), node.Mountpoint != "")
	add("mountOptions", Strings(node.MountOptions...), len(node.MountOptions) > 0)
	if len(node.Subvolumes) > 0 {
		subvolumes := Set()
		for _, subvolume := range node.Subvolumes {
			subvolumes.attrs = append(subvolumes.attrs, A(subvolume.Name, mounted(subvolume.Mountpoint, subvolume.MountOptions)))
		}
		add("subvolumes", subvolumes, true)
	}
	return set
}

func mounted(mountpoint string, options []string) Value {
	set := Set()
	if mountpoint != "" {
		set.attrs = append(set.attrs, A("mountpoint", String(mountpoint)))
	}
	if len(options) > 0 {
		set.attrs = append(set.attrs, A("mountOptions", Strings(options...)))
	}
	return set
}
