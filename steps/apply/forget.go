package apply

import (
	"context"
	"errors"
	"fmt"
	"path"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Forget removes the record of a plan from memory and from every EFI system
// partition: an undo has taken all of it back, and one that is shared with
// another system is still there. Only a partition that has that very record is
// written to. Memory comes last: what is there can be begun again.
func Forget(ctx context.Context, runner run.Runner, plan string) error {
	var failed error
	result, err := runner.Run(ctx, run.Command{Argv: tools.Lsblk(runner.Root())})
	if err != nil {
		return err
	}
	devices, err := tools.ParseLsblk(result.Stdout)
	if err != nil {
		return err
	}
	for i, device := range espOf(devices) {
		place := fmt.Sprintf("/run/mnemonix/esp-%d", i)
		found, err := onESP(ctx, runner, device, place)
		var command *run.Error
		switch {
		case errors.As(err, &command): // it could not be mounted
			failed = errors.Join(failed, fmt.Errorf("look for a record on %s: %w", device.Path, err))
		case err == nil && found.Plan.Hash == plan: // what cannot be read cannot be gone on with either
			failed = errors.Join(failed, forgetOn(ctx, runner, device, place))
		}
	}
	if failed != nil {
		return failed
	}
	return NewFolder(runner, Memory).Remove()
}

func forgetOn(ctx context.Context, runner run.Runner, device tools.BlockDevice, place string) (err error) {
	if len(device.Mountpoints) > 0 && device.Mountpoints[0] != "" {
		return NewFolder(runner, path.Join(device.Mountpoints[0], OnESP)).Remove()
	}
	if err := command(ctx, runner, tools.Mount(device.Path, place)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, command(ctx, runner, tools.Unmount(place))) }()
	return NewFolder(runner, path.Join(place, OnESP)).Remove()
}
