package disk

import (
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// plainExt4 is one plain file system. With a root in memory there are two:
// one for the store, and the rest for what stays.
func plainExt4(c choices) demand {
	if c.impermanence {
		d := single(c,
			want{name: "nix", code: tools.TypeLinux, size: c.storeSize(), words: "ext4, /nix", content: ext4("/nix")},
			want{name: "persist", code: tools.TypeLinux, least: minPersist, words: "ext4, /persist", content: ext4("/persist")})
		d.mounts = []steps.LayoutMount{tmpfsRoot()}
		return d
	}
	return single(c, root("root", tools.TypeLinux, "ext4", ext4("/")))
}

// luksExt4 is the same in a container; what has to be divided is divided
// inside it, by LVM.
func luksExt4(c choices) demand {
	if c.impermanence || c.swapKind == "partition" && c.hibernate {
		return c.volumes(ext4("/"))
	}
	return single(c, root(cryptRoot, tools.TypeLUKS, "LUKS: ext4", c.container(cryptRoot, in(ext4("/")))))
}

// minPersist is the least for what stays, where the store is apart from it.
const minPersist = gib

// storeSize is the store's part of a disk whose root is in memory: room for a
// desktop and its generations, and on a small disk not more than it must.
func (c choices) storeSize() uint64 {
	return min(max(alignDown(c.room/5*2), 5*gib), 64*gib)
}

func ext4(mountpoint string) steps.LayoutNode {
	return steps.LayoutNode{
		Type: steps.NodeFilesystem, Format: "ext4", Mountpoint: mountpoint, MountOptions: []string{"noatime"},
	}
}
