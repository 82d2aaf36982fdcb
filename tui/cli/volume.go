package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// answersVolumes are the labels of volumes that may carry answers; the second
// is what cloud-init calls its own (NoCloud). File systems that know no lower
// case have it in capitals.
var answersVolumes = []string{"MNEMONIX", "cidata"}

// answersPlace is where such a volume is mounted while it is read.
const answersPlace = "/run/mnemonix/answers"

// fromVolume reads answers.yaml from a volume that is labelled for it. Without
// such a volume, or without the file on it, the text is nil.
func (w *applying) fromVolume(ctx context.Context) (name string, text []byte, err error) {
	result, err := w.runner.Run(ctx, run.Command{Argv: tools.Lsblk("")})
	if err != nil {
		return "", nil, nil //nolint:nilerr // a machine without lsblk has no such volume; its disks are missed elsewhere
	}
	devices, err := tools.ParseLsblk(result.Stdout)
	if err != nil {
		return "", nil, nil //nolint:nilerr // the same
	}
	for _, label := range answersVolumes {
		for _, device := range labelled(devices, label) {
			text, err := w.answersOn(ctx, device)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			name := "answers.yaml on the volume " + device.Label
			if err != nil {
				return name, nil, lacks(fmt.Errorf("read %s: %w", name, err), "take the volume out, or give --answers FILE")
			}
			return name, text, nil
		}
	}
	return "", nil, nil
}

// labelled lists the volumes with a label.
func labelled(devices []tools.BlockDevice, label string) []tools.BlockDevice {
	var found []tools.BlockDevice
	for _, device := range devices {
		if strings.EqualFold(device.Label, label) {
			found = append(found, device)
			continue
		}
		found = append(found, labelled(device.Children, label)...)
	}
	return found
}

// answersOn reads the file from a volume, mounted for reading while that
// takes.
func (w *applying) answersOn(ctx context.Context, device tools.BlockDevice) (text []byte, err error) {
	const limit = 16 << 20
	place := answersPlace
	if len(device.Mountpoints) > 0 && device.Mountpoints[0] != "" {
		place = device.Mountpoints[0]
	} else {
		if err := w.runner.MkdirAll(place, 0o700); err != nil {
			return nil, err
		}
		if _, err := w.runner.Run(ctx, run.Command{Argv: tools.MountReadOnly(device.Path, place).Argv}); err != nil {
			return nil, err
		}
		defer func() {
			_, unmounting := w.runner.Run(context.WithoutCancel(ctx), run.Command{Argv: tools.Unmount(place).Argv})
			err = errors.Join(err, unmounting)
		}()
	}
	file := path.Join(place, "answers.yaml")
	if target, err := w.runner.ReadLink(file); err == nil { // to anywhere
		return nil, fmt.Errorf("%s is a link to %s", file, target)
	}
	info, err := w.runner.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > limit:
		return nil, fmt.Errorf("%s is no file of at most %d MiB", file, limit>>20)
	}
	return w.runner.ReadFile(file)
}
