package flow_test

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// The same for every layout, on whole disks and beside another system, one cut
// in so many, and all of them at length.
func TestPowerCutInEveryLayout(t *testing.T) {
	stride := 12
	switch {
	case os.Getenv("MNEMONIX_FULL") == "1":
		stride = 1
	case testing.Short():
		stride = 60
	}
	for number, layout := range []string{
		"luks-btrfs", "btrfs", "ext4", "luks-ext4", "luks-lvm", "luks-zfs", "luks-btrfs-raid1", "md-raid1", "luks-zfs-mirror", "beside",
	} {
		for _, impermanence := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, impermanence %v", layout, impermanence), func(t *testing.T) {
				t.Parallel()
				machine := "desktop-two-nvme"
				if layout == "beside" {
					machine = "windows-gap"
				}
				plan := smallOn(t, machine, func(in *steps.Input) { lay(in, layout, impermanence) })
				if len(plan.Blockers) > 0 {
					t.Fatalf("blocked: %v", plan.Blockers)
				}
				whole, want := straight(t, plan)
				for cut := 1 + number%stride; cut <= whole.calls; cut += stride {
					comesTo(t, plan, cut, want)
				}
			})
		}
	}
}

// lay chooses a layout on the disks that the machine has.
func lay(in *steps.Input, layout string, impermanence bool) {
	var disks []steps.DiskChoice
	for _, disk := range in.Facts.Disks {
		if disk.Transport == "nvme" && len(disks) < 2 {
			disks = append(disks, steps.DiskChoice{Role: []string{"system", "mirror"}[len(disks)], Match: steps.Match{Serial: disk.Serial}})
		}
	}
	if !strings.Contains(layout, "raid1") && !strings.Contains(layout, "mirror") {
		disks = disks[:1]
	}
	in.Answers.Disk.Disks, in.Answers.Disk.Layout, in.Answers.Disk.Impermanence = disks, layout, impermanence
	in.Answers.Disk.Swap = steps.Swap{Kind: "zram"}
	in.Answers.Boot.Unlock = "passphrase"
	if !strings.HasPrefix(layout, "luks") && layout != "beside" {
		in.Answers.Boot.Unlock = "none"
	}
}

// comesTo cuts the power before that call, and goes on after the next start.
func comesTo(t *testing.T, plan steps.Plan, cut int, want map[string]string) {
	t.Helper()
	w := newWorld(plan)
	w.cutAt = cut
	if err := w.installation(nil).Start(t.Context()); err == nil {
		t.Fatalf("cut %d was not noticed", cut)
	}
	w.boot()
	if err := w.again(t, nil); err != nil {
		t.Fatalf("cut %d: %v", cut, err)
	}
	if got := w.disk(t); !maps.Equal(got, want) {
		t.Fatalf("cut %d (-straight +resumed):\n%s", cut, cmp.Diff(want, got))
	}
}
