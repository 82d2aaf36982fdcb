package disk

import (
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// volumeGroup is the name of the group in every layout that has one.
const volumeGroup = "system"

// luksLVM is a container with a volume group: swap and root.
func luksLVM(c choices) demand { return c.volumes(ext4("/")) }

// volumes is one container with a volume group in it: swap where it is a
// partition, then the root, or the store and what stays.
func (c choices) volumes(node steps.LayoutNode) demand {
	d := single(c, root(cryptRoot, tools.TypeLUKS, "LUKS: LVM with ext4", c.container(cryptRoot, in(physicalVolume()))))
	group := steps.LayoutGroup{Name: volumeGroup}
	if c.swapKind == "partition" {
		group.Volumes = append(group.Volumes, c.swapVolume())
		d.inner = c.swap
	}
	rest, mounts := c.rootVolumes(node)
	group.Volumes = append(group.Volumes, rest...)
	d.groups, d.mounts = []steps.LayoutGroup{group}, mounts
	return d
}

// rootVolumes are the volumes of the root, and what is mounted beside them.
func (c choices) rootVolumes(node steps.LayoutNode) ([]steps.LayoutVolume, []steps.LayoutMount) {
	if !c.impermanence {
		return []steps.LayoutVolume{{Name: "root", Content: node}}, nil
	}
	return []steps.LayoutVolume{
		{Name: "nix", Size: c.storeSize(), Content: ext4("/nix")},
		{Name: "persist", Content: ext4("/persist")},
	}, []steps.LayoutMount{tmpfsRoot()}
}

func (c choices) swapVolume() steps.LayoutVolume {
	return steps.LayoutVolume{Name: "swap", Size: c.swap, Content: steps.LayoutNode{Type: steps.NodeSwap, Resume: c.hibernate}}
}

func physicalVolume() steps.LayoutNode {
	return steps.LayoutNode{Type: steps.NodeLVM, Name: volumeGroup}
}
