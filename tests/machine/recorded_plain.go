package machine

// plain is a small desktop for the machines that differ in their disks only.
func plain() *Machine {
	m := New("nixos", kernel)
	m.CPU("GenuineIntel", "Intel(R) Core(TM) i3-8100 CPU @ 3.60GHz", "0xf8", intelFlags, 4)
	m.Memory(8_048_640)
	m.DMI("HP", "HP ProDesk 400 G5 SFF", "", "83F3", "4")
	m.UEFI(false, false, "UEFI: SanDisk Ultra Fit", "UEFI: HTTP Boot")
	const root = "pci0000:00/"
	m.PCI(root+"0000:00:02.0", "030000", "8086:3e91", "i915", "Intel Corporation", "CoffeeLake-S GT2 [UHD Graphics 630]")
	m.PCI(root+"0000:00:14.0", "0c0330", "8086:a36d", "xhci_hcd", "Intel Corporation", "Cannon Lake PCH USB 3.1 xHCI Host Controller")
	m.PCI(root+"0000:00:17.0", "010601", "8086:a352", "ahci", "Intel Corporation", "Cannon Lake PCH SATA AHCI Controller")
	m.PCI(root+"0000:00:1f.6", "020000", "8086:15bc", "e1000e", "Intel Corporation", "Ethernet Connection (7) I219-V")
	m.Loopback()
	m.Net(root+"0000:00:1f.6", "eno1", "00:00:5e:00:53:51", true, -1)
	m.Route("eno1")
	return m
}

// withoutDisks has no disk at all: it was started over the network.
func withoutDisks() *Machine {
	m := plain()
	m.LiveNixOS("", "")
	m.File("/proc/cmdline", "init=/nix/store/3x1nl2b8yr4f9cqhvj0k5w7d6mzsap1g-nixos-system-nixos-25.11/init loglevel=4\n")
	return m
}

// onlyMedium has no disk but the one that it was started from.
func onlyMedium() *Machine {
	m := plain()
	m.Stick("pci0000:00/0000:00:14.0" + stick)
	return m
}

// twins has two disks of a maker that gives every disk the same serial
// number. They differ by their ports only.
func twins() *Machine {
	m := plain()
	for i, name := range []string{"sdb", "sdc"} {
		m.Disk(Disk{
			Name: name, At: "pci0000:00/0000:00:17.0/" + ata(i), Model: "SATA SSD 240GB Value Line", Serial: "AA000000000000000001", Size: 240057409536,
		})
	}
	m.Stick("pci0000:00/0000:00:14.0" + stick)
	return m
}

// smallDisk has a disk of 4 GB, on which no layout has room, and a large one
// whose lock is on.
func smallDisk() *Machine {
	m := plain()
	m.Disk(Disk{
		Name: "sdb", At: "pci0000:00/0000:00:17.0/" + ata(0), Model: "SATA Flash Module 4GB", Serial: "SFM20210400017", Size: 4009754624,
	})
	m.Disk(Disk{
		Name: "sdc", At: "pci0000:00/0000:00:17.0/" + ata(1), Model: "SATA DOM locked", Serial: "DOM20220100042", Size: 64023257088, ReadOnly: true,
	})
	m.Stick("pci0000:00/0000:00:14.0" + stick)
	return m
}

// failingDisk has a disk that is at its end: it says so, and no longer shows
// what lies on it; and one that is well.
func failingDisk() *Machine {
	m := plain()
	m.Disk(Disk{
		Name: "sdb", At: "pci0000:00/0000:00:17.0/" + ata(0), Model: "WDC WD10EZEX-08WN4A0", Serial: "WD-WCC6Y4EX1234", WWN: "0x50014ee2b9a1c3d4",
		Size: 1000204886016, Physical: 4096, Rotational: true, Unread: "input/output error",
	})
	m.File("/tools/smartctl-sdb.json", `{"failing": true, "wear": 0, "reason": "its own test says that it is failing", "known": true}`+"\n")
	m.Disk(Disk{
		Name: "sdc", At: "pci0000:00/0000:00:17.0/" + ata(1), Model: "SanDisk SSD PLUS 480GB", Serial: "21084W455106", WWN: "0x5001b448b6f2d3a7", Size: 480113590272,
	})
	m.File("/tools/smartctl-sdc.json", `{"failing": false, "wear": 41, "reason": "", "known": true}`+"\n")
	m.Stick("pci0000:00/0000:00:14.0" + stick)
	return m
}
