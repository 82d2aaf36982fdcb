package disk

import (
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// document writes down how the disks are used now. Every file system is only
// mounted, in words that can format nothing; containers of LUKS and swap are
// named, so that the next start opens them. No action touches a disk, and
// nothing is added to a container.
//
// What cannot be seen from a running system is said in a sentence.
func (p *planner) document() {
	d := documenter{facts: p.in.Facts, opened: map[string]bool{}}
	blocked := len(p.plan.Blockers)
	for _, mount := range p.in.Facts.Mounts {
		d.mount(p, mount)
	}
	d.swap()
	d.unseen()
	for _, choice := range p.in.Answers.Disk.Disks {
		p.documentDisk(choice)
	}
	root := slices.IndexFunc(d.layout.Mounts, func(m steps.LayoutMount) bool { return m.Mountpoint == "/" })
	if len(p.plan.Blockers) == blocked && root < 0 {
		p.block("disk.layout", "no partition of this machine is mounted at /, so that there is nothing to write down", "the layout document is for a machine that runs from its own disk")
		return
	}
	p.checkDocumentedUnlock(d)
	for _, note := range d.notes {
		p.warning("disk.layout", note, "")
	}
	p.plan.Layout = d.layout
}

// documenter collects a layout from facts.
type documenter struct {
	facts  steps.Facts
	layout steps.Layout
	opened map[string]bool // what was looked below
	notes  []string
}

func (d *documenter) note(format string, values ...any) {
	if note := fmt.Sprintf(format, values...); !slices.Contains(d.notes, note) {
		d.notes = append(d.notes, note)
	}
}

// passing are places where things are mounted for a while.
var passing = []string{"/cdrom/", "/media/", "/mnt/", "/run/", "/tmp/"}

// mount writes one mounted file system down.
func (d *documenter) mount(p *planner, mount steps.Mount) {
	if slices.ContainsFunc(passing, func(place string) bool { return strings.HasPrefix(mount.Place+"/", place) }) {
		d.note("what is mounted at %s is left out: things come and go there", mount.Place)
		return
	}
	device, err := d.device(mount.Source, mount.Kind)
	if err != nil {
		p.block("disk.layout", "what is mounted at "+mount.Place+" cannot be written down: "+err.Error(),
			"unmount it, or write hosts/"+p.in.Answers.Host.Name+"/disko.nix by hand")
		return
	}
	d.open(mount.Source, mount.Kind)
	one := steps.LayoutMount{Mountpoint: mount.Place, Format: mount.Kind, Device: device, MountOptions: slices.Clone(mount.Options)}
	switch {
	case mount.Kind == "vfat" && !slices.ContainsFunc(one.MountOptions, func(o string) bool { return strings.Contains(o, "mask=") }):
		one.MountOptions = append(one.MountOptions, "umask=0077")
	case mount.Kind == "btrfs" && mount.Within != "":
		one.MountOptions = append(one.MountOptions, "subvol="+mount.Within)
	}
	d.layout.Mounts = append(d.layout.Mounts, one)
}

// swap writes down the swap that is on.
func (d *documenter) swap() {
	for _, disk := range d.facts.Disks {
		own := steps.LayoutDisk{Name: "swap", Device: Device(disk), Shared: true}
		for _, partition := range disk.Partitions {
			if disk.LiveMedium || !slices.Contains(partition.Holders, "swap") {
				continue
			}
			if partition.PartUUID == "" {
				d.note("the swap partition %d of %s has no PARTUUID and is left out", partition.Number, Title(disk))
				continue
			}
			own.Partitions = append(own.Partitions, steps.LayoutPartition{
				Name: strings.ToLower(partition.PartUUID), Number: partition.Number, UUID: strings.ToLower(partition.PartUUID),
				Start: partition.Start, Size: partition.Size, Content: steps.LayoutNode{Type: steps.NodeSwap},
			})
		}
		if len(own.Partitions) > 0 {
			d.layout.Disks = append(d.layout.Disks, own)
		}
	}
	for _, volume := range d.facts.Volumes {
		switch {
		case !slices.Contains(volume.Holders, "swap"):
		case volume.Kind == "crypt" && !isLUKS(volume):
			d.note("the swap %s has a new key at every start and is left out: swapDevices with randomEncryption says so in a configuration", volume.Name)
		case volume.Kind == "crypt":
			d.open(volume.Name, "swap")
			d.inside(volume.Name, steps.LayoutNode{Type: steps.NodeSwap})
		default:
			device, err := d.device(volume.Name, "swap")
			if err != nil {
				d.note("the swap %s is left out: %v", volume.Name, err)
				continue
			}
			d.open(volume.Name, "swap")
			d.layout.Disks = append(d.layout.Disks, steps.LayoutDisk{Name: "swap", Shared: true, Partitions: []steps.LayoutPartition{{
				Name: volume.Name, Device: device, Size: volume.Size, Content: steps.LayoutNode{Type: steps.NodeSwap},
			}}})
		}
	}
	for _, file := range d.facts.SwapFiles {
		d.note("the swap file %s is left out, because it is no part of a disk: swapDevices says so in a configuration", file)
	}
}

// unseen says what a running system does not show.
func (d *documenter) unseen() {
	for _, mount := range d.facts.Mounts {
		switch {
		case mount.Kind == "btrfs":
			d.note("subvolumes of a btrfs that are not mounted cannot be seen from here, and are not in disko.nix")
		case mount.Kind == "zfs":
			pool, _, _ := strings.Cut(mount.Source, "/")
			d.note("what the pool %s is made of, and what its datasets are set to, stays in the pool: disko.nix says only where they are mounted", pool)
			d.note("ZFS knows this machine by its networking.hostId (the command hostid prints it): keep that number in hosts/NAME/configuration.nix")
		}
	}
	for _, volume := range d.facts.Volumes {
		switch {
		case volume.Kind == "lvm" && len(volume.Holders) == 0:
			d.note("the LVM volume %s is not mounted, and not in disko.nix", volume.Name)
		case d.opened[volume.Name] && isLUKS(volume):
			d.note("what opens %s today besides a passphrase, a TPM or a key file, cannot be seen from here", volume.Name)
		case d.opened[volume.Name] && strings.HasPrefix(volume.Kind, "raid"):
			d.note("the array %s is put together by mdadm from what its disks say: disko.nix names what lies on it", volume.Name)
		}
	}
}

// checkDocumentedUnlock holds what shall open the disks against what there
// is to open.
func (p *planner) checkDocumentedUnlock(d documenter) {
	unlock := p.in.Answers.Boot.Unlock
	encrypted := slices.ContainsFunc(d.facts.Volumes, func(v steps.Volume) bool { return d.opened[v.Name] && isLUKS(v) })
	byTPM := strings.HasPrefix(unlock, "tpm")
	at := slices.IndexFunc(d.facts.Mounts, func(m steps.Mount) bool { return m.Place == "/" })
	if at < 0 {
		return
	}
	root := d.facts.Mounts[at]
	volume, _ := d.volume(root.Source)
	switch {
	case encrypted && unlock == "none":
		p.block("boot.unlock", "this machine runs from a container of LUKS, so something must unlock it", "answer passphrase, or tpm where the TPM opens it already")
	case !encrypted && unlock != "none":
		p.block("boot.unlock", "nothing on this machine is encrypted, so there is nothing to unlock", "answer none")
	case byTPM && unlock != "tpm-pin" && (volume.Kind == "lvm" || root.Kind == "zfs"):
		p.block("boot.unlock", "with LVM or ZFS inside LUKS the TPM must not unlock the disk by itself: the root is found by a name, and a planted disk with that name would be started and get the key",
			"answer tpm-pin or passphrase")
	case byTPM && !d.opened[cryptRoot]:
		p.block("boot.unlock", "the TPM is asked for a container named "+cryptRoot+", and this machine has none of that name", "answer passphrase")
	case byTPM:
		p.warning("boot.unlock", "nothing is added to the container "+cryptRoot+": the TPM opens it only where it does so today", "mnemonix keys enroll, or systemd-cryptenroll")
	}
}

// documentDisk shows a disk that stays as it is.
func (p *planner) documentDisk(choice steps.DiskChoice) {
	disk, err := Resolve(choice, p.in.Facts)
	if err != nil {
		p.block("disk.disks."+choice.Role, err.Error(), "")
		return
	}
	tiles := p.before(&target{disk: disk, kept: disk.Partitions})
	for i := range tiles {
		if tiles[i].Fate != steps.FateFree {
			tiles[i].Fate = steps.FateKeep
		}
	}
	p.plan.Disks = append(p.plan.Disks, steps.DiskPlan{
		Role: choice.Role, Disk: disk.Fingerprint(), Device: Device(disk), Confirm: Confirm(disk, p.in.Facts),
		Before: tiles, After: slices.Clone(tiles),
	})
}
