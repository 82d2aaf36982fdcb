package disk

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

const (
	byID   = "disk/by-id/"
	byPath = "disk/by-path/"
)

// linkName is what udev lets a name of a link be made of, with its \x20 for
// what it escaped. A name with anything else was not made by udev.
var linkName = regexp.MustCompile(`^[A-Za-z0-9#+.:=@_\\-]+$`)

// linksOf returns the names of a disk in /dev/disk/by-id, the best first:
// those that udev made, or, where there is no trace of udev, those that it
// would make.
func linksOf(reader run.Reader, row tools.BlockDevice, udev probe.Udev, disk steps.Disk, at string) []string {
	names := linksTo(reader, "/dev/"+byID, disk.Name)
	for _, link := range udev.Links {
		if name, found := strings.CutPrefix(link, byID); found {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = namesByRule(reader, row, disk, at)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !linkName.MatchString(name) })
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return slices.Compact(names)
}

// rank prefers the name that a person can compare with the label on the disk.
func rank(name string) int {
	switch {
	case strings.HasPrefix(name, "nvme-eui."), strings.HasPrefix(name, "nvme-nvme."), strings.HasPrefix(name, "nvme-uuid."):
		return 2
	case strings.HasPrefix(name, "wwn-"), strings.HasPrefix(name, "scsi-3"):
		return 3
	case strings.HasPrefix(name, "lvm-pv-uuid-"), strings.HasPrefix(name, "dm-"), strings.HasPrefix(name, "md-"):
		return 4 // of what lies on the disk now, not of the disk
	case strings.HasPrefix(name, "scsi-"):
		return 1
	}
	return 0
}

// chooseNames gives each disk the best name that no other disk claims. A name
// that two disks claim leads to one of them by chance, so it belongs to
// neither.
func chooseNames(disks []steps.Disk, names [][]string) {
	claims := map[string]int{}
	for _, list := range names {
		for _, name := range list {
			claims[name]++
		}
	}
	for i, list := range names {
		for _, name := range list {
			if claims[name] == 1 && rank(name) < 4 {
				disks[i].ID = name
				break
			}
		}
	}
}

// namesByRule follows udev's rule for the names of disks.
// Source: systemd, rules.d/60-persistent-storage.rules.in.
func namesByRule(reader run.Reader, row tools.BlockDevice, disk steps.Disk, at string) []string {
	sys := "/sys/block/" + disk.Name
	var names []string
	switch {
	case disk.Transport == "nvme":
		if disk.Model != "" && disk.Serial != "" {
			name := "nvme-" + linkSafe(disk.Model) + "_" + linkSafe(disk.Serial)
			if space := namespace(reader, disk.Name); space != "1" {
				name += "_" + space
			}
			names = append(names, name)
		}
		if disk.WWN != "" {
			names = append(names, "nvme-"+disk.WWN)
		}
		return names
	case disk.Transport == "virtio" && disk.Serial != "":
		return []string{"virtio-" + linkSafe(disk.Serial)}
	case disk.Transport == "mmc" && disk.Model != "" && disk.Serial != "":
		return []string{"mmc-" + linkSafe(disk.Model) + "_" + linkSafe(disk.Serial)}
	case disk.Transport == "usb":
		if name := usbName(reader, sys, at); name != "" {
			names = append(names, name)
		}
	case disk.Transport == "sata" && wholeModel(row.Model) && disk.Serial != "":
		names = append(names, "ata-"+linkSafe(row.Model)+"_"+linkSafe(disk.Serial))
	}
	if strings.HasPrefix(disk.WWN, "0x") && disk.Transport != "usb" {
		names = append(names, "wwn-"+disk.WWN)
	}
	return names
}

// wholeModel says whether this is the full model of an ATA disk. SCSI cuts it
// after 16 characters, and a name made of half a model leads nowhere.
func wholeModel(model string) bool {
	const cut = 16
	return model != "" && (len(model) < cut-1 || len(model) > cut)
}

// namespace is the number of an NVMe namespace: nvme0n2 has 2.
func namespace(reader run.Reader, name string) string {
	if number := probe.Line(reader, "/sys/block/"+name+"/nsid"); number != "" {
		return number
	}
	return name[strings.LastIndexByte(name, 'n')+1:]
}

// usbName is usb-VENDOR_MODEL_SERIAL-TARGET:LUN. Vendor and model are those
// of the SCSI device, the serial number that of the USB device above it.
// Source: systemd, src/udev/udev-builtin-usb_id.c.
func usbName(reader run.Reader, sys, at string) string {
	vendor, model := probe.Line(reader, sys+"/device/vendor"), probe.Line(reader, sys+"/device/model")
	address := strings.Split(path.Base(path.Dir(path.Dir(at))), ":")
	if vendor == "" || model == "" || len(address) != 4 {
		return ""
	}
	name := "usb-" + linkSafe(vendor) + "_" + linkSafe(model)
	for folder := path.Dir(at); strings.HasPrefix(folder, "/sys/devices/"); folder = path.Dir(folder) {
		if !probe.Exists(reader, folder+"/idVendor") {
			continue
		}
		if serial := probe.Line(reader, folder+"/serial"); serial != "" {
			name += "_" + linkSafe(serial)
		}
		break
	}
	return name + "-" + address[2] + ":" + address[3]
}

// linkSafe replaces what udev does not let into the name of a link.
func linkSafe(text string) string {
	text = strings.Join(strings.Fields(text), "_")
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', strings.ContainsRune("#+-.:=@_", r):
			return r
		}
		return '_'
	}, text)
}

// pathOf is the disk's name in /dev/disk/by-path.
func pathOf(reader run.Reader, name string, udev probe.Udev, at string) string {
	var names []string
	for _, link := range udev.Links {
		if path, found := strings.CutPrefix(link, byPath); found {
			names = append(names, path)
		}
	}
	names = append(names, linksTo(reader, "/dev/"+byPath, name)...)
	if len(names) == 0 {
		return pathByRule(reader, name, at)
	}
	slices.Sort(names)
	if !linkName.MatchString(names[0]) {
		return ""
	}
	return names[0]
}

var (
	pciSlot    = regexp.MustCompile(`^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$`)
	usbPort    = regexp.MustCompile(`^[0-9]+-([0-9.]+:[0-9]+\.[0-9]+)$`)
	ataPort    = regexp.MustCompile(`^ata[0-9]+$`)
	scsiTarget = regexp.MustCompile(`^[0-9]+(:[0-9]+:[0-9]+:[0-9]+)$`)
)

// pathByRule follows udev's builtin path_id for the buses that disks of PCs
// are on. Source: systemd, src/udev/udev-builtin-path_id.c.
func pathByRule(reader run.Reader, name, at string) string {
	slot, port, folder := "", "", "/"
	for part := range strings.SplitSeq(at, "/") {
		folder = path.Join(folder, part)
		switch {
		case pciSlot.MatchString(part):
			slot, port = part, ""
		case usbPort.MatchString(part):
			port = "-usb-0:" + usbPort.FindStringSubmatch(part)[1]
		case ataPort.MatchString(part):
			number := probe.Line(reader, folder+"/ata_port/"+part+"/port_no")
			if number == "" {
				return ""
			}
			port = "-ata-" + number
		case scsiTarget.MatchString(part) && strings.HasPrefix(port, "-usb-"):
			port += "-scsi-0" + scsiTarget.FindStringSubmatch(part)[1]
		}
	}
	switch {
	case slot == "":
		return ""
	case strings.HasPrefix(name, "nvme"):
		return "pci-" + slot + "-nvme-" + namespace(reader, name)
	case port != "":
		return "pci-" + slot + port
	case strings.HasPrefix(name, "vd"):
		return "pci-" + slot
	}
	return ""
}

// linksTo lists the links in a folder of /dev that lead to that device.
func linksTo(reader run.Reader, folder, device string) []string {
	var names []string
	for _, name := range probe.Names(reader, folder) {
		if probe.Target(reader, folder+name) == device {
			names = append(names, name)
		}
	}
	return names
}
