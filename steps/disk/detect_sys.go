package disk

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// maxDepth ends the way up from a disk through what is made of it; more
// layers than this are a loop.
const maxDepth = 16

// rowsOfSys lists the block devices as lsblk would, from /sys alone.
func rowsOfSys(reader run.Reader) []tools.BlockDevice {
	var rows []tools.BlockDevice
	for _, name := range probe.Names(reader, "/sys/block") {
		if !isDisk(name) {
			continue
		}
		sys := "/sys/block/" + name
		row := tools.BlockDevice{Name: name, Type: "disk", Number: probe.Line(reader, sys+"/dev"), Children: made(reader, sys, 0)}
		for _, part := range probe.Names(reader, sys) {
			if !probe.Exists(reader, sys+"/"+part+"/partition") {
				continue
			}
			row.Children = append(row.Children, tools.BlockDevice{
				Name: part, Type: "part",
				Number:   probe.Line(reader, sys+"/"+part+"/dev"),
				Children: made(reader, sys+"/"+part, 0),
			})
		}
		rows = append(rows, row)
	}
	return rows
}

// made lists the devices that are made of the one in that folder of /sys.
func made(reader run.Reader, sys string, depth int) []tools.BlockDevice {
	if depth == maxDepth {
		return nil
	}
	var rows []tools.BlockDevice
	for _, name := range probe.Names(reader, sys+"/holders") {
		above := "/sys/block/" + name
		row := tools.BlockDevice{Name: name, Type: name, Number: probe.Line(reader, above+"/dev"), Children: made(reader, above, depth+1)}
		if mapping := probe.Line(reader, above+"/dm/name"); mapping != "" {
			row.Name = mapping
			kind, _, _ := strings.Cut(probe.Line(reader, above+"/dm/uuid"), "-")
			row.Type = strings.ToLower(kind)
		}
		if level := probe.Line(reader, above+"/md/level"); level != "" {
			row.Type = level
		}
		rows = append(rows, row)
	}
	return rows
}

// modelOf reads what the disk calls itself. What SCSI says is cut after 16
// characters; the full name of an ATA disk is known to udev only.
func modelOf(reader run.Reader, sys string) string {
	return first(probe.Line(reader, sys+"/device/model"), probe.Line(reader, sys+"/device/name"))
}

func serialOf(reader run.Reader, sys string) string {
	return first(
		probe.Line(reader, sys+"/serial"),        // virtio
		probe.Line(reader, sys+"/device/serial"), // NVMe, MMC
		vitalSerial(reader, sys),
	)
}

// vitalSerial reads the serial number that a SCSI or ATA disk gives in its
// page 80 of vital product data: a head of four bytes with the length in the
// last two. Source: SPC-4, 7.8.15 Unit Serial Number VPD page.
func vitalSerial(reader run.Reader, sys string) string {
	data, err := reader.ReadFile(sys + "/device/vpd_pg80")
	const head = 4
	if err != nil || len(data) < head {
		return ""
	}
	length := int(data[2])<<8 | int(data[3])
	return probe.OneLine(probe.Clean(data[head:min(len(data), head+length)]))
}

// wwnOf reads the name that is unique in the world, in the form that udev
// and lsblk use: 0x5002538f00112233, eui.0025385b21404a5d.
func wwnOf(reader run.Reader, sys string) string {
	name := first(probe.Line(reader, sys+"/wwid"), probe.Line(reader, sys+"/device/wwid"))
	if number, found := strings.CutPrefix(name, "naa."); found {
		return "0x" + number
	}
	for _, form := range []string{"eui.", "nvme.", "uuid."} {
		if strings.HasPrefix(name, form) {
			return name
		}
	}
	return "" // t10.* is vendor, model and serial again
}

// transportOf tells the bus by the disk's name and place.
func transportOf(name, at string) string {
	for prefix, transport := range map[string]string{"nvme": "nvme", "mmcblk": "mmc", "vd": "virtio", "xvd": "xen", "pmem": "nvdimm"} {
		if strings.HasPrefix(name, prefix) {
			return transport
		}
	}
	for _, bus := range []struct{ part, transport string }{
		{"/usb", "usb"}, {"/ata", "sata"}, {"/end_device-", "sas"}, {"/rport-", "fc"}, {"/session", "iscsi"}, {"/virtio", "virtio"},
	} {
		if strings.Contains(at, bus.part) {
			return bus.transport
		}
	}
	return ""
}
