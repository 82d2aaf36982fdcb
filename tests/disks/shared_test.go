package disks_test

import (
	"slices"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// keptParts are the PARTUUIDs of what stays of the disk shared: the EFI system
// partition and the NTFS, as prepare.sh makes them.
var keptParts = []string{"bbbbbbbb-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000003"}

func keeping(a *steps.Answers) { a.Disk.Keep = keptParts }

// kept are the ranges of a plan's first disk that stay, and the tables at both
// ends.
func kept(plan steps.Plan) (ranges, tables []steps.Region) {
	before := plan.Disks[0].Before
	for _, region := range plan.Disks[0].After {
		if region.Fate == steps.FateKeep {
			ranges = append(ranges, region)
		}
	}
	last := before[len(before)-1]
	end := last.Start + last.Size
	const table = 34 * 512 // of 512-byte sectors: the protective MBR, the header and 128 entries
	return ranges, []steps.Region{{Start: 0, Size: table}, {Start: end - table + 512, Size: table - 512}}
}

func (b *bench) equal(what string, before, after []string) {
	b.t.Helper()
	for i := range before {
		if before[i] != after[i] {
			b.t.Errorf("%s: range %d changed", what, i)
		}
	}
}

// except are the serial numbers of all disks that are attached but this one.
func except(serial string) []string {
	return slices.DeleteFunc(stock(), func(one string) bool { return one == serial })
}

// toBeTakenBack stops when everything is made and mounted, and before the last
// action: what ended is not taken back.
const toBeTakenBack = " --until disk/format"

// Beside a Windows, every byte of what stays is as it was, also its place in
// the table; taken back, the table is as it was too. Of an EFI system partition
// that is used together the files are as they were: it says of itself that it
// is in use.
func (b *bench) beside(t *testing.T, name, serial string) {
	b.on(t)
	plan := b.plan(name)
	if len(plan.Blockers) > 0 {
		t.Fatalf("blocked: %v", plan.Blockers)
	}
	ranges, tables := kept(plan)
	if len(ranges) != 4 {
		t.Fatalf("%d partitions stay, and four should", len(ranges))
	}
	together := slices.ContainsFunc(plan.Layout.Mounts, func(m steps.LayoutMount) bool { return m.Mountpoint == "/boot" })
	if want := name == "beside-esp"; together != want {
		t.Fatalf("the EFI system partition is used together: %v", together)
	}
	esp := ranges[0]
	files := b.filesOf(esp)
	if together {
		ranges = ranges[1:]
	}
	content, table := b.region(serial, ranges...), b.region(serial, tables...)
	others := b.digests(except(serial)...)
	b.must("carry start /run/" + name + ".json" + toBeTakenBack)
	b.made(plan)
	b.equal("what stays, beside the new system", content, b.region(serial, ranges...))
	b.must("carry undo")
	b.equal("what stays, after an undo", content, b.region(serial, ranges...))
	b.equal("the table, after an undo", table, b.region(serial, tables...))
	b.same("beside and back", others, b.digests(except(serial)...))
	if now := b.filesOf(esp); now != files {
		t.Errorf("the EFI system partition of the other system had\n%s\nand has\n%s", files, now)
	}
}

// filesOf are the files of a partition, without changing a byte of it.
func (b *bench) filesOf(part steps.Region) string {
	b.t.Helper()
	return b.must("mkdir -p /media && mount -o ro /dev/disk/by-partuuid/" + part.PartUUID +
		" /media && (cd /media && find . -type f -exec sha256sum {} +) && umount /media")
}

// Of a disk with partitions that stay everything else goes: what stays is as it
// was to the byte, with its place and its PARTUUID in the table. As long as
// only the table was written all of the disk comes back.
func (b *bench) keep(t *testing.T) {
	b.on(t)
	plan := b.plan("keep")
	if len(plan.Blockers) > 0 {
		t.Fatalf("blocked: %v", plan.Blockers)
	}
	ranges, _ := kept(plan)
	var names []string
	for _, region := range ranges {
		names = append(names, region.PartUUID)
	}
	if !slices.Equal(names, keptParts) {
		t.Fatalf("%v stay, and %v should", names, keptParts)
	}
	others, whole := b.digests(except("shared")...), b.digests("shared")
	content := b.region("shared", ranges...)
	b.must("carry start /run/keep.json --until disk/partition-system")
	if b.digests("shared")["shared"] == whole["shared"] {
		t.Error("nothing was deleted, so that there was nothing to take back")
	}
	b.equal("what stays, after others were deleted", content, b.region("shared", ranges...))
	b.must("carry undo")
	b.same("an undo in time", whole, b.digests("shared"))

	b.must("carry start /run/keep.json" + toBeTakenBack)
	b.made(plan)
	b.equal("what stays, with the new system beside it", content, b.region("shared", ranges...))
	b.refused("carry undo", "point of no return")
	b.must("carry release /run/keep.json")
	b.equal("what stays, in the end", content, b.region("shared", ranges...))
	b.same("keeping two", others, b.digests(except("shared")...))
}

// What is there already is only written down: no action touches a disk, and
// after the plan every disk is as it was.
func (b *bench) document(t *testing.T) {
	b.on(t)
	before := b.digests(stock()...)
	plan := b.plan("document")
	if len(plan.Blockers) > 0 {
		t.Fatalf("blocked: %v", plan.Blockers)
	}
	if !slices.ContainsFunc(plan.Layout.Mounts, func(m steps.LayoutMount) bool { return m.Mountpoint == "/" }) {
		t.Errorf("the root is not written down: %v", plan.Layout.Mounts)
	}
	for _, disk := range plan.Disks {
		for _, region := range disk.After {
			if region.Fate != steps.FateKeep && region.Fate != steps.FateFree {
				t.Errorf("%s: %d+%d is to be %s", disk.Device, region.Start, region.Size, region.Fate)
			}
		}
	}
	b.refused("carry start /run/document.json", `the plan has no actions "disk/"`)
	b.refused("carry release /run/document.json", `the plan has no actions "finish/unmount"`)
	b.same("what was only written down", before, b.digests(stock()...))
}
