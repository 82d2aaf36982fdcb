package disk_test

import (
	"flag"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

// The planner's promises, over generated and recorded machines and generated
// answers, shared between the processors: ten thousand, or as many as
// MNEMONIX_PLANS says. ./check full says a million, without the race detector,
// for which there is nothing to see in one planner and which takes seven times
// as long. -rapid.checks asks for another number; RAPID_CHECKS is for
// properties that cost more.
func TestPlanProperties(t *testing.T) {
	checks := 10_000
	if text := os.Getenv("MNEMONIX_PLANS"); text != "" {
		var err error
		if checks, err = strconv.Atoi(text); err != nil {
			t.Fatalf("MNEMONIX_PLANS is no number: %v", err)
		}
	}
	parts := runtime.GOMAXPROCS(0)
	before := flag.Lookup("rapid.checks").Value.String()
	asked := false
	flag.Visit(func(one *flag.Flag) { asked = asked || one.Name == "rapid.checks" })
	if asked {
		checks, _ = strconv.Atoi(before)
	}
	if err := flag.Set("rapid.checks", strconv.Itoa((checks+parts-1)/parts)); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = flag.Set("rapid.checks", before) }()
	t.Run("parts", func(t *testing.T) {
		for i := range parts {
			t.Run(strconv.Itoa(i+1), func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, planHolds)
			})
		}
	})
}

func FuzzPlan(f *testing.F) { f.Fuzz(rapid.MakeFuzz(planHolds)) }

var layouts = []string{
	"luks-btrfs", "btrfs", "ext4", "luks-ext4", "luks-lvm", "luks-btrfs-raid1", "md-raid1", "luks-zfs", "luks-zfs-mirror",
	"beside", "document",
}

func planHolds(t *rapid.T) {
	facts := anyMachine().Draw(t, "facts")
	answers := answersFor(facts).Draw(t, "answers")
	plan := planOf(facts, answers)
	if !reflect.DeepEqual(plan, planOf(facts, answers)) {
		t.Fatal("the same input gave another plan")
	}
	for _, problem := range append(slices.Clone(plan.Blockers), plan.Warnings...) {
		if problem.Text == "" || strings.HasSuffix(problem.Text, ".") || strings.ContainsAny(problem.Text, "\n\x1b") {
			t.Fatalf("a problem is no sentence: %q", problem.Text)
		}
	}
	if len(plan.Disks) == 0 && len(plan.Blockers) == 0 {
		t.Fatal("neither a plan nor a reason why not")
	}
	if answers.Disk.Layout == "document" && len(plan.Actions) > 0 {
		t.Fatal("documenting a disk does something to it")
	}
	for _, one := range plan.Disks {
		now := diskOf(t, facts, one.Disk)
		tiles(t, one.Before, now.Size)
		tiles(t, one.After, now.Size)
		keptStays(t, answers, now, one)
		createdFits(t, now, one)
	}
	onlyChosen(t, facts, answers, plan)
	layoutIsThePlan(t, plan)
	writtenWasRead(t, facts, plan)
	halvesAreEqual(t, plan)
	erasesOnlyWhatGoes(t, plan)
	commandsStay(t, facts, plan)
	noReturnIsTold(t, plan)
	if len(plan.Actions) > 0 {
		if _, err := render.Disko(plan.Layout); err != nil {
			t.Fatal(err)
		}
	}
}

// onlyChosen checks that the disks of a plan are those that were chosen, each
// for its role, and no others.
func onlyChosen(t *rapid.T, facts steps.Facts, answers steps.Answers, plan steps.Plan) {
	for _, one := range plan.Disks {
		at := slices.IndexFunc(answers.Disk.Disks, func(c steps.DiskChoice) bool { return c.Role == one.Role })
		if at < 0 {
			t.Fatalf("nobody chose a disk for the role %s", one.Role)
		}
		chosen, err := disk.Match(answers.Disk.Disks[at].Match, facts)
		if err != nil || chosen.Fingerprint() != one.Disk {
			t.Fatalf("for the role %s %s was chosen, and %s is planned: %v", one.Role, chosen.Name, one.Device, err)
		}
	}
	for _, action := range plan.Actions {
		for _, erasure := range action.Erases {
			if !slices.ContainsFunc(plan.Disks, func(d steps.DiskPlan) bool { return d.Disk == erasure.Disk }) {
				t.Fatalf("%s erases a disk that is not in the plan", action.ID)
			}
		}
	}
}

// layoutIsThePlan checks that disko and the configuration get the partitions
// of the plan, at their places and under their names, and none besides: what
// is formatted or encrypted is what the review shows as made.
func layoutIsThePlan(t *rapid.T, plan steps.Plan) {
	if len(plan.Actions) == 0 {
		return
	}
	for _, one := range plan.Disks {
		var made, told []steps.Region
		for _, region := range one.After {
			if region.Fate == steps.FateCreate {
				made = append(made, steps.Region{Number: region.Number, PartUUID: region.PartUUID, Start: region.Start, Size: region.Size})
			}
		}
		for _, layout := range plan.Layout.Disks {
			if layout.Device != one.Device {
				continue
			}
			for _, partition := range layout.Partitions {
				told = append(told, steps.Region{Number: partition.Number, PartUUID: partition.UUID, Start: partition.Start, Size: partition.Size})
			}
		}
		if !slices.Equal(made, told) {
			t.Fatalf("of %s the review shows %v, and disko is told %v", one.Device, made, told)
		}
	}
	if len(plan.Layout.Disks) != len(plan.Disks) {
		t.Fatalf("disko is told of %d disks, the review shows %d", len(plan.Layout.Disks), len(plan.Disks))
	}
}

// writtenWasRead checks that no disk is written to that nobody could tell from
// another one: its ends were read, or the plan cannot be carried out. Only who
// is not root, and can carry nothing out, gets a plan with a warning.
func writtenWasRead(t *rapid.T, facts steps.Facts, plan steps.Plan) {
	for _, action := range plan.Actions {
		for _, erasure := range action.Erases {
			one := diskOf(t, facts, erasure.Disk)
			switch {
			case erasure.Disk.EndsHash != "", len(plan.Blockers) > 0:
			case one.Unread == steps.OnlyRoot && slices.ContainsFunc(plan.Warnings, func(p steps.Problem) bool { return strings.Contains(p.Text, one.Unread) }):
			default:
				t.Fatalf("%s is erased, and its ends were not read", one.Name)
			}
		}
	}
}

// halvesAreEqual checks that both halves of a mirror have one size: mdadm asks
// before it makes one of halves that differ, and nobody would answer.
func halvesAreEqual(t *rapid.T, plan steps.Plan) {
	if len(plan.Layout.Disks) < 2 {
		return
	}
	var sizes []uint64
	for _, one := range plan.Layout.Disks {
		sizes = append(sizes, one.Partitions[len(one.Partitions)-1].Size)
	}
	if sizes[0] != sizes[1] {
		t.Fatalf("the halves of a mirror have %v bytes", sizes)
	}
}

func diskOf(t *rapid.T, facts steps.Facts, fingerprint steps.Fingerprint) steps.Disk {
	for _, one := range facts.Disks {
		if one.Fingerprint() == fingerprint {
			if reason := disk.Unusable(one, facts); reason != "" {
				t.Fatalf("a disk is planned that nobody may use: %s", reason)
			}
			return one
		}
	}
	t.Fatal("a disk is planned that is not there")
	return steps.Disk{}
}

// tiles checks that regions cover the disk, without holes and overlaps.
func tiles(t *rapid.T, regions []steps.Region, size uint64) {
	var at uint64
	for _, region := range regions {
		if region.Start != at || region.Size == 0 {
			t.Fatalf("a region begins at %d with %d bytes, the one before it ends at %d", region.Start, region.Size, at)
		}
		at += region.Size
	}
	if at != size {
		t.Fatalf("the regions have %d bytes, the disk has %d", at, size)
	}
}

// keptStays checks that what is kept is the same before and after, and that
// everything is kept that has to be.
func keptStays(t *rapid.T, answers steps.Answers, now steps.Disk, plan steps.DiskPlan) {
	kept := func(regions []steps.Region) []steps.Region {
		return slices.DeleteFunc(slices.Clone(regions), func(r steps.Region) bool { return r.Fate != steps.FateKeep })
	}
	before, after := kept(plan.Before), kept(plan.After)
	if !slices.Equal(before, after) {
		t.Fatalf("kept before: %v, after: %v", before, after)
	}
	for _, partition := range now.Partitions {
		if answers.Disk.Layout != "beside" && answers.Disk.Layout != "document" && !slices.Contains(answers.Disk.Keep, partition.PartUUID) {
			continue
		}
		if !slices.ContainsFunc(after, func(r steps.Region) bool {
			return r.Start == partition.Start && r.Size == partition.Size && r.Number == partition.Number && r.PartUUID == partition.PartUUID
		}) && answers.Disk.Layout != "document" {
			t.Fatalf("partition %d was to be kept and is not in the plan as it was: %v", partition.Number, after)
		}
	}
}

// createdFits checks that what is made is aligned, inside what the table
// leaves, and under a number of its own.
func createdFits(t *rapid.T, now steps.Disk, plan steps.DiskPlan) {
	numbers := map[int]bool{}
	for _, region := range plan.After {
		if region.Fate == steps.FateFree {
			continue
		}
		if region.Fate != steps.FateKeep && (region.Number < 1 || region.Number > 128 || numbers[region.Number]) {
			t.Fatalf("the number %d is taken or none", region.Number)
		}
		numbers[region.Number] = true
		if region.Fate != steps.FateCreate {
			continue
		}
		if region.Start%mib != 0 || region.Size%mib != 0 {
			t.Fatalf("partition %d is not aligned: %d, %d", region.Number, region.Start, region.Size)
		}
		first, last := 2*now.LogicalSize+16384, now.Size-now.LogicalSize-16384
		if region.Start < first || region.Start+region.Size > last {
			t.Fatalf("partition %d (%d to %d) is outside %d to %d", region.Number, region.Start, region.Start+region.Size, first, last)
		}
	}
}

func overlap(a, b steps.Region) bool { return a.Start < b.Start+b.Size && b.Start < a.Start+a.Size }

// erasesOnlyWhatGoes checks that nothing that is kept is erased, and that
// nothing is made without an action that says it erases that place.
func erasesOnlyWhatGoes(t *rapid.T, plan steps.Plan) {
	if len(plan.Actions) == 0 {
		return
	}
	for _, one := range plan.Disks {
		var erased []steps.Region
		for _, action := range plan.Actions {
			for _, erasure := range action.Erases {
				if erasure.Disk == one.Disk {
					erased = append(erased, erasure.Regions...)
				}
			}
		}
		for _, region := range one.After {
			for _, gone := range erased {
				if region.Fate == steps.FateKeep && overlap(region, gone) {
					t.Fatalf("an action erases what is kept: %v, %v", region, gone)
				}
			}
			if region.Fate == steps.FateCreate && !slices.ContainsFunc(erased, func(gone steps.Region) bool { return overlap(region, gone) }) {
				t.Fatalf("no action says that it erases %v", region)
			}
		}
	}
}
