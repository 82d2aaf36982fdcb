package machine

// server is an installed Debian on md and LVM, with every disk but one in
// use.
func server() *Machine {
	m := New("store", "6.1.0-40-amd64")
	m.CPU("GenuineIntel", "Intel(R) Xeon(R) E-2236 CPU @ 3.40GHz", "0xfa", intelFlags, 12)
	m.Memory(32_784_128)
	m.DMI("Supermicro", "Super Server", "0123456789", "X11SCL-F", "17")
	m.UEFI(false, false, "debian", "UEFI: Built-in EFI Shell")
	const root = "pci0000:00/"
	m.PCI(root+"0000:00:17.0", "010601", "8086:a352", "ahci", "Intel Corporation", "Cannon Lake PCH SATA AHCI Controller")
	m.PCI(root+"0000:00:1b.4/0000:02:00.0/0000:03:00.0", "030000", "1a03:2000", "ast", "ASPEED Technology, Inc.", "ASPEED Graphics Family")
	m.PCI(root+"0000:00:1d.0/0000:04:00.0", "020000", "8086:1533", "igb", "Intel Corporation", "I210 Gigabit Network Connection")
	m.Loopback()
	m.Net(root+"0000:00:1d.0/0000:04:00.0", "eno1", "00:00:5e:00:53:41", true, -1)
	m.Route("eno1")
	m.File("/etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n")
	m.File("/proc/cmdline", "BOOT_IMAGE=/vmlinuz-6.1.0-40-amd64 root=/dev/mapper/vg0-root ro quiet\n")
	m.File("/etc/adjtime", "0.000000 1733400000 0.000000\n1733400000\nLOCAL\n")
	m.Clock(1_765_000_000)
	m.Swap(8_388_604)
	m.File("/etc/default/locale", "LANG=de_DE.UTF-8\n")
	m.File("/etc/default/keyboard", "XKBMODEL=\"pc105\"\nXKBLAYOUT=\"de\"\nXKBVARIANT=\"nodeadkeys\"\n")
	m.links["/etc/localtime"] = "/usr/share/zoneinfo/Europe/Berlin"

	volumes := Lies{Kind: "LVM2_member", Version: "LVM2 001", UUID: "Qm3xTz-4Kd1-v9aP-Lw7e-0RsB-yUf2-HcN8oG", Made: []Made{
		{Name: "vg0-root", Kernel: "dm-0", Type: "lvm", UUID: "LVM-8sKd02mPqLzX7vBnYw3cTgRf5hJ1aE6uNdQm3xTz4Kd1v9aPLw7e0RsByUf2HcN8", Size: 100 * gib, Lies: Lies{Kind: "ext4", Version: "1.0", UUID: "b7d0e5a1-93c4-4f26-8a1b-0c5f6e2d7948", Used: 31_138_512_896, Mounts: []string{"/"}}},
		{Name: "vg0-swap", Kernel: "dm-1", Type: "lvm", UUID: "LVM-8sKd02mPqLzX7vBnYw3cTgRf5hJ1aE6uPx0yW5nJ7rQ2kV4bZ8sL1dF6gH3tM9cA", Size: 8 * gib, Lies: Lies{Kind: "swap", Version: "1", UUID: "1f8e3c6b-5a72-4d09-b4e6-7c0d9a2f5b31", Mounts: []string{"[SWAP]"}}},
	}}
	m.File("/tools/group-md127.json", `"vg0"`+"\n")
	array := Made{Name: "md127", Kernel: "md127", Type: "raid1", Size: 1_999_262_515_200, Lies: volumes}
	member := func(label string) Lies {
		return Lies{Kind: "linux_raid_member", Version: "1.2", Label: label, UUID: "4e2c9f70-8b15-d36a-07e4-f1a9c6b3528d", Made: []Made{array}}
	}
	const size = 2000398934016
	for i, disk := range []struct{ name, serial, wwn, table, esp, raid, volume string }{
		{"sda", "WD-WMAYP1234561", "0x50014ee2b5d3a1c7", "5d9e0b3a-c761-4f82-a0d4-3b8e6f1c9275", "e0c5a7d9-2f31-4b86-9d0e-61f4b8a3c752", "18b7f2e4-6a90-4c3d-8e57-d05c9b1a7f36", "94AD-0E37"},
		{"sdb", "WD-WMAYP1234562", "0x50014ee2b5d3a1c8", "b21f6c8d-04e9-4a57-83bf-9c7d2e50a164", "6a3d8f12-b7c0-4e95-a1f6-0d9e5c27b843", "c7f05b9e-3d28-41a6-b94f-8e16a2d7c053", "94AD-0E38"},
	} {
		esp := Lies{Kind: "vfat", Version: "FAT32", UUID: disk.volume}
		if i == 0 {
			esp.Mounts, esp.Used = []string{"/boot/efi"}, 6_127_616
			m.File("/boot/efi/EFI/debian/grub.cfg", "search.fs_uuid b7d0e5a1-93c4-4f26-8a1b-0c5f6e2d7948 root\n")
			m.File("/boot/efi/EFI/BOOT/fbx64.efi", "MZ")
		}
		m.Disk(Disk{
			Name: disk.name, At: root + "0000:00:17.0/" + ata(i), Model: "WDC WD2003FYYS-02W0B0", Serial: disk.serial, WWN: disk.wwn,
			Size: size, Rotational: true, Table: "gpt", TableUUID: disk.table,
			Parts: []Part{
				{Number: 1, Start: mib, Size: 512 * mib, Type: typeESP, UUID: disk.esp, Lies: esp},
				{Number: 2, Start: 513 * mib, Size: size - 514*mib, Type: typeRAID, UUID: disk.raid, Lies: member("store:0")},
			},
		})
	}
	m.Disk(Disk{
		Name: "sdc", At: root + "0000:00:17.0/" + ata(2), Model: "ST4000DM004-2CV104", Serial: "ZFN0A1B2", WWN: "0x5000c500b1c2d3e4",
		Size: 4000787030016, Physical: 4096, Rotational: true, Table: "gpt", TableUUID: "8c0f4e7a-51d2-43b9-a6e8-2d7b9f3c1056",
		Parts: []Part{{Number: 1, Start: mib, Size: 4000785104896, Type: typeLVM, UUID: "f3a9d6c0-7e14-4b58-92cd-a0b5e8176f43", Lies: Lies{
			Kind: "LVM2_member", Version: "LVM2 001", UUID: "aB3dE5-fG7h-I9jK-1lMn-O3pQ-5rSt-U7vWxY",
			Made: []Made{{Name: "vg1-data", Kernel: "dm-2", Type: "lvm", UUID: "LVM-aB3dE5fG7hI9jK1lMnO3pQ5rStU7vWxYkL0mN2oP4qR6sT8uV0wX2yZ4aB6cD8e", Size: 3000 * gib, Lies: Lies{Kind: "xfs", UUID: "2d6f0c9b-8e41-4a73-b5d8-f91c7e30a624", Used: 1_204_918_231_040, Mounts: []string{"/srv"}}}},
		}}},
	})
	m.Disk(Disk{
		Name: "sdd", At: root + "0000:00:17.0/" + ata(3), Model: "CT1000MX500SSD1", Serial: "2013E298798B", WWN: "0x500a0751e298798b",
		Size: 1000204886016, Physical: 4096,
		Lies: Lies{Kind: "crypto_LUKS", Version: "2", UUID: "0b5e8d72-c4f9-4160-a37d-9e2c6b1f8054", Made: []Made{
			{Name: "backup", Kernel: "dm-3", Type: "crypt", UUID: "CRYPT-LUKS2-0b5e8d72c4f94160a37d9e2c6b1f8054-backup", Size: 1000188108800, Lies: Lies{Kind: "btrfs", Label: "backup", UUID: "61c8f0a3-d72e-4b95-8f14-c05a9e6d3b72"}},
		}},
	})
	m.File("/sys/fs/btrfs/61c8f0a3-d72e-4b95-8f14-c05a9e6d3b72/label", "backup\n")
	m.Disk(Disk{
		Name: "sde", At: root + "0000:00:17.0/" + ata(4), Model: "TOSHIBA HDWG180", Serial: "X0A1F2G3H4", WWN: "0x5000039a1b2c3d4e",
		Size: 8001563222016, Physical: 4096, Rotational: true, Ends: "plain dm-crypt, which no probe knows",
	})
	return m
}

// ata is the place of the disk on that port of an AHCI controller.
func ata(port int) string {
	return []string{
		"ata1/host0/target0:0:0/0:0:0:0", "ata2/host1/target1:0:0/1:0:0:0", "ata3/host2/target2:0:0/2:0:0:0",
		"ata4/host3/target3:0:0/3:0:0:0", "ata5/host4/target4:0:0/4:0:0:0", "ata6/host5/target5:0:0/5:0:0:0",
	}[port]
}
