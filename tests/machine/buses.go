package machine

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// bus is how a disk on it shows itself in /sys and to udev.
type bus struct {
	transport   string
	major       int
	below       string            // the disk's folder below its place
	device      string            // the folder that the link device leads to, likewise
	files       map[string]string // in the disk's folder
	deviceFiles map[string]string // in the folder device
	links       []string          // by-id/... and by-path/...
}

var slotOf = regexp.MustCompile(`[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]`)

func busOf(disk Disk) bus {
	slots := slotOf.FindAllString(disk.At, -1)
	slot := ""
	if len(slots) > 0 {
		slot = slots[len(slots)-1]
	}
	safe := func(name string) string { return strings.Join(strings.Fields(name), "_") }
	wwn := func(form string) []string {
		if disk.WWN == "" {
			return nil
		}
		return []string{"by-id/" + form + disk.WWN}
	}
	switch {
	case strings.HasPrefix(disk.Name, "nvme"):
		controller := disk.Name[:strings.LastIndexByte(disk.Name, 'n')]
		return bus{
			transport: "nvme", major: 259,
			below: path.Join("nvme", controller, disk.Name), device: path.Join("nvme", controller),
			files:       map[string]string{"wwid": disk.WWN, "nsid": "1"},
			deviceFiles: map[string]string{"model": fmt.Sprintf("%-40s", disk.Model), "serial": fmt.Sprintf("%-20s", disk.Serial), "transport": "pcie", "state": "live"},
			links: append(wwn("nvme-"),
				"by-id/nvme-"+safe(disk.Model)+"_"+disk.Serial, "by-id/nvme-"+safe(disk.Model)+"_"+disk.Serial+"_1", "by-path/pci-"+slot+"-nvme-1"),
		}
	case strings.HasPrefix(disk.Name, "mmcblk"):
		return bus{
			transport: "mmc", major: 179,
			below: path.Join("mmc_host/mmc0/mmc0:0001/block", disk.Name), device: "mmc_host/mmc0/mmc0:0001",
			deviceFiles: map[string]string{"name": disk.Model, "serial": disk.Serial, "type": "MMC"},
			links:       []string{"by-id/mmc-" + disk.Model + "_" + disk.Serial, "by-path/pci-" + slot + "-platform-80860F14:00"},
		}
	case strings.HasPrefix(disk.Name, "vd"):
		links := []string{"by-path/pci-" + slot, "by-path/virtio-pci-" + slot}
		if disk.Serial != "" {
			links = append(links, "by-id/virtio-"+safe(disk.Serial))
		}
		return bus{
			transport: "virtio", major: 254, below: path.Join("block", disk.Name), device: ".",
			files: map[string]string{"serial": disk.Serial}, links: links,
		}
	}
	vital := fmt.Sprintf("\x00\x80\x00%c%s", len(disk.Serial), disk.Serial)
	scsi := bus{
		major: 8, below: path.Join("block", disk.Name), device: ".",
		deviceFiles: map[string]string{"vendor": "ATA     ", "model": fmt.Sprintf("%-16.16s", disk.Model), "vpd_pg80": vital, "type": "0"},
	}
	if number, found := strings.CutPrefix(disk.WWN, "0x"); found {
		scsi.deviceFiles["wwid"] = "naa." + number
	}
	if strings.Contains(disk.At, "/usb") {
		vendor, model, _ := strings.Cut(disk.Model, " ")
		scsi.transport = "usb"
		scsi.deviceFiles["vendor"], scsi.deviceFiles["model"] = fmt.Sprintf("%-8s", vendor), fmt.Sprintf("%-16.16s", model)
		port := usbPort.FindStringSubmatch(disk.At)
		scsi.links = []string{"by-id/usb-" + safe(disk.Model) + "_" + disk.Serial + "-0:0", "by-path/pci-" + slot + "-usb-0:" + port[1] + "-scsi-0:0:0:0"}
		return scsi
	}
	if port := sasPort.FindStringSubmatch(disk.At); port != nil {
		vendor, model, _ := strings.Cut(disk.Model, " ")
		scsi.transport = "sas"
		scsi.deviceFiles["vendor"], scsi.deviceFiles["model"] = fmt.Sprintf("%-8s", vendor), fmt.Sprintf("%-16.16s", model)
		scsi.links = append(wwn("wwn-"), "by-id/scsi-3"+strings.TrimPrefix(disk.WWN, "0x"), "by-id/scsi-S"+safe(disk.Model)+"_"+disk.Serial,
			"by-path/pci-"+slot+"-sas-phy"+port[1]+"-lun-0")
		return scsi
	}
	port := ataPort.FindStringSubmatch(disk.At)
	scsi.transport = "sata"
	scsi.links = append(wwn("wwn-"), "by-id/ata-"+safe(disk.Model)+"_"+disk.Serial, "by-path/pci-"+slot+"-ata-"+port[1], "by-path/pci-"+slot+"-ata-"+port[1]+".0")
	return scsi
}

var (
	usbPort = regexp.MustCompile(`/[0-9]+-([0-9.]+:[0-9.]+)/`)
	sasPort = regexp.MustCompile(`/end_device-[0-9]+:([0-9]+)/`)
	ataPort = regexp.MustCompile(`/ata([0-9]+)/`)
)
