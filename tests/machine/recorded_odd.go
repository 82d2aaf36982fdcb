package machine

// oldBIOS is a desktop of 2012 that was started by its BIOS: a Windows 7 and
// a Linux that sleeps, in an MBR with logical partitions.
func oldBIOS() *Machine {
	m := New("nixos", kernel)
	m.CPU("GenuineIntel", "Intel(R) Core(TM) i5-3470 CPU @ 3.20GHz", "0x21", "vmx avx", 4)
	m.Memory(8_048_128)
	m.DMI("Dell Inc.", "OptiPlex 7010", "01", "0GY6Y8", "3")
	m.BIOS("A29", "06/28/2018")
	const root = "pci0000:00/"
	m.PCI(root+"0000:00:01.0/0000:01:00.0", "030000", "1002:6779", "radeon", "Advanced Micro Devices, Inc. [AMD/ATI]", "Caicos [Radeon HD 6450/7450/8450 / R5 230 OEM]")
	m.PCI(root+"0000:00:14.0", "0c0330", "8086:1e31", "xhci_hcd", "Intel Corporation", "7 Series/C210 Series Chipset Family USB xHCI Host Controller")
	m.PCI(root+"0000:00:19.0", "020000", "8086:1502", "e1000e", "Intel Corporation", "82579LM Gigabit Network Connection (Lewisville)")
	m.PCI(root+"0000:00:1f.2", "010601", "8086:1e02", "ahci", "Intel Corporation", "7 Series/C210 Series Chipset Family 6-port SATA Controller [AHCI mode]")
	m.Loopback()
	m.Net(root+"0000:00:19.0", "eno1", "00:00:5e:00:53:81", true, -1)
	m.Route("eno1")
	m.File("/tools/ntfs-sdb1.json", `{"dirty": false, "hibernated": false}`+"\n")
	m.File("/tools/ntfs-sdb2.json", `{"dirty": true, "hibernated": false, "build": "6.1.7601"}`+"\n")
	m.File("/tools/superblock-sdb5.json", `{"used": 41203916800, "unclean": true}`+"\n")
	m.Disk(Disk{
		Name: "sdb", At: root + "0000:00:1f.2/" + ata(0), Model: "ST500DM002-1BD142", Serial: "Z6E1A2B3", WWN: "0x5000c50065a1b2c3",
		Size: 500107862016, Physical: 4096, Rotational: true, Table: "dos", TableUUID: "4f3a2b1c",
		Parts: []Part{
			{Number: 1, Start: mib, Size: 100 * mib, Type: "0x7", UUID: "4f3a2b1c-01", Lies: Lies{Kind: "ntfs", Label: "System Reserved", UUID: "5E3C8A2D3C8A0001"}},
			{Number: 2, Start: 101 * mib, Size: 250 * gib, Type: "0x7", UUID: "4f3a2b1c-02", Lies: Lies{Kind: "ntfs", UUID: "8A1C4B6E1C4B5A77"}},
			{Number: 3, Start: 250*gib + 101*mib, Size: 1024, Type: "0x5", UUID: "4f3a2b1c-03"},
			{Number: 5, Start: 250*gib + 102*mib, Size: 200 * gib, Type: "0x83", UUID: "4f3a2b1c-05", Lies: Lies{Kind: "ext4", Version: "1.0", UUID: "0d4f6b8a-2c1e-4a39-9b57-e8d0c2f41a63"}},
			{Number: 6, Start: 450*gib + 103*mib, Size: 8 * gib, Type: "0x82", UUID: "4f3a2b1c-06", Lies: Lies{Kind: "swsuspend", UUID: "6a7b8c9d-0e1f-4203-8415-263748596a7b"}},
		},
	})
	m.Stick(root + "0000:00:14.0" + stick)
	return m
}

// hiddenNVMe is a laptop whose firmware keeps its NVMe disk behind Intel RST,
// where no Linux sees it, with a modem and a reader of fingerprints.
func hiddenNVMe() *Machine {
	m := New("nixos", kernel)
	m.CPU("GenuineIntel", "Intel(R) Core(TM) i7-10510U CPU @ 1.80GHz", "0xfc", intelFlags, 8)
	m.Memory(16_230_400)
	m.DMI("Dell Inc.", "Latitude 5410", "", "0V6YVP", "10")
	m.BIOS("1.28.0", "03/14/2024")
	m.UEFI(true, false, "Windows Boot Manager", "UEFI: SanDisk Ultra Fit")
	m.TPM("NTC0702")
	m.Battery(64, true)
	const root = "pci0000:00/"
	m.PCI(root+"0000:00:02.0", "030000", "8086:9b41", "i915", "Intel Corporation", "CometLake-U GT2 [UHD Graphics]")
	m.PCI(root+"0000:00:14.0", "0c0330", "8086:02ed", "xhci_hcd", "Intel Corporation", "Comet Lake PCH-LP USB 3.1 xHCI Host Controller")
	m.PCI(root+"0000:00:14.3", "028000", "8086:02f0", "iwlwifi", "Intel Corporation", "Comet Lake PCH-LP CNVi WiFi")
	m.PCI(root+"0000:00:17.0", "010400", "8086:282a", "ahci", "Intel Corporation", "82801 Mobile SATA Controller [RAID mode]")
	m.File("/sys/devices/"+root+"0000:00:17.0/remapped_nvme", "1\n")
	m.PCI(root+"0000:00:1f.3", "040380", "8086:02c8", "sof-audio-pci-intel-cnl", "Intel Corporation", "Comet Lake PCH-LP cAVS")
	const hub = root + "0000:00:14.0/usb1/"
	m.USB(hub+"1-5", "27c6:5395", "Goodix Technology Co., Ltd.", "Goodix FingerPrint Device", "ff0000:")
	m.USB(hub+"1-10", "8087:0aaa", "", "", "e00101:btusb", "e00101:btusb")
	m.Loopback()
	m.Net(root+"0000:00:14.3", "wlp0s20f3", "00:00:5e:00:53:91", true, 0)
	m.Net(hub+"1-3", "wwan0", "00:00:5e:00:53:92", false, -1)
	m.File("/sys/devices/"+hub+"1-3/net/wwan0/uevent", "DEVTYPE=wwan\nINTERFACE=wwan0\nIFINDEX=4\n")
	m.Route("wlp0s20f3")
	m.File("/tools/iw.txt", "Wiphy phy0\n\twiphy index: 0\n\tSupported interface modes:\n\t\t * managed\n\t\t * monitor\n\tBand 1:\n")
	m.Stick(root + "0000:00:14.0" + stick)
	return m
}

// coreUltra is a laptop with a neural processor, whose NVMe disk lies behind
// Intel VMD, where Linux does see it.
func coreUltra() *Machine {
	m := New("nixos", kernel)
	m.CPU("GenuineIntel", "Intel(R) Core(TM) Ultra 7 155H", "0x20", intelFlags, 22)
	m.Memory(32_342_016)
	m.DMI("Dell Inc.", "XPS 14 9440", "", "0XYZ12", "10")
	m.BIOS("1.9.0", "11/06/2024")
	m.UEFI(false, true, "UEFI: SanDisk Ultra Fit")
	m.TPM("STM0925")
	m.Battery(91, true)
	const root = "pci0000:00/"
	m.PCI(root+"0000:00:02.0", "030000", "8086:7d55", "i915", "Intel Corporation", "Meteor Lake-P [Intel Arc Graphics]")
	m.PCI(root+"0000:00:0b.0", "120000", "8086:7d1d", "intel_vpu", "Intel Corporation", "Meteor Lake NPU")
	m.PCI(root+"0000:00:0e.0", "010400", "8086:7d0b", "vmd", "Intel Corporation", "Volume Management Device NVMe RAID Controller Intel Corporation")
	m.PCI(root+"0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0", "010802", "144d:a80a", "nvme", "Samsung Electronics Co Ltd", "NVMe SSD Controller PM9A1/PM9A3/980PRO")
	m.PCI(root+"0000:00:14.0", "0c0330", "8086:7e7d", "xhci_hcd", "Intel Corporation", "Meteor Lake-P USB 3.2 Gen 2x1 xHCI Host Controller")
	m.PCI(root+"0000:00:14.3", "028000", "8086:7e40", "iwlwifi", "Intel Corporation", "Meteor Lake PCH CNVi WiFi")
	m.PCI(root+"0000:00:1f.3", "040100", "8086:7e28", "sof-audio-pci-intel-mtl", "Intel Corporation", "Meteor Lake-P HD Audio Controller")
	m.Loopback()
	m.Net(root+"0000:00:14.3", "wlp0s20f3", "00:00:5e:00:53:95", true, 0)
	m.Route("wlp0s20f3")
	m.File("/tools/iw.txt", "Wiphy phy0\n\twiphy index: 0\n\tSupported interface modes:\n\t\t * managed\n\t\t * AP\n\tBand 1:\n")
	m.File("/tools/smartctl-nvme0n1.json", `{"failing": false, "wear": 0, "reason": "", "known": true}`+"\n")
	m.Disk(Disk{
		Name: "nvme0n1", At: root + "0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0", Model: "PM9A1 NVMe Samsung 1024GB", Serial: "S65VNF0T123456",
		WWN: "eui.002538b4117182b3", Size: 1024209543168,
	})
	m.Stick(root + "0000:00:14.0" + stick)
	return m
}

// manyPaths is a server whose disks are reached over two paths each: one of
// them through multipath, one without it.
func manyPaths() *Machine {
	m := New("nixos", kernel)
	m.CPU("GenuineIntel", "Intel(R) Xeon(R) Silver 4210R CPU @ 2.40GHz", "0x5003604", intelFlags, 20)
	m.Memory(131_004_416)
	m.DMI("Dell Inc.", "PowerEdge R640", "", "0X45NX", "23")
	m.BIOS("2.19.1", "06/04/2023")
	m.UEFI(false, false, "Integrated NIC 1 Port 1 Partition 1", "UEFI: SanDisk Ultra Fit")
	const root, adapter = "pci0000:00/", "pci0000:3a/0000:3a:00.0/0000:3b:00.0/"
	m.PCI(root+"0000:00:14.0", "0c0330", "8086:a1af", "xhci_hcd", "Intel Corporation", "C620 Series Chipset Family USB 3.0 xHCI Controller")
	m.PCI(root+"0000:00:1c.0/0000:01:00.0", "020000", "14e4:165f", "tg3", "Broadcom Inc. and subsidiaries", "NetXtreme BCM5720 Gigabit Ethernet PCIe")
	m.PCI(root+"0000:00:1c.4/0000:03:00.0", "030000", "102b:0536", "mgag200", "Matrox Electronics Systems Ltd.", "Integrated Matrox G200eW3 Graphics Controller")
	m.PCI("pci0000:3a/0000:3a:00.0/0000:3b:00.0", "010700", "1000:0097", "mpt3sas", "Broadcom / LSI", "SAS3008 PCI-Express Fusion-MPT SAS-3")
	m.Loopback()
	m.Net(root+"0000:00:1c.0/0000:01:00.0", "eno1", "00:00:5e:00:53:a1", true, -1)
	m.Route("eno1")
	for i, disk := range []struct{ name, place, serial, wwn string }{
		{"sdb", "host0/port-0:0/end_device-0:0/target0:0:0/0:0:0:0", "ZC1A2B3C", "0x5000c500a1b2c3d3"},
		{"sdc", "host0/port-0:1/end_device-0:1/target0:0:1/0:0:1:0", "ZC1A2B3C", "0x5000c500a1b2c3d3"},
		{"sdd", "host0/port-0:2/end_device-0:2/target0:0:2/0:0:2:0", "ZC1A2B3D", "0x5000c500a1b2c3e7"},
		{"sde", "host0/port-0:3/end_device-0:3/target0:0:3/0:0:3:0", "ZC1A2B3D", "0x5000c500a1b2c3e7"},
	} {
		one := Disk{
			Name: disk.name, At: adapter + disk.place, Model: "SEAGATE ST4000NM0025", Serial: disk.serial, WWN: disk.wwn, Size: 4000787030016, Rotational: true,
		}
		if i < 2 {
			one.Lies = Lies{Kind: "mpath_member", Made: []Made{{
				Name: "mpatha", Kernel: "dm-0", Type: "mpath", UUID: "mpath-35000c500a1b2c3d3", Size: 4000787030016,
			}}}
		}
		m.Disk(one)
	}
	m.Stick(root + "0000:00:14.0" + stick)
	return m
}
