package disk_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

// assembled is a machine whose two disks were put together at the start of a
// live medium: a mirror, a volume group in it, and an opened container on one
// of its volumes.
func assembled() steps.Facts {
	one, two := emptyDisk("sda", "S1", 64*gib), emptyDisk("sdb", "S2", 64*gib)
	for _, d := range []*steps.Disk{&one, &two} {
		d.Table, d.TableUUID = "gpt", "44444444-0000-4000-9000-00000000000"+d.Serial[1:]
		d.Partitions = []steps.Partition{{
			Number: 1, Name: d.Name + "1", Start: mib, Size: 20 * gib, PartUUID: "44444444-0000-4000-8000-00000000000" + d.Serial[1:],
			Content: steps.Content{Kind: "linux_raid_member"},
		}}
		d.Holders = []string{"md array md127", "LVM volume data-one", "LVM volume data-two", "opened by dm-crypt as old"}
		d.Partitions[0].Holders = d.Holders
	}
	facts := factsOf(one, two, emptyDisk("sdc", "S3", 64*gib))
	facts.Volumes = []steps.Volume{
		{Name: "data-one", Kind: "lvm", Members: []string{"md127"}, UUID: "GroupOne", Group: "data", Volume: "one"},
		{Name: "data-two", Kind: "lvm", Members: []string{"md127"}, UUID: "GroupTwo", Group: "data", Volume: "two", Holders: []string{"opened by dm-crypt as old"}},
		{Name: "md127", Kind: "raid1", Members: []string{"sda1", "sdb1"}, UUID: "01234567:89abcdef:01234567:89abcdef"},
		{Name: "old", Kind: "crypt", Members: []string{"data-two"}, UUID: "0b5e8d72-c4f9-4160-a37d-9e2c6b1f8054", Format: "LUKS2"},
	}
	return facts
}

// releases are the first actions of a plan, those that close something.
func releases(plan steps.Plan) string {
	var text strings.Builder
	for _, action := range plan.Actions {
		if !disk.Releases(action.ID) {
			break
		}
		text.WriteString(action.ID + ": " + action.Title + "\n")
		for _, command := range action.Commands {
			text.WriteString("  " + strings.Join(command.Argv, " ") + "\n")
		}
		for _, command := range action.Done.Commands {
			text.WriteString("  done? " + strings.Join(command.Argv, " ") + "\n")
		}
	}
	return text.String()
}

// What was put together from the disks of a plan is closed first, each by an
// action of its own: a process that is killed between two goes on. What lies on
// others before those, and the machine is asked whether it is done.
func TestRelease(t *testing.T) {
	plan := planOf(assembled(), answersOf("luks-btrfs-raid1", "S1", "S2"))
	if len(plan.Blockers) > 0 {
		t.Fatalf("blocked: %v", plan.Blockers)
	}
	const by = "/dev/disk/by-id/"
	want := `disk/release/old: close the opened container old, which nobody uses
  cryptsetup close old
  udevadm settle --timeout=60
  done? test ! -e ` + by + `dm-uuid-CRYPT-LUKS2-0b5e8d72c4f94160a37d9e2c6b1f8054-old
disk/release/data-one: deactivate the volume group data, which nobody uses
  vgchange --activate n --select vg_name="data"
  udevadm settle --timeout=60
  done? test ! -e ` + by + `dm-uuid-LVM-GroupOne
  done? test ! -e ` + by + `dm-uuid-LVM-GroupTwo
disk/release/md127: stop the array md127, which nobody uses
  mdadm --stop ` + by + `md-uuid-01234567:89abcdef:01234567:89abcdef
  udevadm settle --timeout=60
  done? test ! -e ` + by + `md-uuid-01234567:89abcdef:01234567:89abcdef
`
	if diff := cmp.Diff(want, releases(plan)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if option, _ := ask(assembled(), answersOf("luks-btrfs-raid1"), "disk.disks.system"); option.Options[0].Unavailable != "" {
		t.Errorf("the disk cannot be chosen: %s", option.Options[0].Unavailable)
	}
}

// What is used by somebody, or belongs to what stays, is not closed: the disk
// is in use, and it is said of what.
func TestReleaseRefuses(t *testing.T) {
	mounted := assembled()
	mounted.Disks[0].Holders = append(mounted.Disks[0].Holders, "mounted at /srv through old")
	unknown := assembled()
	unknown.Volumes[2].UUID = ""
	keep := answersOf("luks-btrfs", "S1")
	keep.Disk.Keep = []string{"44444444-0000-4000-8000-000000000001"}
	for name, c := range map[string]struct {
		facts   steps.Facts
		answers steps.Answers
		hint    string
	}{
		"mounted":               {mounted, answersOf("luks-btrfs-raid1", "S1", "S2"), "unmount"},
		"half of it stays":      {assembled(), answersOf("luks-btrfs", "S1"), "lies on sdb too, which stays"},
		"a partition stays":     {assembled(), keep, "something on it stays"},
		"without a name to ask": {unknown, answersOf("luks-btrfs-raid1", "S1", "S2"), "close or deactivate"},
	} {
		plan := planOf(c.facts, c.answers)
		told := false
		for _, blocker := range plan.Blockers {
			told = told || strings.Contains(blocker.Text, "is in use: md array md127") && strings.Contains(blocker.Hint, c.hint)
		}
		if !told {
			t.Errorf("%s: %v", name, plan.Blockers)
		}
		for _, action := range plan.Actions {
			if disk.Releases(action.ID) {
				t.Errorf("%s: it would %s", name, action.Title)
			}
		}
	}
}

// A name of the layout that something on another disk has is a reason not to
// begin.
func TestTaken(t *testing.T) {
	opened := assembled()
	opened.Volumes[3].Name = "cryptroot"
	group := assembled()
	group.Volumes[0].Group = "system"
	pool := assembled()
	pool.Disks[1].Partitions[0].Content = steps.Content{Kind: "zfs_member", Label: "rpool"}
	for name, c := range map[string]struct {
		facts  steps.Facts
		layout string
		want   string
	}{
		"an opened container": {opened, "luks-btrfs", "an opened container cryptroot is there already, on sda and sdb"},
		"a volume group":      {group, "luks-lvm", "a volume group system is there already, on sda and sdb"},
		"a pool":              {pool, "luks-zfs", "a pool rpool is there already, on sdb"},
		"no name of this one": {pool, "luks-btrfs", ""},
	} {
		plan := planOf(c.facts, answersOf(c.layout, "S3"))
		got := ""
		for _, blocker := range plan.Blockers {
			if strings.Contains(blocker.Text, "is there already") {
				got = blocker.Text
			}
		}
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	// What goes with the disk is no reason.
	if problems := disk.Taken(planOf(opened, answersOf("luks-btrfs-raid1", "S1", "S2")).Layout, planOf(opened, answersOf("luks-btrfs-raid1", "S1", "S2")).Disks, opened); len(problems) > 0 {
		t.Errorf("the plan's own disks: %v", problems)
	}
}

// A group that nobody has activated yet is closed too before the array under
// it: udev may activate it a moment later.
func TestReleaseOfAGroupThatSleeps(t *testing.T) {
	facts := assembled()
	facts.Volumes = facts.Volumes[2:3]
	facts.Volumes[0].Content = steps.Content{Kind: "LVM2_member", Group: "data"}
	for i := range facts.Disks[:2] {
		facts.Disks[i].Holders = []string{"md array md127"}
	}
	plan := planOf(facts, answersOf("luks-btrfs-raid1", "S1", "S2"))
	const by = "/dev/disk/by-id/md-uuid-01234567:89abcdef:01234567:89abcdef"
	want := `disk/release/md127: stop the array md127, which nobody uses
  vgchange --activate n --select vg_name="data"
  mdadm --stop ` + by + `
  udevadm settle --timeout=60
  done? test ! -e ` + by + `
`
	if diff := cmp.Diff(want, releases(plan)); diff != "" || len(plan.Blockers) > 0 {
		t.Errorf("blocked: %v; (-want +got):\n%s", plan.Blockers, diff)
	}
}
