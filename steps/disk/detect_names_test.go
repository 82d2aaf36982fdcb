package disk

import (
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

// TestNames follows udev's rule where udev was not, and udev where it was.
func TestNames(t *testing.T) {
	const usb = "pci0000:00/0000:00:14.0/usb1/1-3.2/1-3.2:1.0/host6/target6:0:0/6:0:0:0"
	for name, test := range map[string]struct {
		disk          machine.Disk
		udev          bool
		id, path, wwn string
	}{
		"NVMe": {
			disk: machine.Disk{Name: "nvme0n1", At: "pci0000:00/0000:00:06.0/0000:04:00.0", Model: "KINGSTON  SNV2S/1000G", Serial: "50026B7785E0C1D2", WWN: "eui.00000000000000000026b7785e0c1d25"},
			id:   "nvme-KINGSTON_SNV2S_1000G_50026B7785E0C1D2", path: "pci-0000:04:00.0-nvme-1", wwn: "eui.00000000000000000026b7785e0c1d25",
		},
		"virtio with a serial number": {
			disk: machine.Disk{Name: "vda", At: "pci0000:00/0000:00:05.0/virtio2", Serial: "my disk"}, id: "virtio-my_disk", path: "pci-0000:00:05.0",
		},
		"virtio without": {disk: machine.Disk{Name: "vda", At: "pci0000:00/0000:00:05.0/virtio2"}, path: "pci-0000:00:05.0"},
		"MMC":            {disk: machine.Disk{Name: "mmcblk0", At: "pci0000:00/0000:00:1a.0", Model: "DG4064", Serial: "0x2f0b6c81"}, id: "mmc-DG4064_0x2f0b6c81"},
		"USB": {
			disk: machine.Disk{Name: "sdb", At: usb, Model: "SanDisk Ultra Fit", Serial: "4C53"}, id: "usb-SanDisk_Ultra_Fit_4C53-0:0",
			path: "pci-0000:00:14.0-usb-0:3.2:1.0-scsi-0:0:0:0",
		},
		"SATA, of which SCSI tells half a name": {
			disk: machine.Disk{Name: "sda", At: "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", Model: "Samsung SSD 870 EVO 1TB", Serial: "S626NF0R123456A", WWN: "0x5002538f31234567"},
			id:   "wwn-0x5002538f31234567", wwn: "0x5002538f31234567",
		},
		"SATA with udev": {
			udev: true,
			disk: machine.Disk{Name: "sda", At: "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", Model: "Samsung SSD 870 EVO 1TB", Serial: "S626NF0R123456A", WWN: "0x5002538f31234567"},
			id:   "ata-Samsung_SSD_870_EVO_1TB_S626NF0R123456A", path: "pci-0000:00:17.0-ata-1", wwn: "0x5002538f31234567",
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.disk.Size = 1 << 40
			disks := detectOn(t, func(m *machine.Machine) {
				m.Lsblk, m.Udev = false, test.udev
				m.Disk(test.disk)
				if strings.Contains(test.disk.At, "/usb1/") {
					m.USB("pci0000:00/0000:00:14.0/usb1/1-3.2", "0781:5583", "SanDisk", "Ultra Fit")
					m.File("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-3.2/serial", test.disk.Serial+"\n")
				}
			}).Disks
			if len(disks) != 1 {
				t.Fatalf("got %+v", disks)
			}
			if got := disks[0]; got.ID != test.id || got.Path != test.path || got.WWN != test.wwn {
				t.Errorf("got %q, %q, %q", got.ID, got.Path, got.WWN)
			}
			if serial := disks[0].Serial; serial != test.disk.Serial {
				t.Errorf("serial number %q", serial)
			}
		})
	}
}

// TestATAPort needs the number of the port, which the kernel does not take
// from the number of the host.
func TestATAPort(t *testing.T) {
	disks := detectOn(t, func(m *machine.Machine) {
		m.Lsblk, m.Udev = false, false
		m.Disk(machine.Disk{Name: "sda", At: "pci0000:00/0000:00:17.0/ata7/host6/target6:0:0/6:0:0:0", Model: "Disk", Serial: "1", Size: 1 << 40})
		m.Files("/sys/devices/pci0000:00/0000:00:17.0/ata7/ata_port/ata7", map[string]string{"port_no": "1"})
	}).Disks
	if disks[0].Path != "pci-0000:00:17.0-ata-1" {
		t.Errorf("got %q", disks[0].Path)
	}
}

// TestNamesOfTwins gives a name that two disks claim to neither.
func TestNamesOfTwins(t *testing.T) {
	disks := make([]steps.Disk, 3)
	chooseNames(disks, [][]string{
		{"ata-X_1", "wwn-0x5000000000000001"},
		{"ata-X_1"},
		{"ata-Y_2", "lvm-pv-uuid-aaaaaa"},
	})
	for i, want := range []string{"wwn-0x5000000000000001", "", "ata-Y_2"} {
		if disks[i].ID != want {
			t.Errorf("disk %d: got %q, want %q", i, disks[i].ID, want)
		}
	}
}
