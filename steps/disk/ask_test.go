package disk_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

func ask(facts steps.Facts, chosen steps.Answers, key string) (steps.Question, bool) {
	for _, question := range (disk.Step{}).Ask(facts, chosen) {
		if question.Key == key {
			return question, true
		}
	}
	return steps.Question{}, false
}

func TestAskDisk(t *testing.T) {
	empty, windows := emptyDisk("nvme0n1", "S1", 500*gib), windowsDisk("nvme1n1", "W1")
	live := emptyDisk("sda", "L1", 64*gib)
	live.LiveMedium = true
	busy := emptyDisk("sdb", "B1", 64*gib)
	busy.Holders = []string{"mounted at /home"}
	chosen := answersOf("luks-btrfs")

	question, _ := ask(factsOf(empty, windows, live, busy), chosen, "disk.disks.system")
	if !slices.Equal(question.Value, []string{"nvme-Example_S1"}) {
		t.Errorf("the empty disk is not proposed: %v", question.Value)
	}
	want := []string{"", "", "the running system was started from it", "it is in use: mounted at /home"}
	for i, option := range question.Options {
		if option.Unavailable != want[i] {
			t.Errorf("%s: %q, want %q", option.Title, option.Unavailable, want[i])
		}
	}
	if help := question.Options[1].Help; help != "holds Windows, FAT, BitLocker and NTFS (Recovery)" {
		t.Errorf("the disk with Windows: %q", help)
	}
	if title := question.Options[1].Title; title != "Example, 476.9 GiB, serial ...W1" {
		t.Errorf("its title is %q", title)
	}
	// A disk that holds data is never proposed, and two empty ones are a
	// choice.
	for name, facts := range map[string]steps.Facts{
		"data": factsOf(windows), "two": factsOf(empty, emptyDisk("sdc", "S2", 500*gib)), "bare file system": factsOf(bare()),
	} {
		if question, _ := ask(facts, chosen, "disk.disks.system"); question.Value != nil {
			t.Errorf("%s: %v is proposed", name, question.Value)
		}
	}
	// The mirror cannot be the first disk again.
	both := answersOf("luks-btrfs-raid1", "S1")
	question, _ = ask(factsOf(empty, emptyDisk("sdc", "S2", 500*gib)), both, "disk.disks.mirror")
	if got := question.Options[0].Unavailable; got != "it is the system disk already" {
		t.Errorf("the mirror: %q", got)
	}
}

func bare() steps.Disk {
	d := emptyDisk("sdd", "F1", 500*gib)
	d.Content = steps.Content{Kind: "ext4"}
	return d
}

func TestAskFollowsTheAnswers(t *testing.T) {
	facts := factsOf(emptyDisk("nvme0n1", "S1", 500*gib))
	facts.Power.Battery = true
	chosen := answersOf("luks-btrfs", "S1")
	tests := map[string]struct {
		change func(*steps.Answers)
		key    string
		want   bool
	}{
		"passphrase of an encrypted disk": {func(*steps.Answers) {}, "diskPassphrase", true},
		"no passphrase for an open one":   {func(a *steps.Answers) { a.Disk.Layout = "ext4" }, "diskPassphrase", false},
		"no unlock for an open one":       {func(a *steps.Answers) { a.Disk.Layout = "ext4" }, "boot.unlock", false},
		"a mirror has two disks":          {func(a *steps.Answers) { a.Disk.Layout = "md-raid1" }, "disk.disks.mirror", true},
		"one disk has no mirror":          {func(*steps.Answers) {}, "disk.disks.mirror", false},
		"size of a partition":             {func(*steps.Answers) {}, "disk.swap.size", true},
		"no size of compressed memory":    {func(a *steps.Answers) { a.Disk.Swap = steps.Swap{Kind: "zram"} }, "disk.swap.size", false},
		"a laptop may hibernate":          {func(*steps.Answers) {}, "disk.swap.hibernate", true},
		"not with ZFS":                    {func(a *steps.Answers) { a.Disk.Layout = "luks-zfs" }, "disk.swap.hibernate", false},
		"nothing to keep on an empty one": {func(*steps.Answers) {}, "disk.keep", false},
		"documenting asks for no size":    {func(a *steps.Answers) { a.Disk.Layout = "document" }, "disk.esp", false},
		"Windows has no disk of ours":     {func(a *steps.Answers) { a.Host.Type = "windows" }, "disk.layout", false},
	}
	for name, test := range tests {
		changed := chosen
		test.change(&changed)
		if _, asked := ask(facts, changed, test.key); asked != test.want {
			t.Errorf("%s: %s asked: %v", name, test.key, asked)
		}
	}
	if question, _ := ask(factsOf(windowsDisk("sda", "W1")), answersOf("luks-btrfs", "W1"), "disk.keep"); len(question.Options) != 4 {
		t.Errorf("%d partitions can be kept", len(question.Options))
	}
	question, _ := ask(facts, answersOf("luks-lvm", "S1"), "boot.unlock")
	if question.Options[0].Unavailable == "" {
		t.Error("the TPM alone is offered with LVM")
	}
}

// On every recorded machine every disk that the planner can take can be
// chosen, and what was chosen means exactly that disk: also one that has
// nothing but its port, as in a virtual machine without serial numbers, and
// twins that their maker gave one serial number.
func TestEveryDiskCanBeChosen(t *testing.T) {
	offered := map[string][]string{}
	for _, facts := range recordedFacts() {
		for _, one := range facts.Disks {
			taken := answersOf("btrfs")
			taken.Disk.Swap = steps.Swap{Kind: "zram"}
			taken.Disk.Disks = []steps.DiskChoice{{Role: "system", Match: steps.Match{ID: one.ID, Path: one.Path}}}
			blocked := slices.ContainsFunc(planOf(facts, taken).Blockers, func(p steps.Problem) bool { return strings.HasPrefix(p.Key, "disk.disks") })

			question, _ := ask(facts, answersOf("btrfs"), "disk.disks.system")
			option := question.Options[slices.IndexFunc(facts.Disks, func(d steps.Disk) bool { return d.Name == one.Name })]
			if option.Unavailable != "" {
				if !blocked {
					t.Errorf("%s is planned and cannot be chosen: %s", disk.Title(one), option.Unavailable)
				}
				continue
			}
			chosen := answersOf("btrfs")
			if err := answers.Set(&chosen, question.Key, []string{option.Value}); err != nil {
				t.Errorf("%s: %v", option.Value, err)
				continue
			}
			if got, err := disk.Match(chosen.Disk.Disks[0].Match, facts); err != nil || got.Name != one.Name {
				t.Errorf("%s was chosen for %s and means %s: %v", option.Value, one.Name, got.Name, err)
			}
			offered[one.Model] = append(offered[one.Model], option.Value, option.Title)
		}
	}
	for model, want := range map[string][]string{
		"": {"path:pci-0000:02:00.0", "pci-0000:02:00.0, 40 GiB"},
		"SATA SSD 240GB Value Line": {
			"path:pci-0000:00:17.0-ata-1", "SATA SSD 240GB Value Line, 223.5 GiB, at pci-0000:00:17.0-ata-1",
			"path:pci-0000:00:17.0-ata-2", "SATA SSD 240GB Value Line, 223.5 GiB, at pci-0000:00:17.0-ata-2",
		},
	} {
		if !slices.Equal(offered[model], want) {
			t.Errorf("%q is offered as %q", model, offered[model])
		}
	}
}

// A loader that the firmware would not start cannot be chosen, and why is said.
func TestAskLoader(t *testing.T) {
	for firmware, want := range map[*steps.Firmware]string{
		{Kind: "uefi", Bits: 64}: "",
		{Kind: "bios"}:           "this machine was not started by UEFI",
		{Kind: "uefi", Bits: 32}: "the UEFI of this machine is a 32-bit one and starts no 64-bit boot loader",
	} {
		facts := factsOf(emptyDisk("nvme0n1", "S1", 500*gib))
		facts.Firmware = *firmware
		question, _ := ask(facts, answersOf("luks-btrfs", "S1"), "boot.loader")
		for _, option := range question.Options {
			if option.Unavailable != want {
				t.Errorf("%v: %s: %q, want %q", *firmware, option.Value, option.Unavailable, want)
			}
		}
	}
}

// Every question's key is one that the answers know, and every disk that is
// offered can be set and is then the answer.
func TestQuestionsFitTheAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := machines().Draw(t, "facts")
		chosen := answersFor(facts).Draw(t, "answers")
		for _, question := range (disk.Step{}).Ask(facts, chosen) {
			role, isDisk := strings.CutPrefix(question.Key, "disk.disks.")
			if !isDisk {
				continue
			}
			for _, option := range question.Options {
				if option.Unavailable != "" {
					continue
				}
				changed := chosen
				changed.Disk.Disks = slices.Clone(chosen.Disk.Disks)
				_ = answers.Set(&changed, question.Key, []string{option.Value})
				for _, choice := range changed.Disk.Disks {
					if choice.Role != role || choice.Match == (steps.Match{}) {
						continue
					}
					if got := answers.Get(changed, question.Key); len(got) == 1 && got[0] == option.Value {
						if one, err := disk.Match(choice.Match, facts); err != nil {
							t.Fatalf("%s is offered and does not match: %v (%v)", option.Value, err, one)
						}
					}
				}
			}
		}
	})
}

func TestSizes(t *testing.T) {
	for size, want := range map[uint64]string{
		0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 1000204886016: "931.5 GiB", 24e12: "21.8 TiB", 8e9: "7.4 GiB", 1 << 63: "8192 PiB",
	} {
		if got := disk.Bytes(size); got != want {
			t.Errorf("%d is written %q, want %q", size, got, want)
		}
	}
	for _, test := range []struct {
		memory    uint64
		hibernate bool
		want      uint64
	}{
		{gib / 2, false, 2 * gib}, {4 * gib, false, 4 * gib}, {64 * gib, false, 8 * gib}, {15*gib + 700*mib, true, 16 * gib}, {0, true, gib},
	} {
		if got := disk.AutoSwap(test.memory, test.hibernate); got != test.want {
			t.Errorf("memory %s, hibernation %v: %s", disk.Bytes(test.memory), test.hibernate, disk.Bytes(got))
		}
	}
}
