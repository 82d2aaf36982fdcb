package disk_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// The tests here are named in docs/disasters.md: each stands before something
// that an installer did to somebody's disk.

// The table of the disasters names tests that exist.
func TestDisastersNameTests(t *testing.T) {
	text, err := os.ReadFile("../../docs/disasters.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	err = filepath.WalkDir("../..", func(name string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, "_test.go") {
			var source []byte
			source, err = os.ReadFile(name)
			tests.Write(source)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z]+)").FindAllSubmatch(text, -1)
	for _, name := range names {
		if !strings.Contains(tests.String(), "func "+string(name[1])+"(") {
			t.Errorf("there is no test %s", name[1])
		}
	}
	if len(names) < 30 {
		t.Errorf("the table names %d tests", len(names))
	}
}

// Partitions whose numbers are not in the order of their places: what is kept
// is kept by what it is, and what is deleted bears its own number.
func TestNumbersOutOfOrder(t *testing.T) {
	d := emptyDisk("nvme0n1", "S1", 500*gib)
	d.Table = "gpt"
	for i, number := range []int{3, 4, 1, 2} {
		d.Partitions = append(d.Partitions, steps.Partition{
			Number: number, Start: mib + uint64(i)*20*gib, Size: 20 * gib, Content: steps.Content{Kind: "ext4"},
			PartUUID: "33333333-0000-4000-8000-00000000000" + string(rune('0'+number)),
		})
	}
	answers := answersOf("ext4", "S1")
	answers.Disk.Keep = []string{"33333333-0000-4000-8000-000000000003", "33333333-0000-4000-8000-000000000001"}
	plan := planOf(factsOf(d), answers)
	if len(plan.Blockers) > 0 {
		t.Fatal(plan.Blockers)
	}
	var kept []uint64
	for _, region := range plan.Disks[0].After {
		if region.Fate == steps.FateKeep {
			kept = append(kept, region.Start)
		}
	}
	if want := []uint64{mib, mib + 40*gib}; !slices.Equal(kept, want) {
		t.Errorf("kept are %v, want %v", kept, want)
	}
	var deleted []string
	for _, argument := range action(t, plan, "disk/partition-system").Commands[0].Argv {
		if number, found := strings.CutPrefix(argument, "--delete="); found {
			deleted = append(deleted, number)
		}
	}
	slices.Sort(deleted)
	if !slices.Equal(deleted, []string{"2", "4"}) {
		t.Errorf("sgdisk deletes %v", deleted)
	}
}

func action(t *testing.T, plan steps.Plan, id string) steps.Action {
	t.Helper()
	at := slices.IndexFunc(plan.Actions, func(a steps.Action) bool { return a.ID == id })
	if at < 0 {
		t.Fatalf("there is no action %s", id)
	}
	return plan.Actions[at]
}

// Of all actions only one destroys, it says so before it is confirmed, and
// never on a disk that others use. What a later run repeats, mounts.
func TestOnlyFormatDestroys(t *testing.T) {
	for name, test := range cases() {
		plan := planOf(test.facts, test.answers)
		shared := slices.ContainsFunc(plan.Layout.Disks, func(d steps.LayoutDisk) bool { return d.Shared })
		for _, action := range plan.Actions {
			for _, command := range action.Commands {
				at := slices.Index(command.Argv, "--mode")
				if command.Argv[0] != "disko" || at < 0 {
					continue
				}
				switch mode := command.Argv[at+1]; {
				case strings.Contains(mode, "destroy") && (action.ID != "disk/format" || len(action.Erases) == 0 || shared):
					t.Errorf("%s: %s destroys", name, action.ID)
				case strings.Contains(mode, "format") && action.ID != "disk/format":
					t.Errorf("%s: %s formats", name, action.ID)
				case action.ID == "disk/mount" && mode != "mount":
					t.Errorf("%s: mounting runs disko in the mode %s", name, mode)
				}
			}
		}
	}
}

// Where the new partitions of a shared disk lie over deleted ones, the point of
// no return is the first write into them, before disko formats; where they lie
// in room that was free, or nothing was on the disk, there is none.
func TestPointOfNoReturn(t *testing.T) {
	all := cases()
	for name, want := range map[string]string{
		"keep-esp": "disk/clear-system", "over-windows": "disk/format",
		"keep-one": "", "beside-windows": "", "luks-btrfs": "", "luks-btrfs-raid1": "",
	} {
		plan, got := planOf(all[name].facts, all[name].answers), ""
		if at := slices.IndexFunc(plan.Actions, func(a steps.Action) bool { return a.NoReturn }); at >= 0 {
			got = plan.Actions[at].ID
		}
		if got != want {
			t.Errorf("%s: the point of no return is %q, want %q", name, got, want)
		}
	}
}

// What is kept is not mounted either, so that nothing of the new system is
// written into it: the one exception is an EFI system partition, which the
// review names.
func TestKeptIsNotMounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := machines().Draw(t, "facts")
		answers := answersFor(facts).Draw(t, "answers")
		if answers.Disk.Layout == "document" {
			t.Skip("it mounts what is there")
		}
		plan := planOf(facts, answers)
		for _, disk := range plan.Disks {
			for _, region := range disk.After {
				if region.Fate != steps.FateKeep || region.PartUUID == "" {
					continue
				}
				uuid := strings.ToLower(region.PartUUID)
				for _, mount := range plan.Layout.Mounts {
					if strings.Contains(mount.Device, uuid) && (mount.Mountpoint != "/boot" || mount.Format != "vfat") {
						t.Fatalf("%s is kept and mounted at %s", uuid, mount.Mountpoint)
					}
				}
				for _, one := range plan.Layout.Disks {
					for _, partition := range one.Partitions {
						if partition.UUID == uuid {
							t.Fatalf("%s is kept and belongs to disko", uuid)
						}
					}
				}
			}
		}
	})
}

// Another system's EFI system partition is used only where there is room for
// our kernels, and where that is known.
func TestRoomOnAnothersESP(t *testing.T) {
	for name, test := range map[string]struct {
		size, used uint64
		loader     string
		shared     bool
	}{
		"roomy":                {gib, 30 * mib, "systemd-boot", true},
		"roomy, to be signed":  {gib, 30 * mib, "lanzaboote", true},
		"too full":             {gib, 900 * mib, "systemd-boot", false},
		"too small":            {100 * mib, 30 * mib, "systemd-boot", false},
		"not enough to sign":   {gib, 600 * mib, "lanzaboote", false},
		"enough to sign not":   {gib, 600 * mib, "systemd-boot", true},
		"nobody knows":         {gib, 0, "systemd-boot", false},
		"used more than it is": {gib, 2 * gib, "systemd-boot", false},
	} {
		d := emptyDisk("nvme0n1", "S1", 500*gib)
		d.Table = "gpt"
		d.Partitions = []steps.Partition{{
			Number: 1, Start: mib, Size: test.size, PartUUID: "44444444-0000-4000-8000-000000000001",
			TypeGUID: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", Content: steps.Content{Kind: "vfat", Used: test.used},
		}}
		answers := answersOf("beside", "S1")
		answers.Boot.Loader = test.loader
		plan := planOf(factsOf(d), answers)
		if len(plan.Blockers) > 0 {
			t.Fatalf("%s: %v", name, plan.Blockers)
		}
		shared := slices.ContainsFunc(plan.Layout.Mounts, func(m steps.LayoutMount) bool { return m.Mountpoint == "/boot" })
		own := slices.ContainsFunc(plan.Layout.Disks[0].Partitions, func(p steps.LayoutPartition) bool { return p.Name == "ESP" })
		if shared != test.shared || own == test.shared {
			t.Errorf("%s: shared %v, an own one %v", name, shared, own)
		}
	}
}
