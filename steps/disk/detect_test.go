package disk

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

// detectAt detects the disks of the machine in that folder.
func detectAt(runner run.Runner) steps.Facts {
	var facts steps.Facts
	Step{}.Detect(context.Background(), runner)(&facts)
	return facts
}

// detectOn detects the disks of a machine that is described here.
func detectOn(t *testing.T, describe func(*machine.Machine)) steps.Facts {
	t.Helper()
	m := machine.New("host", "6.12.60")
	describe(m)
	root := t.TempDir()
	if err := m.Write(root); err != nil {
		t.Fatal(err)
	}
	return detectAt(run.NewReal(root, nil))
}

// without is a machine whose lsblk does not answer, and of which no answer of
// it was recorded.
type without struct {
	run.Runner
	lsblk func() (run.Result, error)
}

func (w without) ReadFile(name string) ([]byte, error) {
	if name == "/tools/lsblk.json" {
		return run.NewFiles("/nonexistent").ReadFile(name)
	}
	return w.Runner.ReadFile(name)
}

func (w without) Run(context.Context, run.Command) (run.Result, error) { return w.lsblk() }

// TestSysTellsTheSame detects every machine with lsblk and without: what
// udev and /sys say must come to the same.
func TestSysTellsTheSame(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(machine.Recorded())) {
		t.Run(name, func(t *testing.T) {
			real := run.NewReal(filepath.Join("../../tests/machines", name), nil)
			with := detectAt(real).Disks
			lacking := detectAt(without{Runner: real, lsblk: func() (run.Result, error) { return run.Result{}, errors.New("no lsblk") }})
			if len(with) > 0 && !absentIn(lacking, "lsblk", "no lsblk") {
				t.Errorf("nobody said that lsblk is missing: %v", lacking.Absent)
			}
			// Only lsblk knows how full a file system is.
			for _, disks := range [][]steps.Disk{with, lacking.Disks} {
				for i := range disks {
					for j := range disks[i].Partitions {
						disks[i].Partitions[j].Content.Used = 0
					}
				}
			}
			if diff := cmp.Diff(with, lacking.Disks); diff != "" {
				t.Errorf("(-with lsblk +without):\n%s", diff)
			}
		})
	}
}

func absentIn(facts steps.Facts, probe, reason string) bool {
	return slices.ContainsFunc(facts.Absent, func(one steps.Absence) bool {
		return one.Probe == probe && strings.Contains(one.Reason, reason)
	})
}

// TestHungDisk has an lsblk that waits for a dead disk and cannot be killed.
func TestHungDisk(t *testing.T) {
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	runner := without{
		Runner: run.NewReal("../../tests/machines/desktop-two-nvme", nil),
		lsblk:  func() (run.Result, error) { <-forever; return run.Result{}, nil },
	}
	finding, err := look(t.Context(), runner, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	var facts steps.Facts
	finding(&facts)
	if len(facts.Disks) != 3 || !absentIn(facts, "lsblk", "no answer within 1.2ms") {
		t.Errorf("got %d disks, absent: %v", len(facts.Disks), facts.Absent)
	}
}

// TestNothingIsInvented has nothing to look at.
func TestNothingIsInvented(t *testing.T) {
	facts := detectAt(run.NewReal(t.TempDir(), nil))
	if len(facts.Disks) != 0 || !absentIn(facts, "disks", "no disk was found") || !absentIn(facts, "lsblk", "/sys/block does not exist here") {
		t.Errorf("an empty record: %+v", facts)
	}
	facts = detectOn(t, func(m *machine.Machine) { m.Lsblk = false; m.File("/tools/lsblk.json", "{") })
	if len(facts.Disks) != 0 || !absentIn(facts, "lsblk", "unexpected end") {
		t.Errorf("a broken answer of lsblk: %+v", facts)
	}
}

// TestOnlyLsblk has a record that holds nothing else.
func TestOnlyLsblk(t *testing.T) {
	root := t.TempDir()
	if err := run.NewFiles(root).MkdirAll("/tools", 0o755); err != nil {
		t.Fatal(err)
	}
	const text = `{"blockdevices": [
		{"name":"loop0","type":"loop","size":1000},
		{"name":"fd0","type":"disk","size":4096},
		{"name":"zram0","type":"disk","size":4294967296},
		{"name":"sdx","type":"disk","size":0},
		{"name":"mmcblk0boot0","type":"disk","size":4194304},
		{"name":"nvme10n1","type":"disk","size":2000,"model":"A b/c","serial":"S 1"},
		{"name":"nvme2n1","type":"disk","size":1000,"log-sec":4096,"phy-sec":4096,"children":[{"name":"nvme2n1p12","type":"part","size":512,"start":8}]}
	]}`
	if err := run.NewFiles(root).WriteFile("/tools/lsblk.json", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	disks := detectAt(run.NewReal(root, nil)).Disks
	if len(disks) != 2 || disks[0].Name != "nvme2n1" || disks[1].Name != "nvme10n1" {
		t.Fatalf("got %+v", disks)
	}
	if disks[1].ID != "nvme-A_b_c_S_1" || disks[1].Transport != "nvme" || disks[1].LogicalSize != 512 {
		t.Errorf("the second: %+v", disks[1])
	}
	if part := disks[0].Partitions[0]; part.Number != 12 || part.Start != 4096 {
		t.Errorf("its start counts in sectors of 512, whatever the disk has: %+v", part)
	}
}

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

func TestHolders(t *testing.T) {
	const ata = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0"
	disks := detectOn(t, func(m *machine.Machine) {
		m.Disk(machine.Disk{Name: "sda", At: ata, Model: "A", Serial: "1", Size: 1 << 40, Table: "gpt", Parts: []machine.Part{
			{Number: 1, Start: 1 << 20, Size: 1 << 30, Lies: machine.Lies{Kind: "swap", Mounts: []string{"[SWAP]"}}},
			{Number: 2, Start: 2 << 30, Size: 1 << 30, Lies: machine.Lies{Kind: "btrfs", UUID: "aa"}},
			{Number: 3, Start: 3 << 30, Size: 1 << 30, Lies: machine.Lies{Kind: "zfs_member", Label: "tank"}},
			{Number: 4, Start: 4 << 30, Size: 1 << 30, Lies: machine.Lies{Kind: "zfs_member", Label: "cold"}},
			{Number: 5, Start: 5 << 30, Size: 1 << 30, Lies: machine.Lies{Kind: "crypto_LUKS", Made: []machine.Made{
				{Name: "cryptroot", Kernel: "dm-0", Type: "crypt", UUID: "CRYPT-LUKS2-1-cryptroot", Lies: machine.Lies{Kind: "ext4", Mounts: []string{"/", "/my data"}}},
			}}},
		}})
		// The second member of a mounted btrfs is in use without a mount of
		// its own, and so is the member of an imported pool.
		m.Link("/sys/fs/btrfs/aa/devices/sda2", "/sys/devices/"+ata+"/block/sda/sda2")
		m.File("/proc/spl/kstat/zfs/tank/state", "ONLINE\n")
	}).Disks
	want := [][]string{
		{"swap"},
		{"btrfs aa"},
		{"ZFS pool tank"},
		nil,
		{"opened by dm-crypt as cryptroot", "mounted at / through cryptroot", "mounted at /my data through cryptroot"},
	}
	var all []string
	for i, part := range disks[0].Partitions {
		if diff := cmp.Diff(want[i], part.Holders); diff != "" {
			t.Errorf("%s:\n%s", part.Name, diff)
		}
		all = append(all, want[i]...)
	}
	if diff := cmp.Diff(all, disks[0].Holders); diff != "" {
		t.Errorf("the whole disk:\n%s", diff)
	}
}

// TestEndlessHolders has devices that are made of each other, which cannot
// be and must not hang.
func TestEndlessHolders(t *testing.T) {
	disks := detectOn(t, func(m *machine.Machine) {
		m.Lsblk = false
		m.Disk(machine.Disk{Name: "sda", At: "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", Model: "A", Serial: "1", Size: 1 << 40, Lies: machine.Lies{
			Kind: "LVM2_member", Made: []machine.Made{{Name: "a", Kernel: "dm-0", Type: "lvm", UUID: "LVM-x"}},
		}})
		m.Link("/sys/devices/virtual/block/dm-0/holders/dm-0", "/sys/devices/virtual/block/dm-0")
	}).Disks
	if len(disks) != 1 || !slices.Contains(disks[0].Holders, "LVM volume a") {
		t.Errorf("got %+v", disks)
	}
}

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
			m.Disk(machine.Disk{Name: "mmcblk0", At: "pci0000:00/0000:00:1a.0", Model: "A", Serial: "0x1", Size: 1 << 36,
				Extra: map[string]string{"life_time": test.life, "pre_eol_info": test.spare}})
		}).Disks
		if got := disks[0]; got.Wear != test.wear || !strings.Contains(got.Health, test.health) || (got.Health == "") != (test.health == "") {
			t.Errorf("%q %q: got %d, %q", test.life, test.spare, got.Wear, got.Health)
		}
	}
}

// TestTableHash changes with everything that a partition is, and with nothing
// that one boot makes of it.
func TestTableHash(t *testing.T) {
	base := detectAt(run.NewReal("../../tests/machines/windows-gap", nil)).Disks[0]
	clone := func() steps.Disk {
		disk := base
		disk.Partitions = slices.Clone(base.Partitions)
		return disk
	}
	for name, change := range map[string]func(*steps.Disk){
		"added":     func(d *steps.Disk) { d.Partitions = append(d.Partitions, steps.Partition{Number: 9}) },
		"removed":   func(d *steps.Disk) { d.Partitions = d.Partitions[1:] },
		"moved":     func(d *steps.Disk) { d.Partitions[2].Start += 512 },
		"resized":   func(d *steps.Disk) { d.Partitions[2].Size -= 512 },
		"retyped":   func(d *steps.Disk) { d.Partitions[2].TypeGUID = typeESP },
		"renamed":   func(d *steps.Disk) { d.Partitions[2].Label = "x" },
		"formatted": func(d *steps.Disk) { d.Partitions[2].Content = steps.Content{Kind: "ext4", UUID: "1"} },
		"new table": func(d *steps.Disk) { d.TableUUID = "1" },
	} {
		disk := clone()
		change(&disk)
		if TableHash(disk) == base.TableHash {
			t.Errorf("%s: the hash is the same", name)
		}
	}
	same := clone()
	slices.Reverse(same.Partitions)
	same.Name = "sdq"
	for i := range same.Partitions {
		same.Partitions[i].Name, same.Partitions[i].Content.Used, same.Partitions[i].Holders = "sdq1", 5, []string{"mounted at /"}
		same.Partitions[i].PartUUID = strings.ToUpper(same.Partitions[i].PartUUID)
	}
	if TableHash(same) != base.TableHash {
		t.Error("another kernel name, order or use changed the hash")
	}
}

// TestTableHashSeparates has texts that run into each other where nothing
// stands between them.
func TestTableHashSeparates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`["\\ a\n]{0,4}`)
		one := steps.Disk{Partitions: []steps.Partition{{Label: text.Draw(t, "label"), Content: steps.Content{Kind: text.Draw(t, "kind")}}}}
		other := steps.Disk{Partitions: []steps.Partition{{Label: text.Draw(t, "label"), Content: steps.Content{Kind: text.Draw(t, "kind")}}}}
		equal := cmp.Equal(one, other)
		if (TableHash(one) == TableHash(other)) != equal {
			t.Fatalf("equal %v, and hashes say otherwise: %+v, %+v", equal, one, other)
		}
	})
}

func TestNaturally(t *testing.T) {
	names := []string{"sdaa", "nvme10n1", "sdb", "vda", "nvme2n1", "sda", "mmcblk0"}
	slices.SortFunc(names, naturally)
	if diff := cmp.Diff([]string{"mmcblk0", "nvme2n1", "nvme10n1", "sda", "sdb", "sdaa", "vda"}, names); diff != "" {
		t.Error(diff)
	}
}

// FuzzDetect feeds detection what lsblk might print: no answer may stop it,
// and none may make a disk of no size or of memory.
func FuzzDetect(f *testing.F) {
	f.Add([]byte(`{"blockdevices":[{"name":"sda","type":"disk","size":1000,"children":[{"name":"sda1","type":"part","size":1},{"name":"x","type":"crypt"}]}]}`))
	f.Add([]byte(`{"blockdevices":[{"name":"../../etc","type":"disk","size":"9","maj:min":"../x"}]}`))
	reader := run.NewReal(f.TempDir(), nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := tools.ParseLsblk(data)
		if err != nil {
			return
		}
		disks := readTree(reader, rows).disks()
		markMedium(reader, disks)
		markSystems(reader, disks)
		for _, disk := range disks {
			if disk.Size == 0 || !isDisk(disk.Name) || len(TableHash(disk)) != 64 {
				t.Errorf("a disk that cannot be: %+v", disk)
			}
		}
	})
}

// esp is a partition of 100 MiB that lsblk found and nobody mounted.
const esp = `{"blockdevices":[{"name":"nvme0n1","type":"disk","size":1073741824,"serial":"S1","model":"M","pttype":"gpt","children":[
	{"name":"nvme0n1p1","type":"part","size":104857600,"fstype":"vfat","parttype":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b"}]}]}`

// fatImage is the head of a file system that mkfs.fat made, with the folders
// of Windows and systemd-boot in it.
func fatImage(t *testing.T) string {
	t.Helper()
	packed, err := os.Open("../tools/testdata/fat/fat32-100M.img.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	reader, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	head, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(head)
}

// TestDisksAnswerForThemselves runs the programs as on a real machine: the
// room on an ESP and the wear of a disk are read without mounting anything.
func TestDisksAnswerForThemselves(t *testing.T) {
	fake := run.NewFake(
		run.Expected{Argv: tools.Lsblk("/"), Stdout: esp},
		run.Expected{Argv: tools.ReadHead("/dev/nvme0n1p1"), Stdout: fatImage(t), Any: true},
		// Its status says what is wrong with the disk, not that it failed.
		run.Expected{Argv: tools.Smartctl("/dev/nvme0n1"), Status: 64, Any: true,
			Stdout: `{"nvme_smart_health_information_log":{"critical_warning":1,"percentage_used":97}}`},
	)
	facts := detectAt(fake)
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
	got := facts.Disks[0]
	if content := got.Partitions[0].Content; content.Used < 300000 || content.Used > 400000 || content.System != "Linux Mint 22, Windows, systemd-boot" {
		t.Errorf("the ESP: %+v", content)
	}
	if got.Wear != 97 || got.Health != "its spare blocks are nearly used up" || len(facts.Absent) != 0 {
		t.Errorf("wear %d, health %q, absent %v", got.Wear, got.Health, facts.Absent)
	}
}

func TestDisksThatDoNotAnswer(t *testing.T) {
	fake := run.NewFake(
		run.Expected{Argv: tools.Lsblk("/"), Stdout: esp},
		run.Expected{Argv: tools.ReadHead("/dev/nvme0n1p1"), Status: 1, Stderr: "dd: failed to open '/dev/nvme0n1p1': Permission denied", Any: true},
	).Without("smartctl")
	facts := detectAt(fake)
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
	if got := facts.Disks[0]; got.Partitions[0].Content.Used != 0 || got.Wear != 0 || got.Health != "" {
		t.Errorf("something was made up: %+v", got)
	}
	if !absentIn(facts, "room on EFI system partitions: nvme0n1p1", "Permission denied") || !absentIn(facts, "health of disks: nvme0n1", "there is no program smartctl") {
		t.Errorf("absent: %v", facts.Absent)
	}
}
