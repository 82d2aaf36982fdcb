package disk

import (
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// pool is the name of the ZFS pool.
const pool = "rpool"

// luksZFS is a pool in one container. The encryption is LUKS's and not ZFS's
// own, so that the words, the TPM and a passphrase open it like any other.
func luksZFS(c choices) demand {
	d := single(c, root(cryptRoot, tools.TypeLUKS, "LUKS: ZFS", c.container(cryptRoot, in(poolMember()))))
	d.pools, d.mounts = c.zpool("")
	return d
}

// luksZFSMirror is a mirrored pool on two disks, each in a container.
func luksZFSMirror(c choices) demand {
	words := "LUKS: ZFS, half of a mirror"
	d := mirrored(c,
		root(cryptRoot, tools.TypeLUKS, words, c.container(cryptRoot, in(poolMember()))),
		root(cryptMirror, tools.TypeLUKS, words, c.container(cryptMirror, in(poolMember()))))
	d.pools, d.mounts = c.zpool("mirror")
	return d
}

func poolMember() steps.LayoutNode { return steps.LayoutNode{Type: steps.NodeZFS, Name: pool} }

// zpool is the pool with its datasets. They are mounted by /etc/fstab
// (legacy), like every other file system, and not by ZFS.
// Source: zpoolprops(7), zfsprops(7).
func (c choices) zpool(mode string) ([]steps.LayoutPool, []steps.LayoutMount) {
	p := steps.LayoutPool{
		Name: pool, Mode: mode,
		Options: map[string]string{"ashift": "12", "autotrim": "off"},
		Root: map[string]string{
			"acltype": "posixacl", "atime": "off", "canmount": "off", "compression": "zstd", "dnodesize": "auto",
			"mountpoint": "none", "normalization": "formD", "xattr": "sa",
		},
	}
	if c.discard {
		p.Options["autotrim"] = "on"
	}
	var mounts []steps.LayoutMount
	datasets := [][2]string{{"root", "/"}, {"home", "/home"}, {"nix", "/nix"}, {"persist", "/persist"}, {"log", "/var/log"}}
	if c.impermanence {
		datasets, mounts = datasets[1:], []steps.LayoutMount{tmpfsRoot()}
	}
	for _, dataset := range datasets {
		p.Datasets = append(p.Datasets, steps.LayoutDataset{
			Name: dataset[0], Mountpoint: dataset[1], Options: map[string]string{"mountpoint": "legacy"},
		})
	}
	return []steps.LayoutPool{p}, mounts
}
