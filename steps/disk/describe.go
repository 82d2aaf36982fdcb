package disk

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Unusable says in a sentence why nobody may install on a disk, or "". A disk
// that is in use is usable once it is free: see busy.
func Unusable(disk steps.Disk, facts steps.Facts) string {
	switch {
	case !isDisk(disk.Name):
		return "it is no disk that a system can live on"
	case disk.LiveMedium || facts.Live.Medium != "" && facts.Live.Medium == disk.ID:
		return "the running system was started from it"
	case disk.ReadOnly:
		return "it is read-only"
	case disk.Size < minDisk:
		return "it has " + Bytes(disk.Size) + ", and 8 GB is the least"
	case disk.LogicalSize != 512 && disk.LogicalSize != 4096:
		return "its sectors are neither 512 nor 4096 bytes"
	case Device(disk) == "":
		return "it has no name that lasts: neither in /dev/disk/by-id nor in /dev/disk/by-path (give a virtual disk a serial number)"
	}
	for _, other := range facts.Disks {
		if other.Name != disk.Name && Device(other) == Device(disk) {
			return "another disk has the same name " + Device(disk) + ", so that the two cannot be told apart"
		}
		if other.Name != disk.Name && sameDisk(other, disk) {
			return other.Name + " has the same WWN and serial number: it is this disk over a second path, or a copy of it"
		}
	}
	return ""
}

// sameDisk says whether two disks call themselves by the one name that no two
// disks have: behind both is one disk, and what is written to the one is on
// the other. Cheap disks repeat a serial number, and then have no WWN, or
// repeat a WWN, and then have serial numbers.
func sameDisk(a, b steps.Disk) bool {
	return a.WWN != "" && a.WWN == b.WWN && a.Serial == b.Serial && a.Size == b.Size
}

// idFolder is where disks have the names that their makers gave them.
const idFolder = "/dev/disk/by-id/"

// Device is the path that the plan knows a disk by: its name in
// /dev/disk/by-id, and where it has none the port that it is on. Empty when
// it has neither.
func Device(disk steps.Disk) string {
	switch {
	case disk.ID != "":
		return idFolder + disk.ID
	case disk.Path != "":
		return "/dev/disk/by-path/" + disk.Path
	}
	return ""
}

// Title names a disk for people: model, size, and the end of the serial
// number.
func Title(disk steps.Disk) string {
	if disk.Serial == "" {
		return titleWithoutSerial(disk)
	}
	return titleWithoutSerial(disk) + ", serial ..." + tail(disk.Serial, 6)
}

func titleWithoutSerial(disk steps.Disk) string {
	return cmp.Or(disk.Model, disk.ID, disk.Path, disk.Name) + ", " + Bytes(disk.Size)
}

// titleAmong is a disk's title in a list of all disks: twins that their maker
// gave one model and one serial number are told apart by their ports.
func titleAmong(disk steps.Disk, facts steps.Facts) string {
	title := Title(disk)
	if disk.Path != "" && slices.ContainsFunc(facts.Disks, func(other steps.Disk) bool { return other.Name != disk.Name && Title(other) == title }) {
		return titleWithoutSerial(disk) + ", at " + disk.Path
	}
	return title
}

// Holds says in words what lives on a disk: operating systems first, then
// file systems. Empty when nothing was found, which is not to say that nothing
// is there (see steps.Disk.Unknown).
func Holds(disk steps.Disk) string {
	var systems, contents []string
	add := func(to *[]string, text string) {
		if text != "" && !slices.Contains(*to, text) {
			*to = append(*to, text)
		}
	}
	for _, content := range append([]steps.Content{disk.Content}, contentsOf(disk)...) {
		add(&systems, content.System)
		add(&contents, Describe(content))
	}
	words := slices.Concat(systems, contents)
	switch {
	case len(words) > 6:
		words = append(words[:6], "more")
	case len(words) == 0 && len(disk.Partitions) > 0:
		words = []string{"partitions without a known content"}
	case len(words) == 0:
		return ""
	}
	return list(words)
}

func contentsOf(disk steps.Disk) []steps.Content {
	contents := make([]steps.Content, len(disk.Partitions))
	for i, partition := range disk.Partitions {
		contents[i] = partition.Content
	}
	return contents
}

// HasData says whether something would be lost, or could be where nobody knows
// what a disk holds: such a disk is never proposed.
func HasData(disk steps.Disk) bool {
	return !disk.Content.Empty() || len(disk.Partitions) > 0 || disk.Unknown() != ""
}

// kinds are blkid's names of contents in people's words.
var kinds = map[string]string{
	"vfat": "FAT", "ntfs": "NTFS", "crypto_LUKS": "LUKS", "LVM2_member": "LVM", "linux_raid_member": "mdadm",
	"zfs_member": "ZFS", "iso9660": "an ISO image", "exfat": "exFAT", "hfsplus": "HFS+", "apfs": "APFS",
	"BitLocker": "BitLocker", "isw_raid_member": "firmware RAID",
}

// Describe says in a few words what a content is: "NTFS (Data)".
func Describe(content steps.Content) string {
	if content.Empty() {
		return ""
	}
	words := cmp.Or(kinds[content.Kind], content.Kind)
	if label := printable(content.Label); label != "" {
		words += " (" + label + ")"
	}
	return words
}

// printable drops what could move the cursor of a terminal: labels are
// written by whoever had the disk before.
func printable(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text))
}

func tail(text string, length int) string {
	runes := []rune(text)
	return string(runes[max(0, len(runes)-length):])
}

// usable returns the disks that could be installed on.
func usable(facts steps.Facts) []steps.Disk {
	var disks []steps.Disk
	for _, disk := range facts.Disks {
		if Unusable(disk, facts) == "" {
			disks = append(disks, disk)
		}
	}
	return disks
}

// candidates lists disks with the names that a rule can use.
func candidates(disks []steps.Disk) string {
	if len(disks) == 0 {
		return "none"
	}
	var names []string
	for _, disk := range disks {
		names = append(names, cmp.Or(disk.ID, disk.Path, disk.Name)+" ("+Title(disk)+")")
	}
	return strings.Join(names, "; ")
}

// unusable lists the other disks with the reasons.
func unusable(facts steps.Facts) string {
	var reasons []string
	for _, disk := range facts.Disks {
		if reason := Unusable(disk, facts); reason != "" {
			reasons = append(reasons, cmp.Or(disk.ID, disk.Path, disk.Name)+": "+reason)
		}
	}
	if len(reasons) == 0 {
		return ""
	}
	return "; not these: " + strings.Join(reasons, "; ")
}
