package disk

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// sysfsSector is the unit of the files size and start in /sys, whatever the
// logical sector of the disk is. Source: kernel,
// Documentation/ABI/stable/sysfs-block.
const sysfsSector = 512

// notDisks are the beginnings of names of block devices that nobody installs
// on: memory, images, floppies, optical drives, and what is made of disks.
var notDisks = []string{"dm-", "drbd", "fd", "loop", "md", "nbd", "pktcdvd", "ram", "sr", "zd", "zram"}

// tree is all that was found about block devices.
type tree struct {
	reader run.Reader
	rows   []tools.BlockDevice
	mounts mounts
}

// readTree takes what lsblk said, or reads the same from /sys where it could
// not say anything.
func readTree(reader run.Reader, rows []tools.BlockDevice) tree {
	if len(rows) == 0 {
		rows = rowsOfSys(reader)
	}
	return tree{reader: reader, rows: shown(rows), mounts: readMounts(reader)}
}

// shown takes out of what lsblk said what cannot be shown to a person: labels
// and names are written by whoever had the disk before.
func shown(rows []tools.BlockDevice) []tools.BlockDevice {
	for i := range rows {
		row := &rows[i]
		for _, text := range []*string{
			&row.Name, &row.Path, &row.Number, &row.Type, &row.Transport, &row.Model, &row.Serial, &row.WWN, &row.Table, &row.TableUUID,
			&row.PartType, &row.PartLabel, &row.PartUUID, &row.FSType, &row.FSVersion, &row.Label, &row.UUID,
		} {
			*text = probe.Shown(*text)
		}
		row.Children = shown(row.Children)
	}
	return rows
}

// disks returns the whole disks, sorted by the kernel's name.
func (t tree) disks() []steps.Disk {
	disks := []steps.Disk{}
	var names [][]string
	for _, row := range t.rows {
		if row.Type != "disk" || !isDisk(row.Name) || probe.Flag(t.reader, "/sys/block/"+row.Name+"/hidden") {
			continue
		}
		disk, links := t.disk(row)
		if disk.Size == 0 { // a card reader without a card
			continue
		}
		disks, names = append(disks, disk), append(names, links)
	}
	chooseNames(disks, names)
	slices.SortFunc(disks, func(a, b steps.Disk) int { return naturally(a.Name, b.Name) })
	return disks
}

func isDisk(name string) bool {
	for _, prefix := range notDisks {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	// The boot areas of an eMMC are devices of their own: mmcblk0boot0.
	return !strings.HasPrefix(name, "mmcblk") || !strings.Contains(name, "boot") && !strings.Contains(name, "rpmb")
}

// disk puts together what lsblk, /sys and udev say about one disk, and the
// names that it has in /dev/disk/by-id, the best first.
func (t tree) disk(row tools.BlockDevice) (steps.Disk, []string) {
	sys := "/sys/block/" + row.Name
	udev := t.udev(sys, row.Number)
	at := devicePath(t.reader, row.Name)
	disk := steps.Disk{
		Name:         row.Name,
		Model:        first(row.Model, probe.Unescape(udev.Properties["ID_MODEL_ENC"]), modelOf(t.reader, sys)),
		Serial:       first(row.Serial, serialOf(t.reader, sys), udev.Properties["ID_SERIAL_SHORT"], udev.Properties["ID_SCSI_SERIAL"]),
		WWN:          first(row.WWN, wwnOf(t.reader, sys), udev.Properties["ID_WWN_WITH_EXTENSION"], udev.Properties["ID_WWN"]),
		Transport:    first(transportOf(row.Name, at), row.Transport),
		Size:         t.bytes(row.Size, sys+"/size"),
		LogicalSize:  t.number(row.LogicalSize, sys+"/queue/logical_block_size", sysfsSector),
		PhysicalSize: t.number(row.PhysicalSize, sys+"/queue/physical_block_size", sysfsSector),
		Rotational:   row.Rotational || probe.Flag(t.reader, sys+"/queue/rotational"),
		Removable:    row.Removable || probe.Flag(t.reader, sys+"/removable"),
		ReadOnly:     row.ReadOnly || probe.Flag(t.reader, sys+"/ro"),
		Table:        first(row.Table, udev.Properties["ID_PART_TABLE_TYPE"]),
		TableUUID:    first(row.TableUUID, udev.Properties["ID_PART_TABLE_UUID"]),
		Content:      t.content(row, udev),
		Partitions:   t.partitions(row),
	}
	disk.Health, disk.Wear = wearOfCard(t.reader, sys)
	disk.Holders = t.holders(row)
	for _, partition := range disk.Partitions {
		disk.Holders = append(disk.Holders, partition.Holders...)
	}
	disk.Holders = distinct(disk.Holders)
	disk.Path = pathOf(t.reader, row.Name, udev, at)
	return disk, linksOf(t.reader, row, udev, disk, at)
}

// partitions returns the partitions of a disk, sorted by where they begin.
func (t tree) partitions(row tools.BlockDevice) []steps.Partition {
	list := []steps.Partition{}
	for _, part := range row.Children {
		if part.Type != "part" {
			continue
		}
		sys := "/sys/block/" + row.Name + "/" + part.Name
		udev := t.udev(sys, part.Number)
		partition := steps.Partition{
			Number:   part.PartNumber,
			Name:     part.Name,
			Start:    t.bytes(part.Start, sys+"/start"),
			Size:     t.bytes(part.Size, sys+"/size"),
			TypeGUID: strings.ToLower(first(part.PartType, udev.Properties["ID_PART_ENTRY_TYPE"])),
			PartUUID: first(part.PartUUID, udev.Properties["ID_PART_ENTRY_UUID"]),
			Label:    first(part.PartLabel, probe.Unescape(udev.Properties["ID_PART_ENTRY_NAME"])),
			Content:  t.content(part, udev),
			Holders:  t.holders(part),
		}
		if number, ok := probe.Number(t.reader, sys+"/partition"); ok {
			partition.Number = int(min(number, 1<<16))
		} else if partition.Number == 0 {
			partition.Number = trailingNumber(part.Name)
		}
		list = append(list, partition)
	}
	slices.SortFunc(list, func(a, b steps.Partition) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Number, b.Number))
	})
	return list
}

// udev reads what udev wrote about a block device.
func (t tree) udev(sys, number string) probe.Udev {
	return probe.ReadUdev(t.reader, "b"+first(number, probe.Line(t.reader, sys+"/dev")))
}

// bytes is a size or an offset: what /sys says in its sectors, else what
// lsblk said in bytes.
func (t tree) bytes(said uint64, file string) uint64 {
	if sectors, ok := probe.Number(t.reader, file); ok && sectors < 1<<54 {
		return sectors * sysfsSector
	}
	return said
}

func (t tree) number(said uint64, file string, otherwise uint64) uint64 {
	if said != 0 {
		return said
	}
	if value, ok := probe.Number(t.reader, file); ok && value != 0 {
		return value
	}
	return otherwise
}

// devicePath is the disk's place in the tree of devices, by which bus and
// port are known: /sys/devices/pci0000:00/... Empty where /sys is not there.
func devicePath(reader run.Reader, name string) string {
	target, err := reader.ReadLink("/sys/block/" + name)
	if err != nil {
		return ""
	}
	return path.Join("/sys/block", target)
}

func first(values ...string) string {
	for _, value := range values {
		if value = strings.TrimSpace(value); value != "" {
			return value
		}
	}
	return ""
}

func distinct(list []string) []string {
	var seen []string
	for _, one := range list {
		if !slices.Contains(seen, one) {
			seen = append(seen, one)
		}
	}
	return seen
}

// trailingNumber is the number at the end of a partition's name; 0: none.
func trailingNumber(name string) int {
	end := len(strings.TrimRight(name, "0123456789"))
	number, err := strconv.Atoi(name[end:])
	if err != nil {
		return 0
	}
	return number
}

// naturally compares names so that sdz comes before sdaa and nvme2n1 before
// nvme10n1.
func naturally(a, b string) int {
	kind := func(name string) string { return name[:min(2, len(name))] }
	return cmp.Or(cmp.Compare(kind(a), kind(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
