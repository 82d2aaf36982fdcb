package guard_test

import (
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply/guard"
	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

// A run that goes on, or goes back, finds what was there before or what the
// plan makes; a disk that somebody has used for something else is refused,
// however far the run had come.
func TestUsedForSomethingElseSince(t *testing.T) {
	r := newMachine(t, t.TempDir(), nvme(0, "AAAA"), nvme(1, "BBBB"))
	plan := planFor(t, r, "AAAA")
	blank, made, half, other, whole := nvme(0, "AAAA"), nvme(0, "AAAA"), nvme(0, "AAAA"), nvme(0, "AAAA"), nvme(0, "AAAA")
	blank.Parts, blank.Table, blank.TableUUID = nil, "", ""
	made.Parts[0].UUID, made.Parts[0].Lies = newPart, machine.Lies{Kind: "vfat"}
	half.Parts, half.TableUUID = nil, "00000000-0000-4000-9000-000000000000"
	other.Parts[0].UUID, other.Parts[0].Lies = "00000000-0000-4000-a001-000000000000", machine.Lies{Kind: "ntfs", Label: "New Windows"}
	whole.Parts, whole.Table, whole.TableUUID, whole.Lies = nil, "", "", machine.Lies{Kind: "ext4"}
	for name, c := range map[string]struct {
		disk machine.Disk
		want string
	}{
		"as reviewed":                {nvme(0, "AAAA"), ""},
		"blank":                      {blank, ""},
		"as the plan makes it":       {made, ""},
		"a table and nothing in it":  {half, ""},
		"another system":             {other, "a partition 1 of 8 GiB"},
		"a file system on all of it": {whole, "ext4 on the whole disk"},
	} {
		for _, begun := range [][]string{{"disk/clear-system"}, {"disk/clear-system", "disk/format"}} {
			r.with(t, c.disk, nvme(1, "BBBB"))
			err := guard.New(r, free).Begin(t.Context(), plan, begun)
			if c.want == "" && err != nil {
				t.Errorf("%s, after %v: %v", name, begun, err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s, after %v: %v, want %q", name, begun, err, c.want)
			}
		}
	}
}

// A name of the layout that belongs to something on another disk is refused:
// before the first action, and where it comes up meanwhile before the disk is
// formatted.
func TestNamesThatAreTaken(t *testing.T) {
	group := nvme(1, "BBBB")
	group.Parts[0].Lies = machine.Lies{Kind: "LVM2_member"}
	pool := nvme(1, "BBBB")
	pool.Parts[0].Lies = machine.Lies{Kind: "zfs_member", Label: "rpool"}
	for name, c := range map[string]struct {
		layout steps.Layout
		disk   machine.Disk
		vgs    string
		want   string
	}{
		"a group that is not active": {steps.Layout{Groups: []steps.LayoutGroup{{Name: "system"}}}, group, "  system /dev/nvme1n1p1\n", "a volume group system is there already, on /dev/nvme1n1p1"},
		"a group on the plan's disk": {steps.Layout{Groups: []steps.LayoutGroup{{Name: "system"}}}, group, "  system /dev/nvme0n1p1\n", ""},
		"another group":              {steps.Layout{Groups: []steps.LayoutGroup{{Name: "system"}}}, group, "  data /dev/nvme1n1p1\n", ""},
		"a pool":                     {steps.Layout{Pools: []steps.LayoutPool{{Name: "rpool"}}}, pool, "", "a pool rpool is there already, on nvme1n1"},
		"another pool":               {steps.Layout{Pools: []steps.LayoutPool{{Name: "tank"}}}, pool, "", ""},
	} {
		for _, when := range []string{"", "disk/format"} {
			r := newMachine(t, t.TempDir(), nvme(0, "AAAA"))
			plan := planFor(t, r, "AAAA")
			plan.Layout = c.layout
			appear := func() {
				r.with(t, nvme(0, "AAAA"), c.disk)
				r.vgs = c.vgs
			}
			if when == "" {
				appear()
			}
			err := carry(r, plan, free, func(id string) {
				if id == when {
					appear()
				}
			})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s, before %q: %v, want %q", name, when, err, c.want)
			}
		}
	}
}
