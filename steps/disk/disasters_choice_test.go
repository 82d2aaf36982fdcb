package disk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// "Best guess" took two of four disks: here one is taken, the one that was
// chosen, whatever the others hold, and a rule that fits several takes none.
func TestOneOfFourDisks(t *testing.T) {
	var facts steps.Facts
	for i := range 4 {
		one := windowsDisk(fmt.Sprintf("nvme%dn1", i), fmt.Sprintf("W%d", i))
		if i == 1 {
			one = emptyDisk("nvme1n1", "W1", one.Size)
		}
		facts.Disks = append(facts.Disks, one)
	}
	facts = factsOf(facts.Disks...)
	for _, layout := range []string{"luks-btrfs", "btrfs", "ext4", "luks-ext4", "luks-lvm", "luks-zfs", "beside"} {
		serial := "W2"
		plan := planOf(facts, answersOf(layout, serial))
		if len(plan.Blockers) > 0 || len(plan.Disks) != 1 || plan.Disks[0].Disk.Serial != serial {
			t.Fatalf("%s: %d disks, %v", layout, len(plan.Disks), plan.Blockers)
		}
		for _, action := range plan.Actions {
			for _, erasure := range action.Erases {
				if erasure.Disk.Serial != serial {
					t.Errorf("%s: %s erases %s", layout, action.ID, erasure.Disk.Serial)
				}
			}
			for _, command := range slices.Concat(action.Commands, action.Finally, action.Undo) {
				if text := strings.Join(command.Argv, " ") + command.Text; strings.Contains(text, "Example_W") && !strings.Contains(text, "Example_W2") {
					t.Errorf("%s: %s names another disk: %s", layout, action.ID, text)
				}
			}
		}
		for _, rule := range []steps.Match{{Pick: "only"}, {Pick: "largest"}, {Pick: "smallest"}, {Transport: "nvme", Pick: "only"}, {}} {
			answers := answersOf(layout, serial)
			answers.Disk.Disks[0].Match = rule
			if plan := planOf(facts, answers); len(plan.Blockers) == 0 || len(plan.Actions) > 0 {
				t.Errorf("%s: the rule %+v took %v", layout, rule, plan.Disks)
			}
		}
	}
}

// A partition 1 is not a partition 10, however alike their names are.
func TestOneAndTen(t *testing.T) {
	d := emptyDisk("sda", "S1", 500*gib)
	d.Table = "gpt"
	for number := 1; number <= 12; number++ {
		d.Partitions = append(d.Partitions, steps.Partition{
			Number: number, Name: fmt.Sprintf("sda%d", number), Start: mib + uint64(number)*20*gib, Size: 20 * gib,
			PartUUID: fmt.Sprintf("55555555-0000-4000-8000-0000000000%02d", number), Content: steps.Content{Kind: "ext4"},
		})
	}
	for _, keep := range [][]int{{1}, {10}, {1, 11}, {2, 12}} {
		answers := answersOf("ext4", "S1")
		for _, number := range keep {
			answers.Disk.Keep = append(answers.Disk.Keep, d.Partitions[number-1].PartUUID)
		}
		plan := planOf(factsOf(d), answers)
		if len(plan.Blockers) > 0 {
			t.Fatal(plan.Blockers)
		}
		argv := action(t, plan, "disk/partition-system").Commands[0].Argv
		for number := 1; number <= 12; number++ {
			kept, deleted := slices.Contains(keep, number), slices.Contains(argv, fmt.Sprintf("--delete=%d", number))
			if kept == deleted {
				t.Errorf("of those to keep, %v, partition %d is kept: %v, and deleted: %v", keep, number, kept, deleted)
			}
		}
	}
}

// A Windows on one disk is started from the EFI system partition of another:
// who erases that one is told.
func TestStartedFromAnotherDisk(t *testing.T) {
	const esp, data = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"
	loaders := func(number int, system string) steps.Partition {
		return steps.Partition{
			Number: number, Start: mib, Size: gib, TypeGUID: esp, PartUUID: fmt.Sprintf("66666666-0000-4000-8000-00000000000%d", number),
			Content: steps.Content{Kind: "vfat", Used: 40 * mib, System: system},
		}
	}
	system := steps.Partition{
		Number: 2, Start: 2 * gib, Size: 100 * gib, TypeGUID: data, PartUUID: "66666666-0000-4000-8000-000000000009",
		Content: steps.Content{Kind: "ntfs", System: "Windows 11"},
	}
	for name, test := range map[string]struct {
		first, second []steps.Partition
		keep          bool
		said          bool
	}{
		"Windows there, its loader here":      {[]steps.Partition{loaders(1, "Windows")}, []steps.Partition{system}, false, true},
		"nobody could look into the ESP":      {[]steps.Partition{loaders(1, "")}, []steps.Partition{system}, false, true},
		"only Linux is started from here":     {[]steps.Partition{loaders(1, "ubuntu")}, []steps.Partition{system}, false, false},
		"Windows has its own":                 {[]steps.Partition{loaders(1, "Windows")}, []steps.Partition{loaders(3, "Windows"), system}, false, false},
		"the ESP is kept":                     {[]steps.Partition{loaders(1, "Windows")}, []steps.Partition{system}, true, false},
		"no system is there":                  {[]steps.Partition{loaders(1, "Windows")}, nil, false, false},
		"all of Windows goes":                 {[]steps.Partition{loaders(1, "Windows"), system}, nil, false, false},
		"there is nothing to be started from": {nil, []steps.Partition{system}, false, false},
	} {
		one, two := emptyDisk("nvme0n1", "S1", 500*gib), emptyDisk("nvme1n1", "S2", 500*gib)
		one.Table, one.Partitions, two.Table, two.Partitions = "gpt", test.first, "gpt", test.second
		answers := answersOf("luks-btrfs", "S1")
		if test.keep {
			answers.Disk.Keep = []string{test.first[0].PartUUID}
		}
		plan := planOf(factsOf(one, two), answers)
		if len(plan.Blockers) > 0 {
			t.Fatalf("%s: %v", name, plan.Blockers)
		}
		said := slices.ContainsFunc(plan.Warnings, func(p steps.Problem) bool {
			return strings.HasPrefix(p.Text, "Windows 11 on Example, 500 GiB, serial ...S2 has no EFI system partition")
		})
		if said != test.said {
			t.Errorf("%s: said: %v, %v", name, said, plan.Warnings)
		}
	}
}
