package disk

import (
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// mdRaid1 is a software mirror of two disks with ext4 on it. With a root in
// memory the array is divided by LVM.
func mdRaid1(c choices) demand {
	const array = "root"
	member := root("raid", tools.TypeRAID, "mdadm, half of a mirror", steps.LayoutNode{Type: steps.NodeRAID, Name: array})
	d := mirrored(c, member, member)
	content := ext4("/")
	if c.impermanence {
		content = physicalVolume()
		volumes, mounts := c.rootVolumes(ext4("/"))
		d.groups, d.mounts = []steps.LayoutGroup{{Name: volumeGroup, Volumes: volumes}}, mounts
	}
	d.arrays = []steps.LayoutArray{{Name: array, Level: 1, Metadata: "1.2", Content: content}}
	return d
}
