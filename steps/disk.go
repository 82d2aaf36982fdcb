package steps

// Disk is one whole disk of the machine.
type Disk struct {
	Name         string      `json:"name"`                // the kernel's name in this boot: nvme0n1
	ID           string      `json:"id,omitempty"`        // its name in /dev/disk/by-id
	Path         string      `json:"path,omitempty"`      // its name in /dev/disk/by-path
	Serial       string      `json:"serial,omitempty"`    // as its maker wrote it, also on its label
	WWN          string      `json:"wwn,omitempty"`       // the name that no other disk in the world has
	Model        string      `json:"model,omitempty"`     // Samsung SSD 990 PRO 1TB
	Transport    string      `json:"transport,omitempty"` // nvme, sata, usb, mmc, virtio, ...
	Size         uint64      `json:"size"`                // in bytes
	LogicalSize  uint64      `json:"logicalSectorSize"`   // what is addressed: 512 or 4096 bytes
	PhysicalSize uint64      `json:"physicalSectorSize"`  // what is written at once
	Rotational   bool        `json:"rotational"`          // it spins
	Removable    bool        `json:"removable"`           // it is made to be pulled out
	ReadOnly     bool        `json:"readOnly"`            // nothing can be written to it
	Table        string      `json:"table,omitempty"`     // gpt, dos or empty
	TableUUID    string      `json:"tableUuid,omitempty"` // of the partition table
	TableHash    string      `json:"tableHash,omitempty"` // SHA-256 over the table and what it lists, in hexadecimal
	EndsHash     string      `json:"endsHash,omitempty"`  // SHA-256 over the first and the last MiB, in hexadecimal; empty: it is in use, or see Unread
	Unread       string      `json:"unread,omitempty"`    // why its first and last MiB could not be read
	Content      Content     `json:"content"`             // what lies on the bare disk, without a table
	Partitions   []Partition `json:"partitions"`
	Holders      []string    `json:"holders,omitempty"`    // what uses it now: "mounted at /", "swap", "md127"
	LiveMedium   bool        `json:"liveMedium,omitempty"` // the running system was started from it
	Health       string      `json:"health,omitempty"`     // a sentence, when the disk reports trouble
	Wear         int         `json:"wear,omitempty"`       // percent of its rated life that is used
}

// OnlyRoot is what Unread says to somebody who is not root: no disk shows
// them anything, and none of it is a fault.
const OnlyRoot = "only root may read it"

// Partition is one partition of a disk as it is now.
type Partition struct {
	Number   int      `json:"number"`             // in the table, from 1
	Name     string   `json:"name"`               // the kernel's name in this boot: nvme0n1p1
	Start    uint64   `json:"start"`              // in bytes
	Size     uint64   `json:"size"`               // in bytes
	TypeGUID string   `json:"typeGuid,omitempty"` // in small letters; 0x83 in an MBR table
	PartUUID string   `json:"partUuid,omitempty"` // as the table has it
	Label    string   `json:"label,omitempty"`    // the partition's name in the table
	Content  Content  `json:"content"`
	Holders  []string `json:"holders,omitempty"` // what uses it now
}

// Content is what a probe found on a disk or a partition.
type Content struct {
	Kind   string `json:"kind,omitempty"`   // as blkid says: vfat, ext4, btrfs, crypto_LUKS, LVM2_member, linux_raid_member, ntfs, BitLocker, ...
	Label  string `json:"label,omitempty"`  // of the file system
	UUID   string `json:"uuid,omitempty"`   // of the file system
	Group  string `json:"group,omitempty"`  // that a physical volume of LVM belongs to, active or not
	Used   uint64 `json:"used,omitempty"`   // bytes; 0 where nobody could look
	System string `json:"system,omitempty"` // the operating system on it: "Windows 11", "NixOS 25.11"

	Version string `json:"version,omitempty"` // of the format: 2 of LUKS 2, FAT32
	// Hibernated: a system sleeps on it and will go on with what it
	// remembers of the file system; who writes to it meanwhile ruins it.
	Hibernated bool `json:"hibernated,omitempty"`
	// Unclean: the file system was not unmounted, or asks to be checked.
	Unclean bool `json:"unclean,omitempty"`
}

// Volume is a block device that is made of disks, partitions or other
// volumes.
type Volume struct {
	Name    string   `json:"name"`             // below /dev/mapper, or md127
	Kind    string   `json:"kind"`             // crypt, lvm, raid1, mpath, ...
	Members []string `json:"members"`          // names of partitions, disks or volumes
	UUID    string   `json:"uuid,omitempty"`   // of the mapping or the array
	Format  string   `json:"format,omitempty"` // LUKS1, LUKS2, PLAIN; 1.2 of an array
	Group   string   `json:"group,omitempty"`  // of LVM
	Volume  string   `json:"volume,omitempty"` // its name in the group
	Size    uint64   `json:"size"`             // in bytes
	Content Content  `json:"content"`
	Holders []string `json:"holders,omitempty"` // what uses it now
}

// Mount is a file system of a disk that is mounted now.
type Mount struct {
	Place   string   `json:"place"`             // /home
	Kind    string   `json:"kind"`              // ext4, btrfs, zfs
	Source  string   `json:"source"`            // the name of a partition, a disk or a volume, or a ZFS dataset
	Within  string   `json:"within,omitempty"`  // the subvolume of btrfs: @home
	Options []string `json:"options,omitempty"` // those that somebody chose
}

// Empty says that the probe found nothing: no file system, no signature.
func (c Content) Empty() bool { return c.Kind == "" }

// Fingerprint is what a disk is known by, between the review and the write.
type Fingerprint struct {
	ID        string `json:"id,omitempty" yaml:"id,omitempty"`
	Path      string `json:"path,omitempty" yaml:"path,omitempty"`
	Serial    string `json:"serial,omitempty" yaml:"serial,omitempty"`
	WWN       string `json:"wwn,omitempty" yaml:"wwn,omitempty"`
	Model     string `json:"model,omitempty" yaml:"model,omitempty"`
	Size      uint64 `json:"size" yaml:"size"`
	TableHash string `json:"tableHash,omitempty" yaml:"tableHash,omitempty"`
	EndsHash  string `json:"endsHash,omitempty" yaml:"endsHash,omitempty"`
}

// Fingerprint returns what this disk is known by.
func (d Disk) Fingerprint() Fingerprint {
	return Fingerprint{
		ID: d.ID, Path: d.Path, Serial: d.Serial, WWN: d.WWN,
		Model: d.Model, Size: d.Size, TableHash: d.TableHash, EndsHash: d.EndsHash,
	}
}
