package disk

import (
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// choices is what a layout is made from: the answers, with every size in
// bytes and every "auto" resolved.
type choices struct {
	layout       string
	esp          uint64
	swapKind     string
	swap         uint64 // of a partition or a file
	hibernate    bool
	impermanence bool
	discard      bool   // no disk of the layout spins
	room         uint64 // of the smallest disk
	shareESP     bool   // another system's ESP is used
}

// demand is what a layout asks of its disks, before anything has a place.
type demand struct {
	disks  []diskDemand
	arrays []steps.LayoutArray
	groups []steps.LayoutGroup
	pools  []steps.LayoutPool
	mounts []steps.LayoutMount
	inner  uint64 // what lies inside the root's container beside root: swap
}

// diskDemand is what a layout asks of one disk: partitions in their order, of
// which at most the last takes the rest.
type diskDemand struct {
	role       string
	name       string // in disko.nix
	partitions []want
}

// want is one partition.
type want struct {
	name    string
	code    string // sgdisk's type code
	size    uint64 // 0: the rest, at least least
	least   uint64
	words   string // what is in it, for people
	content steps.LayoutNode
}

// families are the layouts that are made of data alone, by name.
var families = map[string]func(choices) demand{
	"luks-btrfs":       luksBtrfs,
	"btrfs":            plainBtrfs,
	"ext4":             plainExt4,
	"luks-ext4":        luksExt4,
	"luks-lvm":         luksLVM,
	"luks-btrfs-raid1": luksBtrfsRaid1,
	"md-raid1":         mdRaid1,
	"luks-zfs":         luksZFS,
	"luks-zfs-mirror":  luksZFSMirror,
	layoutBeside:       luksBtrfs, // in the free part of a disk
}

// The names of disks in disko.nix. disko makes disks in the order of their
// names, and a btrfs over two disks is made on the second one, when both are
// open: "copy" comes before "main".
const (
	mainDisk = "main"
	copyDisk = "copy"
)

// Containers. The root's is cryptroot on every encrypted layout: the TPM's
// seal, crypttab and recovery refer to it.
const (
	cryptRoot   = "cryptroot"
	cryptMirror = "cryptmirror"
)

// single is a layout on one disk: ESP, swap where it is a partition of its
// own, then what the family puts there.
func single(c choices, parts ...want) demand {
	return demand{disks: []diskDemand{{role: roleSystem, name: mainDisk, partitions: c.leading(c.swapPartition(), parts)}}}
}

// mirrored is a layout on two disks: the second has an ESP as large as the
// first one's, which the installed system keeps in step.
func mirrored(c choices, system, mirror want) demand {
	d := single(c, system)
	second := diskDemand{role: roleMirror, name: copyDisk, partitions: []want{c.espPartition("/boot-mirror"), mirror}}
	d.disks = []diskDemand{second, d.disks[0]}
	return d
}

func (c choices) leading(swap []want, parts []want) []want {
	var wants []want
	if !c.shareESP {
		wants = append(wants, c.espPartition("/boot"))
	}
	return append(append(wants, swap...), parts...)
}

func (c choices) espPartition(mountpoint string) want {
	return want{
		name: "ESP", code: tools.TypeESP, size: c.esp, words: "FAT32, " + mountpoint,
		content: steps.LayoutNode{
			Type: steps.NodeFilesystem, Format: "vfat", ExtraArgs: []string{"-F", "32"},
			// Other users must not read what boots the machine.
			Mountpoint: mountpoint, MountOptions: []string{"umask=0077"},
		},
	}
}

// swapPartition is swap beside the root. Where the root is encrypted it gets
// a new random key at every boot, so that nothing in it outlives the power;
// swap that a machine hibernates to is inside the container instead.
func (c choices) swapPartition() []want {
	if c.swapKind != "partition" || c.encrypted() && c.hibernate || c.layout == "luks-lvm" {
		return nil
	}
	node := steps.LayoutNode{Type: steps.NodeSwap, RandomEncryption: c.encrypted(), Resume: c.hibernate}
	words := "swap"
	if c.encrypted() {
		words = "swap, with a new key at every boot"
	}
	return []want{{name: "swap", code: tools.TypeSwap, size: c.swap, words: words, content: node}}
}

// encrypted says whether the layout keeps its root in LUKS.
func (c choices) encrypted() bool {
	return !slices.Contains([]string{"btrfs", "ext4", "md-raid1", layoutDocument}, c.layout)
}

// container is the LUKS container around a root.
func (c choices) container(name string, inner *steps.LayoutNode) steps.LayoutNode {
	return steps.LayoutNode{
		Type: steps.NodeLUKS, Name: name, Discard: c.discard, PasswordFile: passphraseFile, Inner: inner,
	}
}

// root is the last partition, which takes the rest.
func root(name, code, words string, content steps.LayoutNode) want {
	return want{name: name, code: code, least: minRoot, words: words, content: content}
}

// tmpfsRoot is a root in memory, for file systems that cannot set theirs
// back. A quarter of the memory is far more than a system without state
// needs, and keeps a runaway program from taking all of it.
func tmpfsRoot() steps.LayoutMount {
	return steps.LayoutMount{Mountpoint: "/", Format: "tmpfs", MountOptions: []string{"size=25%", "mode=755"}}
}

// in puts a node into a container.
func in(node steps.LayoutNode) *steps.LayoutNode { return &node }
