package disk_test

import (
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

// A disk on which nothing was found is proposed, and its erasure promised an
// undo, only where both of its ends were read and are zeros: everything else
// may be plain dm-crypt, a database, or what is left behind a table that was
// overwritten.
func TestOnlyZerosAreBlank(t *testing.T) {
	for name, test := range map[string]struct {
		change   func(*steps.Disk)
		says     string
		noReturn bool
	}{
		"zeros at both ends": {func(*steps.Disk) {}, "empty", false},
		"ends of anything":   {func(d *steps.Disk) { d.EndsHash = strings.Repeat("e", 64) }, "nothing that is known, but not blank", true},
		"an empty table": {
			func(d *steps.Disk) { d.EndsHash, d.Table = strings.Repeat("e", 64), "gpt" },
			"a partition table without partitions", true,
		},
		"nobody may look":   {func(d *steps.Disk) { d.EndsHash, d.Unread = "", steps.OnlyRoot }, "not known: only root may read it", true},
		"it cannot be read": {func(d *steps.Disk) { d.EndsHash, d.Unread = "", "input/output error" }, "not known: input/output error", true},
		"never looked at":   {func(d *steps.Disk) { d.EndsHash = "" }, "not known: it was not read", true},
	} {
		one := emptyDisk("nvme0n1", "S1", 500*gib)
		test.change(&one)
		facts := factsOf(one)
		question, _ := ask(facts, answersOf("luks-btrfs"), "disk.disks.system")
		option := question.Options[0]
		if proposed := slices.Equal(question.Value, []string{option.Value}); proposed == test.noReturn {
			t.Errorf("%s: proposed: %v", name, proposed)
		}
		if option.Unavailable != "" || option.Help != test.says || len("  "+option.Help) > 80 {
			t.Errorf("%s: it is described as %q %s", name, option.Help, option.Unavailable)
		}
		if disk.HasData(one) != test.noReturn {
			t.Errorf("%s: it holds data: %v", name, !test.noReturn)
		}

		plan := planOf(facts, answersOf("luks-btrfs", "S1"))
		want := steps.Region{Fate: steps.FateFree, Size: one.Size}
		if test.noReturn {
			want = steps.Region{Fate: steps.FateDelete, Content: test.says, Size: one.Size}
		}
		if before := plan.Disks[0].Before; !slices.Equal(before, []steps.Region{want}) {
			t.Errorf("%s: the review shows %v", name, before)
		}
		if got := action(t, plan, "disk/format").NoReturn; got != test.noReturn {
			t.Errorf("%s: its erasure is the point of no return: %v", name, got)
		}
	}
}

// What is known to be there is told as that, whatever the ends are.
func TestKnownContentIsNotUnknown(t *testing.T) {
	for _, one := range []steps.Disk{bare(), windowsDisk("sda", "W1")} {
		for _, hash := range []string{"", strings.Repeat("e", 64), zeroEnds} {
			one.EndsHash = hash
			if said := one.Unknown(); said != "" || !disk.HasData(one) {
				t.Errorf("%s with the ends %q: %q", one.Name, hash, said)
			}
		}
	}
}
