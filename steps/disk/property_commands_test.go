package disk_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// commandsStay checks the commands themselves: they name no disk that is not
// in the plan and no partition that the plan does not make, sgdisk gets the plan's own sectors and spares the numbers of
// what is kept, and what is saved and put back lies outside kept partitions.
func commandsStay(t *rapid.T, facts steps.Facts, plan steps.Plan) {
	ids, saves := map[string]bool{}, map[string]bool{}
	for _, action := range plan.Actions {
		if ids[action.ID] {
			t.Fatalf("two actions are named %s", action.ID)
		}
		ids[action.ID] = true
		for _, command := range slices.Concat(action.Commands, action.Finally, action.Undo) {
			device := ""
			for _, argument := range command.Argv {
				_, name, found := strings.Cut(argument, "/dev/disk/by-")
				if !found {
					continue
				}
				if uuid, found := strings.CutPrefix(name, "partuuid/"); found {
					partitionIsMade(t, uuid, command, plan)
					continue
				}
				device = "/dev/disk/by-" + name
			}
			if device == "" {
				continue
			}
			index := slices.IndexFunc(plan.Disks, func(d steps.DiskPlan) bool { return d.Device == device })
			if index < 0 {
				t.Fatalf("%v names a disk that is not in the plan", command.Argv)
			}
			if command.Argv[0] == "sgdisk" {
				sgdiskStays(t, command.Argv, diskOf(t, facts, plan.Disks[index].Disk), plan.Disks[index])
			}
			if command.Argv[0] == "dd" && strings.HasPrefix(command.Argv[1], "if=/dev/disk/") {
				savesStay(t, command.Argv, facts, plan.Disks[index], saves)
			}
			if command.Argv[0] == "dd" && strings.HasPrefix(command.Argv[2], "of=/dev/") {
				ddStays(t, command.Argv, plan, plan.Disks[index])
			}
		}
	}
}

// partitionIsMade checks that a partition which a command names by its PARTUUID
// is one that the plan makes: what is kept, and what is on other disks, is
// nothing that a command has to do with.
func partitionIsMade(t *rapid.T, uuid string, command steps.Command, plan steps.Plan) {
	for _, one := range plan.Disks {
		if slices.ContainsFunc(one.After, func(r steps.Region) bool { return r.Fate == steps.FateCreate && r.PartUUID == uuid }) {
			return
		}
	}
	t.Fatalf("%v names a partition that the plan does not make", command.Argv)
}

// savesStay checks what is copied before anything is written: it lies inside
// the disk, or the copying would fail, and no copy replaces another one.
func savesStay(t *rapid.T, argv []string, facts steps.Facts, one steps.DiskPlan, saves map[string]bool) {
	from, size := number(argv, "skip"), number(argv, "count")
	if now := diskOf(t, facts, one.Disk); size == 0 || from > now.Size || size > now.Size-from {
		t.Fatalf("%v reads outside of %d bytes", argv, now.Size)
	}
	if saves[argv[2]] {
		t.Fatalf("two copies go to %s", argv[2])
	}
	saves[argv[2]] = true
}

// sgdiskStays checks what sgdisk is told: in sectors of this disk, to the
// sector, what the plan shows in bytes.
func sgdiskStays(t *rapid.T, argv []string, now steps.Disk, plan steps.DiskPlan) {
	made := 0
	for _, argument := range argv {
		if number, found := strings.CutPrefix(argument, "--delete="); found {
			for _, region := range plan.After {
				if region.Fate == steps.FateKeep && strconv.Itoa(region.Number) == number {
					t.Fatalf("sgdisk deletes %s, which is kept", number)
				}
			}
		}
		var number int
		var first, last uint64
		if _, err := fmt.Sscanf(argument, "--new=%d:%d:%d", &number, &first, &last); err == nil {
			made++
			if !slices.ContainsFunc(plan.After, func(r steps.Region) bool {
				return r.Fate == steps.FateCreate && r.Number == number &&
					r.Start == first*now.LogicalSize && r.Start+r.Size == (last+1)*now.LogicalSize
			}) {
				t.Fatalf("sgdisk makes a partition that is not in the plan: %s", argument)
			}
		}
	}
	if made == 0 {
		t.Fatalf("sgdisk makes nothing: %v", argv)
	}
}

// number is the value of one of dd's arguments; 0 where it is not there.
func number(argv []string, name string) uint64 {
	for _, argument := range argv {
		if text, found := strings.CutPrefix(argument, name+"="); found {
			value, _ := strconv.ParseUint(text, 10, 64)
			return value
		}
	}
	return 0
}

// ddStays checks what dd writes: zeros only where a partition is made, and
// saved ranges back to where nothing is kept.
func ddStays(t *rapid.T, argv []string, plan steps.Plan, one steps.DiskPlan) {
	source := strings.TrimPrefix(argv[1], "if=")
	written := steps.Region{Start: number(argv, "seek"), Size: number(argv, "count")}
	if source == "/dev/zero" {
		if !slices.ContainsFunc(one.After, func(r steps.Region) bool {
			return r.Fate == steps.FateCreate && written.Start >= r.Start && written.Start+written.Size <= r.Start+r.Size
		}) {
			t.Fatalf("zeros are written where nothing is made: %v", argv)
		}
		return
	}
	for _, command := range saving(plan) {
		if len(command.Argv) > 2 && command.Argv[2] == "of="+source {
			written.Size = number(command.Argv, "count")
		}
	}
	if written.Size == 0 {
		t.Fatalf("%s is put back and was never saved", source)
	}
	for _, region := range one.After {
		if region.Fate == steps.FateKeep && overlap(region, written) {
			t.Fatalf("putting %s back writes into partition %d, which is kept", source, region.Number)
		}
	}
}

// noReturnIsTold checks that nothing which lay on a disk before is written over
// unless that action, or one before it, is told as the point of no return. What
// dd zeroes is the exception, as long as it was saved.
func noReturnIsTold(t *rapid.T, plan steps.Plan) {
	for _, action := range plan.Actions {
		if action.NoReturn {
			return
		}
		for _, command := range action.Commands {
			for _, one := range plan.Disks {
				for _, written := range contentWritten(command.Argv, plan, one) {
					for _, region := range one.Before {
						if region.Fate != steps.FateFree && overlap(region, written) {
							t.Fatalf("%s: %v writes over %v, and that is no point of no return", action.ID, command.Argv, region)
						}
					}
				}
			}
		}
	}
}

// contentWritten is where a command writes what no saved range brings back.
func contentWritten(argv []string, plan steps.Plan, one steps.DiskPlan) []steps.Region {
	var written []steps.Region
	switch argv[0] {
	case "disko":
		mode := argv[slices.Index(argv, "--mode")+1]
		shared := slices.ContainsFunc(plan.Layout.Disks, func(d steps.LayoutDisk) bool { return d.Device == one.Device && d.Shared })
		if strings.Contains(mode, "destroy") && !shared {
			return one.Before // of a shared disk, disko is given the new partitions only
		}
		if !strings.Contains(mode, "format") {
			return nil
		}
		for _, region := range one.After {
			if region.Fate == steps.FateCreate {
				written = append(written, region)
			}
		}
	case "wipefs":
		for _, region := range one.After {
			if region.PartUUID != "" && strings.HasSuffix(argv[len(argv)-1], "/"+region.PartUUID) {
				written = append(written, region)
			}
		}
	case "dd":
		zeros := steps.Region{Start: number(argv, "seek"), Size: number(argv, "count")}
		saved := slices.ContainsFunc(saving(plan), func(save steps.Command) bool {
			from := number(save.Argv, "skip")
			return save.Argv[0] == "dd" && save.Argv[1] == "if="+one.Device &&
				from <= zeros.Start && zeros.Start+zeros.Size <= from+number(save.Argv, "count")
		})
		if argv[1] == "if=/dev/zero" && argv[2] == "of="+one.Device && !saved {
			written = append(written, zeros)
		}
	}
	return written
}

// saving are the commands that keep what the plan writes over.
func saving(plan steps.Plan) []steps.Command {
	at := slices.IndexFunc(plan.Actions, func(action steps.Action) bool { return action.ID == "disk/save" })
	return plan.Actions[at].Commands
}
