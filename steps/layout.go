package steps

// Layout is a disk layout as disko understands it, as typed data: what
// hosts/NAME/disko.nix says. Sizes are bytes.
// Source of the vocabulary: disko's lib/types.
type Layout struct {
	Disks  []LayoutDisk  `json:"disks"`
	Arrays []LayoutArray `json:"arrays,omitempty"` // mdadm
	Groups []LayoutGroup `json:"groups,omitempty"` // LVM volume groups
	Pools  []LayoutPool  `json:"pools,omitempty"`  // zpools
	Mounts []LayoutMount `json:"mounts,omitempty"` // what is mounted and never formatted

	// Starts is what a layout that was only written down needs the system to
	// start before it can mount: the Start constants.
	Starts []string `json:"starts,omitempty"`
}

// What puts disks together before a file system on them can be mounted.
const (
	StartMD  = "mdadm"
	StartZFS = "zfs"
)

// Encrypted says whether any of it lies in a LUKS container that we make and
// that is unlocked at boot. Swap with a new random key at every boot does not
// count.
func (l Layout) Encrypted() bool { return len(l.Containers()) > 0 }

// Containers returns the names of the LUKS containers, in the order of the
// layout: cryptroot, ...
func (l Layout) Containers() []string {
	var names []string
	for _, container := range l.LUKS() {
		names = append(names, container.Name)
	}
	return names
}

// LayoutContainer is a LUKS container and the device that has its header.
type LayoutContainer struct {
	Name   string // of the mapping: cryptroot
	Device string // /dev/disk/by-partuuid/..., /dev/md/NAME
}

// LUKS returns the LUKS containers in the order of the layout, without those
// that were there before us: nothing is enrolled in them.
func (l Layout) LUKS() []LayoutContainer {
	var list []LayoutContainer
	add := func(device string, node *LayoutNode) {
		for ; node != nil; node = node.Inner {
			if node.Type == NodeLUKS && !node.Kept {
				list = append(list, LayoutContainer{node.Name, device})
				device = "/dev/mapper/" + node.Name
			}
		}
	}
	for _, disk := range l.Disks {
		for i := range disk.Partitions {
			add("/dev/disk/by-partuuid/"+disk.Partitions[i].UUID, &disk.Partitions[i].Content)
		}
	}
	for i := range l.Arrays {
		add("/dev/md/"+l.Arrays[i].Name, &l.Arrays[i].Content)
	}
	return list
}

// LayoutDisk is one disk: disko.devices.disk.NAME.
type LayoutDisk struct {
	Name   string `json:"name"`   // main, copy
	Device string `json:"device"` // /dev/disk/by-id/...

	// Shared is a disk that also holds what is not ours: disko is never told
	// of it as a whole, only of our partitions, one by one and by their
	// PARTUUID.
	Shared     bool              `json:"shared,omitempty"`
	Partitions []LayoutPartition `json:"partitions"`
}

// LayoutPartition is one partition of a GPT.
type LayoutPartition struct {
	Name    string     `json:"name"`             // ESP, swap, cryptroot
	Type    string     `json:"type,omitempty"`   // the type code of sgdisk: EF00
	Number  int        `json:"number,omitempty"` // in the table, from 1
	UUID    string     `json:"uuid,omitempty"`   // PARTUUID
	Device  string     `json:"device,omitempty"` // its lasting name, where it is no partition: /dev/disk/by-uuid/...
	Start   uint64     `json:"start,omitempty"`
	Size    uint64     `json:"size"`
	Rest    bool       `json:"rest,omitempty"` // it reaches to the end of the disk
	Content LayoutNode `json:"content"`
}

// The types of a LayoutNode.
const (
	NodeFilesystem = "filesystem"
	NodeBtrfs      = "btrfs"
	NodeLUKS       = "luks"
	NodeSwap       = "swap"
	NodeLVM        = "lvm_pv"
	NodeRAID       = "mdraid"
	NodeZFS        = "zfs"
)

// LayoutNode is what lies in a partition, a container or a volume.
type LayoutNode struct {
	Type string `json:"type"` // one of the Node constants

	// Name is the name of the LUKS mapping, or that of the array, the group
	// or the pool that this is a part of.
	Name string `json:"name,omitempty"`

	// filesystem and btrfs
	Format       string      `json:"format,omitempty"` // vfat, ext4
	Mountpoint   string      `json:"mountpoint,omitempty"`
	MountOptions []string    `json:"mountOptions,omitempty"`
	ExtraArgs    []string    `json:"extraArgs,omitempty"` // of mkfs
	Subvolumes   []Subvolume `json:"subvolumes,omitempty"`

	// luks
	Discard      bool        `json:"allowDiscards,omitempty"`
	PasswordFile string      `json:"passwordFile,omitempty"` // in tmpfs, while an installation runs
	Inner        *LayoutNode `json:"inner,omitempty"`
	Kept         bool        `json:"kept,omitempty"` // it was there before us

	// swap
	RandomEncryption bool `json:"randomEncryption,omitempty"`
	Resume           bool `json:"resumeDevice,omitempty"` // the machine hibernates to it
}

// Subvolume is one btrfs subvolume.
type Subvolume struct {
	Name         string   `json:"name"` // @root
	Mountpoint   string   `json:"mountpoint,omitempty"`
	MountOptions []string `json:"mountOptions,omitempty"`
}

// LayoutArray is an mdadm array.
type LayoutArray struct {
	Name     string     `json:"name"`
	Level    int        `json:"level"`
	Metadata string     `json:"metadata,omitempty"`
	Content  LayoutNode `json:"content"`
}

// LayoutGroup is an LVM volume group.
type LayoutGroup struct {
	Name    string         `json:"name"`
	Volumes []LayoutVolume `json:"volumes"`
}

// LayoutVolume is a logical volume.
type LayoutVolume struct {
	Name    string     `json:"name"`
	Size    uint64     `json:"size"` // 0: the rest
	Content LayoutNode `json:"content"`
}

// LayoutPool is a zpool; every encrypted one lies on LUKS.
type LayoutPool struct {
	Name     string            `json:"name"`
	Mode     string            `json:"mode,omitempty"` // mirror or empty
	Options  map[string]string `json:"options,omitempty"`
	Root     map[string]string `json:"rootFsOptions,omitempty"`
	Datasets []LayoutDataset   `json:"datasets"`
}

// LayoutDataset is one ZFS dataset.
type LayoutDataset struct {
	Name       string            `json:"name"`
	Mountpoint string            `json:"mountpoint,omitempty"`
	Options    map[string]string `json:"options,omitempty"`
}

// LayoutMount is a file system that is mounted and never formatted: one in
// memory, or one that was there before us.
type LayoutMount struct {
	Mountpoint   string   `json:"mountpoint"`
	Format       string   `json:"format"` // tmpfs, vfat, ext4, ...
	Device       string   `json:"device,omitempty"`
	MountOptions []string `json:"mountOptions,omitempty"`
}
