package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/unlock"
)

// chooseContainers are the disks that were named, or that somebody chooses now.
func (a *app) chooseContainers(ctx context.Context, runner run.Runner, devices []string) ([]unlock.Container, error) {
	if len(devices) > 0 {
		var chosen []unlock.Container
		for _, device := range devices {
			one, err := named(ctx, runner, device)
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(chosen, func(c unlock.Container) bool { return c.Device == one.Device }) {
				chosen = append(chosen, one)
			}
		}
		return chosen, nil
	}
	list, err := unlock.Containers(ctx, runner)
	switch {
	case err != nil:
		return nil, lacks(err, "name it: --device")
	case len(list) == 0:
		return nil, lacks(errors.New("no encrypted disk was found"), "is it plugged in? A disk image or another device: --device")
	case !a.onTerminal():
		for _, one := range list {
			_, _ = fmt.Fprintf(a.streams.Err, "  %s\n", one)
		}
		return nil, usage(errors.New("which disk is not said"), "--device names one of these; no other is touched")
	}
	options := make([]steps.Option, len(list))
	for i, one := range list {
		options[i] = steps.Option{Value: one.Device, Title: one.Title(), Help: one.Details()}
		if one.Open != "" {
			options[i].Unavailable = "it is open already, as " + one.Open
		}
	}
	given, err := a.choose(ctx, "recover", page{title: "Disk", ask: func(map[string][]string) []steps.Question {
		return []steps.Question{{
			Key: "devices", Kind: steps.KindChoices, Title: "Which disk is opened?", Options: options,
			Help: "What its header says of the words and the machine stands beside it. A mirror is opened by all of its disks, or read from one. No other disk is touched.",
		}}
	}})
	if err != nil {
		return nil, err
	}
	chosen := slices.DeleteFunc(list, func(one unlock.Container) bool { return !slices.Contains(given["devices"], one.Device) })
	for _, one := range chosen {
		_, _ = fmt.Fprintf(a.streams.Err, "%s\n", one)
	}
	return chosen, nil
}

// named is the container on a device, with what is known of it.
func named(ctx context.Context, runner run.Runner, device string) (unlock.Container, error) {
	device, err := filepath.Abs(device)
	if err != nil {
		return unlock.Container{}, fault(err)
	}
	container := unlock.Container{Device: device}
	real, err := filepath.EvalSymlinks(device) // a name below /dev/disk
	if err != nil {
		return container, usage(err, "mnemonix recover disk lists what is encrypted here")
	}
	if list, err := unlock.Containers(ctx, runner); err == nil {
		for _, one := range list {
			if one.Device == real {
				return one, nil
			}
		}
	}
	if container.Notes, err = unlock.Notes(ctx, runner, device); err != nil {
		return container, lacks(fmt.Errorf("%s is not encrypted with LUKS2, or cannot be read: %w", device, err), "")
	}
	return container, nil
}
