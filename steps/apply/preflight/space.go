package preflight

import (
	"context"
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Room that has to be free.
const (
	// The sources of the flake's inputs are unpacked into the running
	// system's store: nixpkgs twice, and the rest.
	leastStore = 1 << 30
	// Plan, journal, log, and the flake that is evaluated.
	leastRun = 32 << 20
	// A kernel, an initrd and a boot loader; a system that is changed later
	// keeps several of them.
	leastESP = 128 << 20
	easyESP  = 512 << 20
)

// space: the store of the running system, and the memory below /run.
func space(ctx context.Context, l *looker) Result {
	var said []string
	for _, place := range []struct {
		folder, name string
		least        uint64
		fatal        bool
		hint         string
	}{
		{"/run", "the memory below /run", leastRun, true, "mount -o remount,size=50% /run"},
		{"/nix/store", "the store of the running system", leastStore, false, "mount -o remount,size=80% /nix/.rw-store"},
	} {
		free, err := free(ctx, l.Runner, place.folder)
		switch {
		case err != nil && place.fatal:
			return warn("how much room there is in "+place.folder+" could not be seen: "+err.Error(), "")
		case err != nil: // no store here: the programs' check says so
		case free < place.least && place.fatal:
			return fail(fmt.Sprintf("%s has %s left; %s are needed", place.name, disk.Bytes(free), disk.Bytes(place.least)), place.hint)
		case free < place.least:
			return warn(fmt.Sprintf("%s has %s left; the sources of the flake's inputs may need %s", place.name, disk.Bytes(free), disk.Bytes(place.least)), place.hint)
		default:
			said = append(said, disk.Bytes(free)+" in "+place.folder)
		}
	}
	return good("%s", strings.Join(said, ", "))
}

// free is how many bytes can still be written in a folder.
func free(ctx context.Context, runner run.Runner, folder string) (uint64, error) {
	result, err := runner.Run(ctx, run.Command{Argv: tools.FreeSpace(folder)})
	if err != nil {
		return 0, err
	}
	return tools.ParseFreeSpace(result.Stdout)
}

// esp: the partition that the firmware reads, new or taken over from another
// system.
func esp(_ context.Context, l *looker) Result {
	if !l.Answers.Host.NixOS() {
		return good("none of ours on this kind of host")
	}
	size, kept := espOf(l.Plan)
	switch {
	case size == 0:
		return fail("the plan has no EFI system partition", "choose a layout that has one")
	case kept == nil && size < leastESP:
		return fail(fmt.Sprintf("the EFI system partition would have %s, a kernel with its initrd alone needs %s", disk.Bytes(size), disk.Bytes(leastESP)), "answer disk.esp: 1GiB")
	case kept == nil && size < easyESP:
		return warn(fmt.Sprintf("the EFI system partition will have %s: room for two or three generations", disk.Bytes(size)), "answer disk.esp: 1GiB")
	case kept == nil:
		return good("%s, new", disk.Bytes(size))
	}
	return keptESP(l.Facts, *kept)
}

// keptESP looks at a partition that is shared with another system.
func keptESP(facts steps.Facts, region steps.Region) Result {
	for _, one := range facts.Disks {
		for _, partition := range one.Partitions {
			if partition.PartUUID == "" || !strings.EqualFold(partition.PartUUID, region.PartUUID) {
				continue
			}
			if partition.Content.Used == 0 {
				return warn(fmt.Sprintf("%s, shared with another system; how full it is could not be seen", disk.Bytes(partition.Size)), "")
			}
			left := partition.Size - min(partition.Content.Used, partition.Size)
			if left < leastESP {
				return fail(fmt.Sprintf("the EFI system partition is shared, and has %s left where a kernel with its initrd needs %s", disk.Bytes(left), disk.Bytes(leastESP)),
					"remove what is not needed from it, or choose a layout with a partition of its own")
			}
			return good("%s left, shared with another system", disk.Bytes(left))
		}
	}
	return good("%s, shared with another system", disk.Bytes(region.Size))
}

// espOf is the size of the plan's EFI system partition and, where it is one
// that is there already, its region.
func espOf(plan steps.Plan) (uint64, *steps.Region) {
	for _, one := range plan.Layout.Disks {
		for _, partition := range one.Partitions {
			if partition.Content.Mountpoint == "/boot" || partition.Type == "EF00" {
				return partition.Size, nil
			}
		}
	}
	for _, mount := range plan.Layout.Mounts {
		if mount.Mountpoint != "/boot" {
			continue
		}
		for _, one := range plan.Disks {
			for _, region := range one.After {
				if region.PartUUID != "" && strings.HasSuffix(strings.ToLower(mount.Device), strings.ToLower(region.PartUUID)) {
					return region.Size, &region
				}
			}
		}
		return 1, &steps.Region{}
	}
	return 0, nil
}
