package disk

import (
	"path"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Types of partitions that tell what system a disk belongs to.
// Sources: Microsoft, "Windows and GPT FAQ"; UAPI group, Discoverable
// Partitions Specification; UEFI 2.10, 5.3.3.
const (
	typeESP              = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
	typeMicrosoftReserve = "e3c9e316-0b5c-4db8-817d-f92df00215ae"
	typeWindowsRecovery  = "de94bba4-06d1-4d40-a16a-bfd50179d6ac"
	typeAppleAPFS        = "7c3457ef-0000-11aa-aa11-00306543ecac"
	typeAppleHFS         = "48465300-0000-11aa-aa11-00306543ecac"
	typeRootX86          = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
	typeRootARM          = "b921b045-1df0-41c3-af44-4c6f280d3fae"
)

// content is what blkid found, through lsblk or through udev, or at least the
// kind of what is mounted.
func (t tree) content(row tools.BlockDevice, udev probe.Udev) steps.Content {
	found := steps.Content{
		Kind:  first(row.FSType, udev.Properties["ID_FS_TYPE"], t.mounts.kinds["/dev/"+row.Name], t.mounts.kinds[row.Number]),
		Label: first(row.Label, probe.Unescape(udev.Properties["ID_FS_LABEL_ENC"]), udev.Properties["ID_FS_LABEL"]),
		UUID:  first(row.UUID, udev.Properties["ID_FS_UUID"]),
	}
	if found.Kind == "" {
		return steps.Content{}
	}
	found.Used = row.FSUsed
	found.Version = first(row.FSVersion, udev.Properties["ID_FS_VERSION"])
	return found
}

// markSystems says which operating systems live on the disks, as far as that
// can be seen without mounting anything: from the types of partitions, the
// kinds of file systems, and what is mounted already.
func markSystems(reader run.Reader, disks []steps.Disk) {
	for i := range disks {
		windows := false
		for _, partition := range disks[i].Partitions {
			windows = windows || partition.TypeGUID == typeMicrosoftReserve || partition.TypeGUID == typeWindowsRecovery ||
				partition.Content.Kind == "ntfs" && partition.Content.Label == "System Reserved"
		}
		for j := range disks[i].Partitions {
			partition := &disks[i].Partitions[j]
			partition.Content.System = first(mountedSystem(reader, *partition), systemOf(*partition, windows))
		}
		disks[i].Content.System = mountedSystem(reader, steps.Partition{Content: disks[i].Content, Holders: disks[i].Holders})
		if len(disks[i].Partitions) > 0 {
			disks[i].Content.System = ""
		}
	}
}

// systemOf tells the system by the partition's type and content. Windows
// keeps its system on NTFS or BitLocker beside the small partitions that only
// Windows makes; NTFS alone is a data disk.
func systemOf(partition steps.Partition, besideWindows bool) string {
	kind := partition.Content.Kind
	switch {
	case kind == "BitLocker":
		return "Windows"
	case kind == "ntfs" && besideWindows && partition.TypeGUID != typeWindowsRecovery:
		return "Windows"
	case kind == "apfs", partition.TypeGUID == typeAppleAPFS, partition.TypeGUID == typeAppleHFS:
		return "macOS"
	case partition.TypeGUID == typeRootX86, partition.TypeGUID == typeRootARM:
		return "Linux"
	}
	return ""
}

// mountedSystem reads the name of the system from a file system that is
// mounted now, or the boot loaders from an ESP that is.
func mountedSystem(reader run.Reader, partition steps.Partition) string {
	for _, holder := range partition.Holders {
		place, found := strings.CutPrefix(holder, "mounted at ")
		if !found {
			continue
		}
		place, _, _ = strings.Cut(place, " through ")
		if partition.Content.Kind == "vfat" {
			if systems := loaders(probe.Names(reader, path.Join(place, "EFI"))); systems != "" {
				return systems
			}
			continue
		}
		if release := path.Join(place, "etc/os-release"); probe.Exists(reader, release) {
			return probe.OneLine(probe.Pairs(probe.Text(reader, release))["PRETTY_NAME"])
		}
	}
	return ""
}

// loaders turns the folders of an ESP's folder EFI into the names of the
// systems that boot from it. BOOT is the fallback that every system writes.
func loaders(folders []string) string {
	var systems []string
	for _, folder := range folders {
		switch strings.ToLower(folder) {
		case "boot", "tools", "linux":
		case "microsoft":
			systems = append(systems, "Windows")
		case "apple":
			systems = append(systems, "macOS")
		case "nixos":
			systems = append(systems, "NixOS")
		case "systemd":
			systems = append(systems, "systemd-boot")
		default:
			if folder = probe.Shown(folder); folder != "" {
				systems = append(systems, folder)
			}
		}
	}
	return strings.Join(distinct(systems), ", ")
}
