package disk

import (
	"fmt"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// wornOut is the percentage of its rated life from which a disk is no place
// for a new system.
const wornOut = 90

func (p *planner) warning(key, text, hint string) {
	p.plan.Warn(steps.Problem{Key: key, Text: text, Hint: hint})
}

// checkRead refuses a disk whose ends nobody saw: before it is written to,
// nobody could say whether it is the disk that was reviewed. Who is not root
// sees no disk at all, and cannot begin an installation either.
func (p *planner) checkRead(key string, disk steps.Disk) {
	switch {
	case disk.EndsHash != "":
	case disk.Unread == steps.OnlyRoot:
		p.warning(key, "what lies on "+Title(disk)+" is not known: "+steps.OnlyRoot, "sudo mnemonix, for a plan that can be carried out")
	case disk.Unread == "":
		p.block(key, Title(disk)+" was not read: nobody could say later whether it is this disk", "mnemonix install looks at the disks of the machine that it runs on")
	default:
		p.block(key, Title(disk)+" cannot be read: "+disk.Unread, "look for a loose cable or a failing disk, and try again; or use another disk")
	}
}

// checkESP refuses an ESP that the boot loader cannot live on.
func (p *planner) checkESP() {
	if p.choices.shareESP {
		return
	}
	loader := p.in.Answers.Boot.Loader
	need := espNeedOf(loader)
	for _, t := range p.targets {
		if t.disk.LogicalSize == 4096 {
			need.least = max(need.least, minESPLargeSectors)
		}
	}
	switch {
	case p.choices.esp < need.least:
		p.block("disk.esp", fmt.Sprintf("an ESP of %s is too small: FAT32 with %s and two generations needs %s here", Bytes(p.choices.esp), loader, Bytes(need.least)), "1GiB is a good size")
	case p.choices.esp < need.want:
		p.warning("disk.esp", fmt.Sprintf("an ESP of %s fills up soon: %s keeps a kernel and an initrd for every generation on it, and %s hold a few", Bytes(p.choices.esp), loader, Bytes(need.want)), "1GiB is a good size")
	}
}

// warn says what is allowed and seldom meant, and what cannot work together.
func (p *planner) warn() {
	p.checkUnlock()
	p.checkSwap()
	for _, t := range p.inOrder() {
		p.warnDisk(t)
	}
	if system, mirror := p.target(roleSystem), p.target(roleMirror); mirror != nil {
		small, large := min(system.disk.Size, mirror.disk.Size), max(system.disk.Size, mirror.disk.Size)
		if (large-small)*20 > large {
			p.warning("disk.disks", fmt.Sprintf("the two disks differ in size: %s of the larger one can hold nothing that is mirrored", Bytes(large-small)), "")
		}
	}
	p.warnBitLocker()
	p.warnStarts()
	system := p.target(roleSystem)
	if rest := system.placed[len(system.placed)-1]; rest.size() < wantRoot && p.in.Answers.Desktop != "none" {
		p.warning("disk.layout", fmt.Sprintf("%s for the system is little with a desktop: an update needs room for two of them", Bytes(rest.size())),
			"less swap, a smaller ESP or a larger disk leave more")
	}
}

func (p *planner) warnDisk(t *target) {
	name, key := Title(t.disk), "disk.disks."+t.role
	if t.disk.Health != "" {
		p.warning(key, name+" reports trouble: "+t.disk.Health, "use another disk")
	}
	if t.disk.Wear >= wornOut {
		p.warning(key, fmt.Sprintf("%s has used %d %% of its rated life", name, t.disk.Wear), "use another disk")
	}
	for _, content := range append(contentsOf(t.disk), t.disk.Content) {
		if content.Hibernated {
			p.warning(key, "a system sleeps on "+name+": what it had open goes with it", "start it and shut it down if anything of it matters")
			break
		}
	}
	if t.disk.Removable || t.disk.Transport == "usb" {
		p.warning(key, name+" can be pulled out while the system runs from it", "")
	}
	if t.disk.ID == "" {
		p.warning(key, name+" has no name in /dev/disk/by-id and is known by the port that it is on: the plan follows the port, not the disk",
			"a virtual machine can give its disks serial numbers")
	}
}

// warnBitLocker tells who has Windows beside us what will happen to it.
func (p *planner) warnBitLocker() {
	if p.in.Answers.Boot.Loader != "lanzaboote" {
		return
	}
	for _, disk := range p.in.Facts.Disks {
		for _, partition := range disk.Partitions {
			if partition.Content.Kind == "BitLocker" && p.stays(disk, partition) {
				p.warning("boot.loader", "Windows on "+Title(disk)+" will ask for its BitLocker recovery key, because Secure Boot's keys change",
					"have that key at hand, or suspend BitLocker in Windows first")
				return
			}
		}
	}
}

// checkUnlock refuses what would leave the disk open or the machine locked.
func (p *planner) checkUnlock() {
	unlock, layout := p.in.Answers.Boot.Unlock, p.plan.Layout
	byTPM := p.in.Answers.Boot.ByTPM()
	switch {
	case layout.Encrypted() && unlock == "none":
		p.block("boot.unlock", "the layout "+p.choices.layout+" is encrypted, so something must unlock it", "answer tpm, tpm-pin or passphrase")
	case !layout.Encrypted() && unlock != "none":
		p.block("boot.unlock", "the layout "+p.choices.layout+" is not encrypted, so there is nothing to unlock", "answer none, or choose a layout with LUKS")
	case byTPM && unlock != "tpm-pin" && len(layout.Groups)+len(layout.Pools) > 0:
		// A group or a pool is found by its name: a planted one without
		// encryption would be started, and the TPM would give it the key. A
		// PIN, which only its owner types, stands in the way of that.
		p.block("boot.unlock", "with LVM or ZFS inside LUKS the TPM must not unlock the disk by itself: the root is found by a name, and a planted disk with that name would be started and get the key",
			"answer tpm-pin or passphrase, or choose a layout with btrfs or ext4 directly in LUKS")
	case byTPM:
		if len(layout.Containers()) > 1 {
			p.warning("boot.unlock", "the TPM unlocks the container "+cryptRoot+" only: the other one asks for the passphrase at every boot", "")
		}
		if unlock == steps.UnlockWithoutSecureBoot {
			p.warning("boot.unlock", "the TPM opens the disk without Secure Boot, as was accepted: PCR 7 is the same for every kernel and PCR 15 protects nothing, so whoever starts this machine with an own kernel gets the key",
				"answer boot.loader: lanzaboote with boot.unlock: tpm, or boot.unlock: tpm-pin or passphrase")
		}
	}
}

// checkSwap refuses swap that the layout cannot hold.
func (p *planner) checkSwap() {
	c := p.choices
	manyDisks := slices.Contains([]string{"luks-btrfs-raid1", "luks-zfs", "luks-zfs-mirror"}, c.layout)
	switch {
	case c.swapKind == "file" && manyDisks:
		p.block("disk.swap.kind", "the layout "+c.layout+" cannot hold a swap file: its file system spreads files in a way that the kernel cannot swap to", "answer partition, zram or none")
	case c.hibernate && c.swapKind != "partition":
		p.block("disk.swap.hibernate", "a machine can hibernate only to a swap partition, and the kind of swap is "+c.swapKind, "answer partition, or leave hibernate out")
	case c.hibernate && manyDisks:
		p.block("disk.swap.hibernate", "the layout "+c.layout+" has no place inside LUKS to hibernate to", "choose luks-btrfs, luks-ext4 or luks-lvm, or leave hibernate out")
	case c.hibernate && c.swap < p.in.Facts.Memory.Total:
		p.warning("disk.swap.size", fmt.Sprintf("the memory (%s) may not fit into the swap (%s) when the machine hibernates", Bytes(p.in.Facts.Memory.Total), Bytes(c.swap)), "answer auto")
	}
}
