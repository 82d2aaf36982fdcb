package disk

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

func TestLiveMedium(t *testing.T) {
	for name, test := range map[string]struct {
		line string
		lies machine.Lies
		want bool
	}{
		"mounted":              {"", machine.Lies{Kind: "iso9660", Mounts: []string{"/iso"}}, true},
		"mounted by Debian":    {"", machine.Lies{Kind: "vfat", Mounts: []string{"/run/live/medium"}}, true},
		"copied to memory":     {"root=LABEL=NIXOS_ISO copytoram", machine.Lies{Kind: "iso9660", Label: "NIXOS_ISO"}, true},
		"by UUID":              {"root=UUID=1980-01-01-00-00-00-00", machine.Lies{Kind: "iso9660", UUID: "1980-01-01-00-00-00-00"}, true},
		"dracut's escaped":     {`root=live:CDLABEL=Fedora\x20WS`, machine.Lies{Kind: "iso9660", Label: "Fedora WS"}, true},
		"another image":        {"root=LABEL=NIXOS_ISO", machine.Lies{Kind: "iso9660", Label: "OTHER"}, false},
		"an installed root":    {"root=LABEL=nixos", machine.Lies{Kind: "ext4", Label: "nixos", Mounts: []string{"/"}}, false},
		"no label on any side": {"quiet", machine.Lies{Kind: "iso9660"}, false},
	} {
		facts := detectOn(t, func(m *machine.Machine) {
			m.File("/proc/cmdline", test.line+"\n")
			m.Disk(machine.Disk{Name: "nvme0n1", At: "pci0000:00/0000:00:06.0/0000:04:00.0", Model: "A", Serial: "1", Size: 1 << 40, Lies: test.lies})
		})
		if got := facts.Disks[0].LiveMedium; got != test.want || (facts.Live.Medium == "nvme-A_1") != test.want {
			t.Errorf("%s: got %v, medium %q", name, got, facts.Live.Medium)
		}
	}
}

func TestSystems(t *testing.T) {
	parts := func(list ...machine.Part) []machine.Part {
		for i := range list {
			list[i].Number, list[i].Start, list[i].Size = i+1, uint64(i+1)<<30, 1<<30
		}
		return list
	}
	for name, test := range map[string]struct {
		parts []machine.Part
		want  []string
	}{
		"Windows with BitLocker": {parts(machine.Part{Type: typeMicrosoftReserve}, machine.Part{Lies: machine.Lies{Kind: "BitLocker"}}, machine.Part{Type: typeWindowsRecovery, Lies: machine.Lies{Kind: "ntfs"}}), []string{"", "Windows", ""}},
		"Windows without":        {parts(machine.Part{Type: typeMicrosoftReserve}, machine.Part{Lies: machine.Lies{Kind: "ntfs"}}), []string{"", "Windows"}},
		"old Windows":            {parts(machine.Part{Lies: machine.Lies{Kind: "ntfs", Label: "System Reserved"}}, machine.Part{Lies: machine.Lies{Kind: "ntfs"}}), []string{"Windows", "Windows"}},
		"a disk of data":         {parts(machine.Part{Lies: machine.Lies{Kind: "ntfs", Label: "Photos"}}), []string{""}},
		"a Mac":                  {parts(machine.Part{Type: typeESP, Lies: machine.Lies{Kind: "vfat"}}, machine.Part{Type: typeAppleAPFS, Lies: machine.Lies{Kind: "apfs"}}), []string{"", "macOS"}},
		"Linux by its type":      {parts(machine.Part{Type: typeRootARM, Lies: machine.Lies{Kind: "ext4"}}), []string{"Linux"}},
		"mounted":                {parts(machine.Part{Lies: machine.Lies{Kind: "ext4", Mounts: []string{"/mnt/old"}}}), []string{"NixOS 24.05 (Uakari)"}},
		"a mounted ESP":          {parts(machine.Part{Type: typeESP, Lies: machine.Lies{Kind: "vfat", Mounts: []string{"/boot"}}}), []string{"Windows, systemd-boot, ubuntu"}},
	} {
		facts := detectOn(t, func(m *machine.Machine) {
			m.File("/mnt/old/etc/os-release", "NAME=NixOS\nPRETTY_NAME=\"NixOS 24.05 (Uakari)\"\n")
			for _, loader := range []string{"BOOT/BOOTX64.EFI", "Microsoft/Boot/bootmgfw.efi", "systemd/systemd-bootx64.efi", "ubuntu/grubx64.efi"} {
				m.File("/boot/EFI/"+loader, "MZ")
			}
			m.Disk(machine.Disk{Name: "nvme0n1", At: "pci0000:00/0000:00:06.0/0000:04:00.0", Model: "A", Serial: "1", Size: 1 << 40, Table: "gpt", Parts: test.parts})
		})
		var got []string
		for _, part := range facts.Disks[0].Partitions {
			got = append(got, part.Content.System)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestWearOfCard(t *testing.T) {
	for _, test := range []struct {
		life, spare string
		wear        int
		health      string
	}{
		{"0x02 0x01", "0x01", 20, ""},
		{"0x00 0x00", "0x00", 0, ""},
		{"0x0a 0x03", "0x02", 100, "80 %"},
		{"0x0b 0x0b", "0x03", 100, "near its end"},
		{"0x0b 0x01", "0x01", 100, "outlived"},
		{"0xff 0x0c", "", 0, ""},
		{"", "", 0, ""},
		{"nonsense 0x1 0xgg", "5", 0, ""},
	} {
		disks := detectOn(t, func(m *machine.Machine) {
			m.Disk(machine.Disk{
				Name: "mmcblk0", At: "pci0000:00/0000:00:1a.0", Model: "A", Serial: "0x1", Size: 1 << 36,
				Extra: map[string]string{"life_time": test.life, "pre_eol_info": test.spare},
			})
		}).Disks
		if got := disks[0]; got.Wear != test.wear || !strings.Contains(got.Health, test.health) || (got.Health == "") != (test.health == "") {
			t.Errorf("%q %q: got %d, %q", test.life, test.spare, got.Wear, got.Health)
		}
	}
}

// TestNamesOfStrangers has a stick whose maker wrote more than a name: what
// goes to a screen must not command it.
func TestNamesOfStrangers(t *testing.T) {
	for _, lsblk := range []bool{true, false} {
		disks := detectOn(t, func(m *machine.Machine) {
			m.Lsblk = lsblk
			m.Disk(machine.Disk{
				Name: "sdb", At: "pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/host6/target6:0:0/6:0:0:0", Model: "Evil \x1b[2J\x1b[31m", Serial: "1\x07\n2", Size: 1 << 30, Table: "gpt",
				Parts: []machine.Part{{Number: 1, Start: 1 << 20, Size: 1 << 20, Label: "a\x1b]0;b", Lies: machine.Lies{Kind: "vfat", Label: "c\x1b[Hd"}}},
			})
		}).Disks
		text, err := json.Marshal(disks)
		if err != nil || len(disks) != 1 {
			t.Fatalf("%d disks, %v", len(disks), err)
		}
		if strings.Contains(string(text), `\u00`) {
			t.Errorf("lsblk %v: control characters are left: %s", lsblk, text)
		}
	}
}
