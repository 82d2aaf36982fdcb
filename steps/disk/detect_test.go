package disk

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// TestHoldersOfOneAndTen has a partition in use whose name begins as that of
// another one does.
func TestHoldersOfOneAndTen(t *testing.T) {
	for _, mounted := range []int{1, 10} {
		disks := detectOn(t, func(m *machine.Machine) {
			one := machine.Disk{Name: "sda", At: "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", Model: "A", Serial: "1", Size: 1 << 40, Table: "gpt"}
			for _, number := range []int{1, 10} {
				part := machine.Part{Number: number, Start: uint64(number) << 30, Size: 1 << 30, Lies: machine.Lies{Kind: "ext4"}}
				if number == mounted {
					part.Lies.Mounts = []string{"/home"}
				}
				one.Parts = append(one.Parts, part)
			}
			m.Disk(one)
		}).Disks
		for _, part := range disks[0].Partitions {
			if held := len(part.Holders) > 0; held != (part.Number == mounted) {
				t.Errorf("%d is mounted, and %s is held by %v", mounted, part.Name, part.Holders)
			}
		}
	}
}

// TestEndlessHolders has devices that are made of each other, which cannot
// be and must not hang.
func TestEndlessHolders(t *testing.T) {
	if testing.Short() {
		t.Skip("more devices than any machine has: not in the inner loop")
	}
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
