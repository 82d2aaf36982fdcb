package machine

// tablet is a small tablet of 2014: a 64-bit processor below a 32-bit
// firmware, little memory, no TPM, and a Windows 10 that only sleeps.
func tablet() *Machine {
	m := New("nixos", kernel)
	m.CPU("GenuineIntel", "Intel(R) Atom(TM) CPU  Z3735F @ 1.33GHz", "0x838", "vmx", 4)
	m.Memory(1_943_148)
	m.File("/proc/pressure/memory", "some avg10=4.12 avg60=21.40 avg300=9.03 total=81230911\nfull avg10=2.00 avg60=8.10 avg300=3.11 total=3811031\n")
	m.DMI("ASUSTeK COMPUTER INC.", "T100TAF", "1.0", "T100TAF", "10")
	m.BIOS("T100TAF.210", "12/28/2014")
	m.UEFI(true, false, "Windows Boot Manager", "UEFI: SanDisk Ultra Fit")
	m.Files(efi, map[string]string{"fw_platform_size": "32"})
	m.Battery(61, false)
	m.BatteryWear(14_020_000, 31_010_000)
	m.Clock(978_310_000) // its battery was flat: the year 2001
	const root = "pci0000:00/"
	m.PCI(root+"0000:00:02.0", "030000", "8086:0f31", "i915", "Intel Corporation", "Atom Processor Z36xxx/Z37xxx Series Graphics & Display")
	m.PCI(root+"0000:00:14.0", "0c0330", "8086:0f35", "xhci_hcd", "Intel Corporation", "Atom Processor Z36xxx/Z37xxx, Celeron N2000 Series USB xHCI")
	m.Loopback()
	const size = 31268536320
	m.File("/tools/esp-mmcblk0p1.json", `{"size": 100663296, "free": 71303168, "folders": ["Boot", "Microsoft"]}`+"\n")
	m.File("/tools/ntfs-mmcblk0p3.json", `{"dirty": true, "hibernated": true, "build": "10.0.19041"}`+"\n")
	m.Disk(Disk{
		Name: "mmcblk0", At: "platform/80860F14:00", Model: "MBG4GC", Serial: "0x59ad2b3c", Size: size, Table: "gpt", TableUUID: "1d4c7b90-36e2-4a85-b1f7-c90e8d5a2763",
		Extra: map[string]string{"life_time": "0x09 0x0a", "pre_eol_info": "0x02"},
		Parts: []Part{
			{Number: 1, Start: mib, Size: 100 * mib, Type: typeESP, UUID: "b04e7c2a-915d-4f38-a6c0-7e3d1f9b5842", Label: "EFI system partition", Lies: Lies{Kind: "vfat", Version: "FAT32", UUID: "5A71-C0E9"}},
			{Number: 2, Start: 101 * mib, Size: 128 * mib, Type: typeReserve, UUID: "6e91d35f-c8a4-4702-9bd1-03f5a7e6c284", Label: "Microsoft reserved partition"},
			{Number: 3, Start: 229 * mib, Size: 28 * gib, Type: typeBasic, UUID: "f28a0b6d-4c71-4e95-8d03-a1b7c59e6f34", Label: "Basic data partition", Lies: Lies{Kind: "ntfs", Label: "OS", UUID: "C2A6D15BA6D1505F"}},
		},
	})
	m.Stick(root + "0000:00:14.0" + stick)
	return m
}

// macBook is an Intel MacBook with macOS, whose Wi-Fi no driver of the live
// system takes.
func macBook() *Machine {
	m := New("nixos", kernel)
	m.CPU("GenuineIntel", "Intel(R) Core(TM) i5-7267U CPU @ 3.10GHz", "0xf6", intelFlags, 4)
	m.Memory(8_041_984)
	m.DMI("Apple Inc.", "MacBookPro14,2", "1.0", "Mac-CAD6701F7CEA0921", "9")
	m.BIOS("529.140.2.0.0", "06/23/2024")
	m.UEFI(false, false, "Mac OS X", "EFI Boot")
	m.Battery(72, true)
	m.Clock(1_765_000_000)
	const root = "pci0000:00/"
	m.PCI(root+"0000:00:02.0", "030000", "8086:5927", "i915", "Intel Corporation", "Iris Plus Graphics 650")
	m.PCI(root+"0000:00:14.0", "0c0330", "8086:9d2f", "xhci_hcd", "Intel Corporation", "Sunrise Point-LP USB 3.0 xHCI Controller")
	m.PCI(root+"0000:00:1c.0/0000:01:00.0", "028000", "14e4:43ba", "", "Broadcom Inc. and subsidiaries", "BCM43602 802.11ac Wireless LAN SoC")
	m.PCI(root+"0000:00:1c.4/0000:02:00.0", "010802", "106b:2003", "nvme", "Apple Inc.", "S3X NVMe Controller")
	m.Loopback()
	m.File("/tools/esp-nvme0n1p1.json", `{"size": 206569472, "free": 185073664, "folders": ["APPLE"]}`+"\n")
	m.Disk(Disk{
		Name: "nvme0n1", At: root + "0000:00:1c.4/0000:02:00.0", Model: "APPLE SSD AP0512J", Serial: "C02734200J4HFMDAG", Size: 500277792768, Logical: 4096, Physical: 4096,
		Table: "gpt", TableUUID: "7a2f90cb-5e13-4d68-bf04-8c61d7e3a592",
		Parts: []Part{
			{Number: 1, Start: 24576, Size: 300 * mib, Type: typeESP, UUID: "c5d10e83-72ab-4f96-8e40-1b9f6d3c7a25", Label: "EFI System Partition", Lies: Lies{Kind: "vfat", Version: "FAT32", Label: "EFI", UUID: "67E3-17ED"}},
			{Number: 2, Start: 24576 + 300*mib, Size: 499963158528, Type: typeAPFS, UUID: "30b8f6d1-a947-4c2e-95f0-e7d82c1b6a43", Lies: Lies{Kind: "apfs", UUID: "9e04c7b2-1f8d-43a6-b05e-6a2d7c3f9815"}},
		},
	})
	m.Stick(root + "0000:00:14.0" + stick)
	return m
}

// nixosLaptop runs NixOS from a btrfs with subvolumes in LUKS, with swap in
// LUKS beside it and a swap file, on a disk that is nearly worn out.
func nixosLaptop() *Machine {
	m := New("otter", kernel)
	m.File("/etc/nixos/hosts/otter/answers.yaml", "version: 1\n") // mnemonix manages it
	m.CPU("GenuineIntel", "13th Gen Intel(R) Core(TM) i7-1360P", "0x4128", intelFlags, 16)
	m.Memory(32_505_856)
	m.DMI("Framework", "Laptop (13th Gen Intel Core)", "A4", "FRANMCCP04", "10")
	m.BIOS("03.05", "03/29/2024")
	m.UEFI(true, false, "Linux Boot Manager")
	m.TPM("MSFT0101")
	m.TPMSays("NTC NPCT75x", "7.2.3.1")
	m.Battery(100, true)
	m.BatteryWear(55_000_000, 55_000_000)
	m.Clock(1_765_000_000)
	m.Sensor(0, "coretemp", "Package id 0", 52, 100)
	const root = "pci0000:00/"
	m.PCI(root+"0000:00:02.0", "030000", "8086:a7a0", "i915", "Intel Corporation", "Raptor Lake-P [Iris Xe Graphics]")
	m.PCI(root+"0000:00:06.0/0000:01:00.0", "010802", "15b7:5017", "nvme", "Sandisk Corp", "WD Black SN770 / PC SN740 NVMe SSD")
	m.PCI(root+"0000:00:0d.0", "0c0330", "8086:a71e", "xhci_hcd", "Intel Corporation", "Raptor Lake-P Thunderbolt 4 USB Controller")
	m.PCI(root+"0000:00:1d.0/0000:aa:00.0", "028000", "8086:2725", "iwlwifi", "Intel Corporation", "Wi-Fi 6E(802.11ax) AX210/AX1675* 2x2 [Typhoon Peak]")
	m.PCI(root+"0000:00:1f.3", "040300", "8086:51ca", "sof-audio-pci-intel-tgl", "Intel Corporation", "Raptor Lake-P/U/H cAVS")
	m.Loopback()
	m.Net(root+"0000:00:1d.0/0000:aa:00.0", "wlp170s0", "00:00:5e:00:53:61", true, 0)
	m.Route("wlp170s0")
	m.File("/etc/os-release", "ID=nixos\nNAME=NixOS\nPRETTY_NAME=\"NixOS 25.11 (Xantusia)\"\nVERSION_ID=\"25.11\"\n")
	m.File("/etc/NIXOS", "")
	m.File("/etc/locale.conf", "LANG=en_GB.UTF-8\n")
	m.File("/etc/vconsole.conf", "KEYMAP=uk\n")
	m.links["/etc/localtime"] = "/etc/zoneinfo/Europe/London"
	m.File("/proc/cmdline", "initrd=\\EFI\\nixos\\initrd.efi init=/nix/store/x/init root=fstab loglevel=4\n")
	m.File("/boot/EFI/nixos/kernel.efi", "MZ")
	m.File("/boot/EFI/systemd/systemd-bootx64.efi", "MZ")
	m.File("/tools/smartctl-nvme0n1.json", `{"failing": false, "wear": 97, "reason": "", "known": true}`+"\n")

	const opened, size = "/dev/mapper/cryptroot", 1000204886016
	m.Disk(Disk{
		Name: "nvme0n1", At: root + "0000:00:06.0/0000:01:00.0", Model: "WD_BLACK SN770 1TB", Serial: "22391R803456", WWN: "eui.e8238fa6bf530001001b448b4b5c6d7e", Size: size,
		Table: "gpt", TableUUID: "4c8e17d0-b2a5-46f3-9d71-05e6c8a3f294",
		Parts: []Part{
			{Number: 1, Start: mib, Size: gib, Type: typeESP, UUID: "8d02c5f7-3a96-4e1b-b740-c9e51d6f8a23", Label: "ESP", Lies: Lies{Kind: "vfat", Version: "FAT32", UUID: "1E9C-77A0", Used: 180_355_072, Mounts: []string{"/boot"}}},
			{Number: 2, Start: gib + mib, Size: 34 * gib, Type: typeLinux, UUID: "e57b3a90-6c1f-4d82-a0e9-2f84d7b6c513", Label: "swap", Lies: Lies{Kind: "crypto_LUKS", Version: "2", UUID: "a63f01d8-94c2-4b7e-85a0-d1e7f3c92b64", Made: []Made{
				{Name: "cryptswap", Kernel: "dm-1", Type: "crypt", UUID: "CRYPT-LUKS2-a63f01d894c24b7e85a0d1e7f3c92b64-cryptswap", Size: 34*gib - 16*mib, Lies: Lies{Kind: "swap", Version: "1", UUID: "d0c9b8a7-6f5e-4d3c-8b2a-190817263544", Mounts: []string{"[SWAP]"}}},
			}}},
			{Number: 3, Start: 35*gib + mib, Size: size - 35*gib - 2*mib, Type: typeLinux, UUID: "29f6e4c8-05b1-4a7d-9e38-b3c07d5a1f86", Label: "cryptroot", Lies: Lies{Kind: "crypto_LUKS", Version: "2", UUID: "7c1e9f34-2d80-4b5a-96c3-e8f4a0b7d125", Made: []Made{
				{Name: "cryptroot", Kernel: "dm-0", Type: "crypt", UUID: "CRYPT-LUKS2-7c1e9f342d804b5a96c3e8f4a0b7d125-cryptroot", Size: size - 35*gib - 18*mib, Lies: Lies{Kind: "btrfs", Label: "nixos", UUID: "bf20d6e1-7a43-4c98-8b5d-03e1f9c7a264", Used: 211_106_000_000}},
			}}},
		},
	})
	for _, one := range []struct{ within, place, options string }{
		{"@root", "/", "compress=zstd:1,"}, {"@home", "/home", "compress=zstd:1,"}, {"@nix", "/nix", "compress=zstd:1,"}, {"@log", "/var/log", "compress=zstd:1,"}, {"@swap", "/swap", ""},
	} {
		m.Subvolume(opened, one.within, one.place, one.options)
	}
	m.Bind(opened, "@nix", "store", "/nix/store")
	m.swaps = append(m.swaps, "/swap/swapfile                          file\t\t8388604\t\t0\t\t-3\n")
	m.Link("/sys/fs/btrfs/bf20d6e1-7a43-4c98-8b5d-03e1f9c7a264/devices/dm-0", "/sys/devices/virtual/block/dm-0")
	return m
}

// nas runs NixOS from an ext4 on md and keeps a pool of ZFS on two disks, of
// which one is failing.
func nas() *Machine {
	m := New("pantry", kernel)
	m.CPU("AuthenticAMD", "AMD Ryzen 5 PRO 4650G with Radeon Graphics", "0x8600109", amdFlags, 12)
	m.Memory(65_011_712)
	m.DMI("ASUS", "System Product Name", "System Version", "PRO A520M-C II", "3")
	m.UEFI(false, false, "Linux Boot Manager")
	m.Clock(1_765_000_000)
	m.Sensor(0, "drivetemp", "", 41, 70)
	m.Sensor(1, "drivetemp", "", 71, 70)
	const root = "pci0000:00/"
	m.PCI(root+"0000:00:08.1/0000:05:00.0", "030000", "1002:1636", "amdgpu", "Advanced Micro Devices, Inc. [AMD/ATI]", "Renoir [Radeon Vega Series / Radeon Vega Mobile Series]")
	m.PCI(root+"0000:00:08.2/0000:06:00.0", "010601", "1022:7901", "ahci", "Advanced Micro Devices, Inc. [AMD]", "FCH SATA Controller [AHCI mode]")
	m.PCI(root+"0000:00:02.1/0000:02:00.0", "020000", "10ec:8168", "r8169", "Realtek Semiconductor Co., Ltd.", "RTL8111/8168/8211/8411 PCI Express Gigabit Ethernet Controller")
	m.Loopback()
	m.Net(root+"0000:00:02.1/0000:02:00.0", "enp2s0", "00:00:5e:00:53:71", true, -1)
	m.Route("enp2s0")
	m.File("/etc/os-release", "ID=nixos\nNAME=NixOS\nPRETTY_NAME=\"NixOS 25.11 (Xantusia)\"\nVERSION_ID=\"25.11\"\n")
	m.File("/etc/NIXOS", "")
	m.File("/proc/cmdline", "init=/nix/store/x/init root=fstab\n")
	m.File("/tools/smartctl-sdc.json", `{"failing": false, "wear": 0, "reason": "", "known": true}`+"\n")
	m.File("/tools/smartctl-sdd.json", `{"failing": true, "wear": 0, "reason": "its own test says that it is failing", "known": true}`+"\n")

	array := Made{Name: "md127", Kernel: "md127", Type: "raid1", Size: 239 * gib, Lies: Lies{Kind: "ext4", Version: "1.0", UUID: "05c8d7f1-e34a-4b96-8f20-a1d9c6e57b38", Used: 41_203_916_800, Mounts: []string{"/"}}}
	for i, disk := range []struct{ name, serial, table, esp, raid, volume string }{
		{"sda", "2013E2987001", "a9b1c3d5-0e27-4f49-8a6b-7c8d9e0f1a2b", "c0ffee10-47a8-4b2d-93e1-5f60718293a4", "10fe32dc-54ba-4876-9a0b-c1d2e3f40516", "0AF1-22B3"},
		{"sdb", "2013E2987002", "b8c0d2e4-1f36-4a58-9b7c-6d5e4f3a2b1c", "c0ffee11-47a8-4b2d-93e1-5f60718293a5", "10fe32dd-54ba-4876-9a0b-c1d2e3f40517", "0AF1-22B4"},
	} {
		esp := Lies{Kind: "vfat", Version: "FAT32", UUID: disk.volume, Mounts: []string{[]string{"/boot", "/boot-mirror"}[i]}, Used: 120_586_240}
		m.Disk(Disk{
			Name: disk.name, At: root + "0000:00:08.2/0000:06:00.0/" + ata(i), Model: "CT250MX500SSD1", Serial: disk.serial, Size: 250059350016, Physical: 4096, Table: "gpt", TableUUID: disk.table,
			Parts: []Part{
				{Number: 1, Start: mib, Size: gib, Type: typeESP, UUID: disk.esp, Lies: esp},
				{Number: 2, Start: gib + mib, Size: 231 * gib, Type: typeRAID, UUID: disk.raid, Lies: Lies{Kind: "linux_raid_member", Version: "1.2", Label: "pantry:root", UUID: "9b3e7c10-5d2f-4a86-b1c4-e0f8a6d73952", Made: []Made{array}}},
			},
		})
	}
	for i, disk := range []struct{ name, serial, part string }{{"sdc", "ZR50A1B2", "3f0e1d2c-4b5a-4697-8879-0a1b2c3d4e5f"}, {"sdd", "ZR50A1B3", "4e1f2d3c-5a4b-4786-9768-1b0a3d2c5f4e"}} {
		m.Disk(Disk{
			Name: disk.name, At: root + "0000:00:08.2/0000:06:00.0/" + ata(i+2), Model: "ST8000VN004-2M2101", Serial: disk.serial, Size: 8001563222016, Physical: 4096, Rotational: true,
			Table: "gpt", TableUUID: "5d2e0f4a-7b6c-4895-a687-2c1d4e3f6a0" + string('b'+rune(i)),
			Parts: []Part{{Number: 1, Start: mib, Size: 8001552744448, Type: typeZFS, UUID: disk.part, Label: "zfs-" + disk.part[:8], Lies: Lies{Kind: "zfs_member", Version: "5000", Label: "tank", UUID: "14210871650432715093"}}},
		})
	}
	m.ZFS("tank", map[string]string{"tank/media": "/srv/media", "tank/home": "/home"}, "tank/home")
	return m
}
