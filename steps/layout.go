package steps

// Layout is a disk layout as disko understands it, as typed data: what
// hosts/NAME/disko.nix says. Sizes are bytes; 0 is "the rest".
// Source of the vocabulary: disko's lib/types.
type Layout struct {
	Disks  []LayoutDisk  `json:"disks"`
	Arrays []LayoutArray `json:"arrays,omitempty"` // mdadm
	Groups []LayoutGroup `json:"groups,omitempty"` // LVM volume groups
	Pools  []LayoutPool  `json:"pools,omitempty"`  // zpools
	Memory []LayoutTmpfs `json:"memory,omitempty"` // tmpfs mounts
}

// LayoutDisk is one disk: disko.devices.disk.NAME.
type LayoutDisk struct {
	Name       string            `json:"name"`   // main, mirror
	Device     string            `json:"device"` // /dev/disk/by-id/...
	Partitions []LayoutPartition `json:"partitions"`
}

// LayoutPartition is one partition of a GPT.
type LayoutPartition struct {
	Name    string     `json:"name"`           // ESP, swap, cryptroot
	Type    string     `json:"type,omitempty"` // the type code of sgdisk: EF00
	Number  int        `json:"number,omitempty"`
	Start   uint64     `json:"start,omitempty"`
	Size    uint64     `json:"size"`
	Content LayoutNode `json:"content"`
}

// LayoutNode is what lies in a partition, a container or a volume.
type LayoutNode struct {
	Type string `json:"type"` // filesystem, btrfs, luks, swap, lvm_pv, mdraid, zfs

	// filesystem
	Format       string   `json:"format,omitempty"` // vfat, ext4
	Mountpoint   string   `json:"mountpoint,omitempty"`
	MountOptions []string `json:"mountOptions,omitempty"`
	ExtraArgs    []string `json:"extraArgs,omitempty"`

	// btrfs
	Subvolumes []Subvolume `json:"subvolumes,omitempty"`

	// luks
	Name         string      `json:"name,omitempty"` // of the mapping, the array, the group or the pool
	AllowDiscard bool        `json:"allowDiscards,omitempty"`
	Inner        *LayoutNode `json:"inner,omitempty"`

	// swap
	RandomEncryption bool `json:"randomEncryption,omitempty"`
	Resume           bool `json:"resumeDevice,omitempty"`
}

// Subvolume is one btrfs subvolume.
type Subvolume struct {
	Name         string   `json:"name"` // @root
	Mountpoint   string   `json:"mountpoint,omitempty"`
	MountOptions []string `json:"mountOptions,omitempty"`
	SwapSize     uint64   `json:"swapSize,omitempty"` // of a swap file in it
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

// LayoutVolume is a logical volume or a ZFS dataset.
type LayoutVolume struct {
	Name    string     `json:"name"`
	Size    uint64     `json:"size"`
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

// LayoutTmpfs is a file system in memory.
type LayoutTmpfs struct {
	Mountpoint   string   `json:"mountpoint"`
	MountOptions []string `json:"mountOptions,omitempty"`
}
