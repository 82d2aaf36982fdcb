package disk

import (
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// luksBtrfs is the guide's layout: ESP, swap, and one container with btrfs.
func luksBtrfs(c choices) demand {
	if c.swapKind == "partition" && c.hibernate {
		// Swap that holds the memory of a sleeping machine lies in the same
		// container, as a volume beside the root.
		d := single(c, root(cryptRoot, tools.TypeLUKS, "LUKS: LVM with swap and btrfs",
			c.container(cryptRoot, in(physicalVolume()))))
		d.groups = []steps.LayoutGroup{{Name: volumeGroup, Volumes: []steps.LayoutVolume{
			c.swapVolume(), {Name: "root", Content: c.btrfs()},
		}}}
		d.inner = c.swap
		return d
	}
	return single(c, root(cryptRoot, tools.TypeLUKS, "LUKS: btrfs", c.container(cryptRoot, in(c.btrfs()))))
}

// plainBtrfs is the same without encryption.
func plainBtrfs(c choices) demand {
	return single(c, root("root", tools.TypeLinux, "btrfs", c.btrfs()))
}

// luksBtrfsRaid1 keeps every block on two disks, each in a container of its
// own. The file system is made on the root's container, when both are open.
func luksBtrfsRaid1(c choices) demand {
	both := c.btrfs()
	both.ExtraArgs = []string{"-d", "raid1", "-m", "raid1", "/dev/mapper/" + cryptMirror}
	return mirrored(c,
		root(cryptRoot, tools.TypeLUKS, "LUKS: btrfs, half of a mirror", c.container(cryptRoot, &both)),
		root(cryptMirror, tools.TypeLUKS, "LUKS: btrfs, half of a mirror", c.container(cryptMirror, nil)))
}

// btrfs is the file system with its subvolumes. A root that is set back at
// every boot is the same layout: the installed system moves @root aside.
func (c choices) btrfs() steps.LayoutNode {
	options := []string{"compress=zstd:1", "noatime"}
	node := steps.LayoutNode{Type: steps.NodeBtrfs}
	for _, subvolume := range [][2]string{
		{"@root", "/"},
		{"@home", "/home"},
		{"@nix", "/nix"},
		{"@persist", "/persist"},
		{"@log", "/var/log"},
		{"@snapshots", "/.snapshots"},
	} {
		node.Subvolumes = append(node.Subvolumes, steps.Subvolume{
			Name: subvolume[0], Mountpoint: subvolume[1], MountOptions: options,
		})
	}
	if c.swapKind == "file" {
		// A snapshot of a subvolume is impossible while a swap file in it is
		// in use, so that it has one of its own. The installed system makes
		// the file. Source: btrfs(5), swapfile support.
		place := "/swap"
		if c.impermanence {
			place = "/persist/swap"
		}
		node.Subvolumes = append(node.Subvolumes, steps.Subvolume{
			Name: "@swap", Mountpoint: place, MountOptions: []string{"noatime"},
		})
	}
	return node
}
