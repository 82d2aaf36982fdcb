package disk_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

var updateGolden = flag.Bool("update", false, "write the golden files")

// golden compares text with testdata/NAME.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *updateGolden {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s differs (-want +got); -update writes it anew:\n%s", file, diff)
	}
}

const (
	mib = uint64(1) << 20
	gib = uint64(1) << 30
)

// zeroEnds is the hash of two MiB of zeros: the ends of a disk that nothing
// was written to.
var zeroEnds = fmt.Sprintf("%x", sha256.Sum256(make([]byte, 2*mib)))

// emptyDisk is a new NVMe disk.
func emptyDisk(name, serial string, size uint64) steps.Disk {
	return steps.Disk{
		Name: name, ID: "nvme-Example_" + serial, Serial: serial, WWN: "eui." + serial, Model: "Example", Transport: "nvme",
		Size: size, LogicalSize: 512, PhysicalSize: 512, Partitions: []steps.Partition{},
		TableHash: strings.Repeat("7", 64), EndsHash: zeroEnds,
	}
}

// windowsDisk is a disk as Windows leaves it, with a gap at its end.
func windowsDisk(name, serial string) steps.Disk {
	d := emptyDisk(name, serial, 512110190592)
	d.Table = "gpt"
	d.Partitions = []steps.Partition{
		{
			Number: 1, Start: mib, Size: 100 * mib, TypeGUID: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", PartUUID: "11111111-0000-4000-8000-000000000001",
			Label: "EFI system partition", Content: steps.Content{Kind: "vfat", UUID: "AAAA-0001", Used: 30 * mib},
		},
		{
			Number: 2, Start: 101 * mib, Size: 16 * mib, TypeGUID: "e3c9e316-0b5c-4db8-817d-f92df00215ae", PartUUID: "11111111-0000-4000-8000-000000000002",
			Label: "Microsoft reserved partition",
		},
		{
			Number: 3, Start: 117 * mib, Size: 200 * gib, TypeGUID: "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", PartUUID: "11111111-0000-4000-8000-000000000003",
			Label: "Basic data partition", Content: steps.Content{Kind: "BitLocker", System: "Windows"},
		},
		{
			Number: 5, Start: 117*mib + 200*gib, Size: 700 * mib, TypeGUID: "de94bba4-06d1-4d40-a16a-bfd50179d6ac", PartUUID: "11111111-0000-4000-8000-000000000005",
			Content: steps.Content{Kind: "ntfs", Label: "Recovery"},
		},
	}
	return d
}

func factsOf(disks ...steps.Disk) steps.Facts {
	return steps.Facts{
		Version: steps.FactsVersion, System: "x86_64-linux", Memory: steps.Memory{Total: 15 * gib},
		Firmware: steps.Firmware{Kind: "uefi", Bits: 64}, TPM: steps.TPM{Present: true, Usable: true}, Disks: disks,
	}
}

// answersOf chooses a layout and the disks by their serial numbers.
func answersOf(layout string, serials ...string) steps.Answers {
	a := steps.Answers{Version: 1, Host: steps.Host{Name: "snix", Type: "laptop", System: "x86_64-linux"}, Desktop: "plasma"}
	a.Disk = steps.DiskChoices{Layout: layout, ESP: "1GiB", Swap: steps.Swap{Kind: "partition", Size: "16GiB"}}
	for i, serial := range serials {
		a.Disk.Disks = append(a.Disk.Disks, steps.DiskChoice{
			Role: []string{"system", "mirror"}[i], Match: steps.Match{Serial: serial},
		})
	}
	a.Boot = steps.Boot{Loader: "systemd-boot", Unlock: "passphrase"}
	if layout == "btrfs" || layout == "ext4" || layout == "md-raid1" || layout == "document" {
		a.Boot.Unlock = "none"
	}
	return a
}

func planOf(facts steps.Facts, answers steps.Answers) steps.Plan {
	var plan steps.Plan
	disk.Step{}.Plan(steps.Input{Facts: facts, Answers: answers, Target: "/mnt"}, &plan)
	return plan
}
