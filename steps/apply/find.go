package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// OnESP is where the folder lies on an EFI system partition. It is readable
// before any disk is unlocked, which a run that goes on after a power cut
// needs.
const OnESP = "mnemonix"

// ErrNothingFound is a machine on which no run was interrupted. One that ended
// is none.
var ErrNothingFound = errors.New("no interrupted run was found")

// Find looks for runs that were interrupted: in memory, then on every EFI
// system partition, which is mounted for reading and given back. What lies in
// memory was written last, by definition: every line goes there first, and it
// is gone with the power. After that the disk counts, which was made by the
// run that it tells of; a copy elsewhere may be of an earlier one. A place that
// cannot be read is told only where nothing else is found.
func Find(ctx context.Context, runner run.Runner) (Found, error) {
	found, err := NewFolder(runner, Memory).Load()
	if err == nil && !found.Ended() {
		return found, nil
	}
	var unreadable error
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		unreadable = err
	}
	result, err := runner.Run(ctx, run.Command{Argv: tools.Lsblk(runner.Root())})
	if err != nil {
		return Found{}, errors.Join(ErrNothingFound, unreadable, err)
	}
	devices, err := tools.ParseLsblk(result.Stdout)
	if err != nil {
		return Found{}, errors.Join(ErrNothingFound, unreadable, err)
	}
	var best *Found
	for i, device := range espOf(devices) {
		found, err := onESP(ctx, runner, device, fmt.Sprintf("/run/mnemonix/esp-%d", i))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			unreadable = errors.Join(unreadable, fmt.Errorf("%s: %w", device.Path, err))
		case best == nil || newer(found, *best):
			best = &found
		}
	}
	if best == nil || best.Ended() {
		return Found{}, errors.Join(ErrNothingFound, unreadable)
	}
	return *best, nil
}

// espOf lists the EFI system partitions.
// Source: UEFI Specification 2.10, 5.3.3, table 5.7.
func espOf(devices []tools.BlockDevice) []tools.BlockDevice {
	const typeESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
	var list []tools.BlockDevice
	for _, device := range devices {
		if device.PartType == typeESP && device.FSType == "vfat" {
			list = append(list, device)
		}
		list = append(list, espOf(device.Children)...)
	}
	return list
}

// onESP loads the folder of one EFI system partition.
func onESP(ctx context.Context, runner run.Runner, device tools.BlockDevice, place string) (found Found, err error) {
	if len(device.Mountpoints) > 0 && device.Mountpoints[0] != "" {
		return NewFolder(runner, path.Join(device.Mountpoints[0], OnESP)).Load()
	}
	if err := runner.MkdirAll(place, 0o700); err != nil {
		return Found{}, fmt.Errorf("make folder %s: %w", place, err)
	}
	if err := command(ctx, runner, tools.MountReadOnly(device.Path, place)); err != nil {
		return Found{}, err
	}
	defer func() { err = errors.Join(err, command(ctx, runner, tools.Unmount(place))) }()
	return NewFolder(runner, path.Join(place, OnESP)).Load()
}

func command(ctx context.Context, runner run.Runner, command steps.Command) error {
	_, err := runner.Run(ctx, run.Command{Argv: command.Argv, Text: command.Text})
	return err
}

// newer says whether a is the record that counts, and b is not. Of two that
// one run has written, the longer was written last. Else the times are all
// there is to go by.
func newer(a, b Found) bool {
	most := min(len(a.Entries), len(b.Entries))
	switch {
	case len(a.Entries) == 0:
		return false
	case len(b.Entries) == 0:
		return true
	case a.Plan.Hash == b.Plan.Hash && slices.Equal(a.Entries[:most], b.Entries[:most]):
		return len(a.Entries) > len(b.Entries)
	}
	return a.Entries[len(a.Entries)-1].Time.After(b.Entries[len(b.Entries)-1].Time)
}
