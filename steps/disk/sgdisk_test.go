package disk_test

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// image makes a disk of that size in a file that takes no room.
func image(t *testing.T, size uint64) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, int64(size)); err != nil {
		t.Skipf("no file of %d bytes can be made here: %v", size, err)
	}
	return file
}

func runTool(t *testing.T, argv ...string) []byte {
	t.Helper()
	cmd := exec.Command(need.Program(t, argv[0]), argv[1:]...)
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, output)
	}
	return output
}

func table(t *testing.T, file string) []tools.SgdiskRow {
	t.Helper()
	rows, err := tools.ParseSgdisk(runTool(t, tools.SgdiskPrint(file).Argv...))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// planned is the table that a plan promises.
func planned(plan steps.DiskPlan) []tools.SgdiskRow {
	var rows []tools.SgdiskRow
	for _, region := range plan.After {
		if region.Number > 0 {
			rows = append(rows, tools.SgdiskRow{Number: region.Number, First: region.Start / 512, Last: (region.Start+region.Size)/512 - 1})
		}
	}
	slices.SortFunc(rows, func(a, b tools.SgdiskRow) int { return a.Number - b.Number })
	return rows
}

func sameTable(t *testing.T, got, want []tools.SgdiskRow) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("the table has %d partitions, the plan %d", len(got), len(want))
	}
	for i := range got {
		if got[i].Number != want[i].Number || got[i].First != want[i].First || got[i].Last != want[i].Last {
			t.Errorf("partition %d: the table has %d to %d, the plan %d to %d", got[i].Number, got[i].First, got[i].Last, want[i].First, want[i].Last)
		}
	}
}

// On a disk that is ours alone, sgdisk as disko calls it makes the very
// partitions that the plan shows, on disks of every size.
func TestDiskoMakesWhatThePlanShows(t *testing.T) {
	for _, size := range []uint64{
		30 * 1000 * 1000 * 1000 / 512 * 512, 64023257088, 1000204886016, 1000204886016 - 512, 1<<40 + 33*512, 4000787030016, 15 * 1000 * 1000 * 1000 * 1000 / 512 * 512,
	} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			file := image(t, size)
			plan := planOf(factsOf(emptyDisk("nvme0n1", "S1", size)), answersOf("luks-btrfs", "S1"))
			if len(plan.Blockers) > 0 {
				t.Fatal(plan.Blockers)
			}
			// disko calls it once a partition; all in one call gives the same and
			// takes one of the seconds that sgdisk sleeps after each.
			argv := []string{"sgdisk", "--clear", "--align-end"}
			for _, partition := range plan.Layout.Disks[0].Partitions {
				end := fmt.Sprintf("+%dM", partition.Size>>20)
				if partition.Rest {
					end = "-0"
				}
				argv = append(argv, fmt.Sprintf("--new=%d:0:%s", partition.Number, end),
					fmt.Sprintf("--partition-guid=%d:%s", partition.Number, partition.UUID))
			}
			runTool(t, append(argv, file)...)
			sameTable(t, table(t, file), planned(plan.Disks[0]))
		})
	}
}

// On a shared disk the plan's own command makes the partitions that it shows,
// and every byte of what is kept stays; putting the saved ranges back gives
// the old table. A disk may have grown since its table was made: the second
// table is where it ended then.
func TestSharedDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("real tables of partitions: not in the inner loop")
	}
	both := []string{"11111111-0000-4000-8000-000000000005", "11111111-0000-4000-8000-000000000001"}
	for name, test := range map[string]struct {
		keep []string
		was  uint64 // the size that it had
	}{
		"beside": {}, "keep": {keep: both}, "beside, grown": {was: 210 * gib}, "keep, grown": {keep: both, was: 210 * gib},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := windowsDisk("nvme0n1", "W1")
			// A partition right behind the table, as old tools made them.
			now.Partitions[0].Start, now.Partitions[0].Size = 34*512, 101*mib-34*512
			file := image(t, cmp.Or(test.was, now.Size))
			argv := []string{"sgdisk", "--clear", "--set-alignment=1"}
			for _, p := range now.Partitions {
				argv = append(argv, fmt.Sprintf("--new=%d:%d:%d", p.Number, p.Start/512, (p.Start+p.Size)/512-1),
					fmt.Sprintf("--partition-guid=%d:%s", p.Number, p.PartUUID))
			}
			runTool(t, append(argv, file)...)
			if err := os.Truncate(file, int64(now.Size)); err != nil {
				t.Fatal(err)
			}
			marks(t, file, now.Partitions)
			layout := "beside"
			if test.keep != nil {
				layout = "luks-btrfs"
			}
			answers := answersOf(layout, "W1")
			answers.Disk.Keep = test.keep
			plan := planOf(factsOf(now), answers)
			if len(plan.Blockers) > 0 {
				t.Fatal(plan.Blockers)
			}
			verified := string(runTool(t, "sgdisk", "--verify", file))
			if grown := test.was > 0; grown == strings.Contains(verified, "No problems found") {
				t.Fatalf("before: %s", verified)
			}
			before, sums := table(t, file), contentSums(t, file, now.Partitions)
			saves := t.TempDir()
			onImage := func(commands []steps.Command) {
				for _, command := range commands {
					var argv []string
					for _, argument := range command.Argv {
						argument = strings.ReplaceAll(argument, plan.Disks[0].Device, file)
						argv = append(argv, strings.ReplaceAll(argument, "/run/mnemonix/tables", saves))
					}
					if argv[0] == "sgdisk" || argv[0] == "dd" {
						runTool(t, argv...)
					}
				}
			}
			save, partition := plan.Actions[0], plan.Actions[1]
			if save.ID != "disk/save" || partition.ID != "disk/partition-system" {
				t.Fatalf("the first actions are %s and %s", save.ID, partition.ID)
			}
			onImage(save.Commands)
			onImage(partition.Commands)
			sameTable(t, table(t, file), planned(plan.Disks[0]))
			for i, sum := range contentSums(t, file, now.Partitions) {
				if sum != sums[i] {
					t.Errorf("the content of partition %d changed", now.Partitions[i].Number)
				}
			}
			if out := runTool(t, "sgdisk", "--verify", file); !strings.Contains(string(out), "No problems found") {
				t.Errorf("after partitioning: %s", out)
			}
			onImage(partition.Undo)
			if after := table(t, file); !slices.Equal(before, after) {
				t.Errorf("undo gives another table: %v, before: %v", after, before)
			}
			if out := string(runTool(t, "sgdisk", "--verify", file)); out != verified {
				t.Errorf("after undo: %s, before: %s", out, verified)
			}
		})
	}
}

// marks writes something at both ends of every partition.
func marks(t *testing.T, file string, partitions []steps.Partition) {
	t.Helper()
	disk, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	for _, p := range partitions {
		for _, at := range []uint64{p.Start, p.Start + p.Size - 512} {
			if _, err := disk.WriteAt([]byte(strings.Repeat(p.PartUUID, 8)), int64(at)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// contentSums are SHA-256 over the first and the last MiB of each partition,
// where the marks are.
func contentSums(t *testing.T, file string, partitions []steps.Partition) []string {
	t.Helper()
	disk, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	var sums []string
	for _, p := range partitions {
		sum := sha256.New()
		for _, at := range []uint64{p.Start, p.Start + p.Size - mib} {
			if _, err := io.Copy(sum, io.NewSectionReader(disk, int64(at), int64(mib))); err != nil {
				t.Fatal(err)
			}
		}
		sums = append(sums, fmt.Sprintf("%x", sum.Sum(nil)))
	}
	return sums
}
