package unlock

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// Mapping is the name under which a container is opened.
const Mapping = "recovered"

// mapped is its device.
const mapped = "/dev/mapper/" + Mapping

// places are where the subvolumes and volumes of our layouts belong, by the
// part of the name behind @ or the last hyphen. The root comes first.
var places = []struct{ name, folder string }{
	{"root", ""}, {"home", "home"}, {"nix", "nix"}, {"persist", "persist"}, {"log", "var/log"},
}

// Opening opens a container and mounts what is in it.
type Opening struct {
	Runner     run.Runner
	Device     string
	Slot       int            // that the passphrase opens
	Passphrase *secret.Secret // of the words
	At         string         // the folder that the root is mounted at
	Write      bool
}

// Opened is what was mounted, and what was not.
type Opened struct {
	Mounts []string // "/dev/mapper/recovered (@home) at /mnt/home"
	Left   []string // what is there besides, as commands or sentences
	Close  []steps.Command
}

// Begin is the first command, which opens the container.
func (o Opening) Begin() steps.Command {
	return tools.LuksOpenSlot(o.Device, Mapping, o.Slot, !o.Write)
}

// Carry opens and mounts. When nothing could be mounted everything is closed
// again.
func (o Opening) Carry(ctx context.Context) (opened *Opened, err error) {
	if err := o.free(); err != nil {
		return nil, err
	}
	if _, err := o.Runner.Run(ctx, run.Command{Argv: o.Begin().Argv, Secret: o.Passphrase, Timeout: openTime}); err != nil {
		return nil, err
	}
	made := &Opened{Close: []steps.Command{{Argv: []string{"cryptsetup", "close", Mapping}}}}
	defer func() {
		if err != nil {
			for _, one := range made.Close {
				_, failed := command(context.WithoutCancel(ctx), o.Runner, one)
				err = errors.Join(err, failed)
			}
		}
	}()
	inside, err := o.inside(ctx, made)
	if err != nil {
		return nil, err
	}
	if err := o.Runner.MkdirAll(o.At, 0o755); err != nil {
		return nil, err
	}
	for _, row := range inside {
		o.mount(ctx, row, made, len(inside) == 1)
	}
	if len(made.Mounts) == 0 {
		return nil, fmt.Errorf("%s is open, and nothing in it could be mounted: %s", o.Device, strings.Join(append(made.Left, "no file system was found"), "; "))
	}
	made.Close = append([]steps.Command{tools.UnmountAll(o.At)}, made.Close...)
	return made, nil
}

// free refuses a name or a folder that something else has.
func (o Opening) free() error {
	if _, err := o.Runner.Stat(mapped); err == nil {
		return fmt.Errorf("%s is there already: a recovery was not closed", mapped)
	}
	if entries, err := o.Runner.ReadDir(o.At); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty: what is mounted there would be hidden", o.At)
	}
	return nil
}

// inside finds the file systems of the container, also those of volumes in it.
func (o Opening) inside(ctx context.Context, opened *Opened) ([]tools.BlockDevice, error) {
	rows, err := o.rows(ctx)
	if err != nil {
		return nil, err
	}
	if len(rows) == 1 && rows[0].FSType == "LVM2_member" {
		group, err := o.group(ctx)
		if err != nil {
			return nil, err
		}
		opened.Close = append([]steps.Command{tools.Deactivate(group)}, opened.Close...)
		if _, err := command(ctx, o.Runner, tools.Activate(group)); err != nil {
			return nil, err
		}
		if rows, err = o.rows(ctx); err != nil {
			return nil, err
		}
	}
	var found []tools.BlockDevice
	for _, row := range rows {
		for _, one := range append([]tools.BlockDevice{row}, row.Children...) {
			switch one.FSType {
			case "btrfs", "ext4", "ext3", "xfs":
				found = append(found, one)
			case "zfs_member":
				opened.Left = append(opened.Left, "a pool of ZFS: zpool import -o readonly=on -R "+o.At+" -a")
			}
		}
	}
	// The root is mounted before what belongs below it.
	slices.SortStableFunc(found, func(a, b tools.BlockDevice) int { return placeOf(a.Name) - placeOf(b.Name) })
	return found, nil
}

// rows is the mapping with what is made of it.
func (o Opening) rows(ctx context.Context) ([]tools.BlockDevice, error) {
	result, err := o.Runner.Run(ctx, run.Command{Argv: tools.Lsblk("")})
	if err != nil {
		return nil, err
	}
	all, err := tools.ParseLsblk(result.Stdout)
	if err != nil {
		return nil, err
	}
	var find func(rows []tools.BlockDevice) []tools.BlockDevice
	find = func(rows []tools.BlockDevice) []tools.BlockDevice {
		for _, row := range rows {
			if row.Path == mapped {
				return []tools.BlockDevice{row}
			}
			if found := find(row.Children); found != nil {
				return found
			}
		}
		return nil
	}
	return find(all), nil
}

// group is the volume group that lies in the container.
func (o Opening) group(ctx context.Context) (string, error) {
	result, err := command(ctx, o.Runner, tools.Vgs())
	if err != nil {
		return "", err
	}
	for group, devices := range tools.ParseVgs(result.Stdout) {
		if slices.Contains(devices, mapped) {
			return group, nil
		}
	}
	return "", fmt.Errorf("%s holds LVM, and no volume group of it was found", mapped)
}

// mount mounts one file system where it belongs.
func (o Opening) mount(ctx context.Context, row tools.BlockDevice, opened *Opened, alone bool) {
	if row.FSType == "btrfs" {
		for _, place := range places {
			folder := path.Join(o.At, place.folder)
			if err := o.at(ctx, row, "@"+place.name, folder, opened); err != nil && place.folder == "" {
				if err := o.at(ctx, row, "", folder, opened); err != nil {
					opened.Left = append(opened.Left, row.Path+": "+err.Error())
				}
				return
			}
		}
		return
	}
	at := placeOf(row.Name)
	switch {
	case alone:
		at = 0
	case at == len(places):
		opened.Left = append(opened.Left, row.Path+" with "+row.FSType+" was not mounted: it has no place that is known")
		return
	}
	if err := o.at(ctx, row, "", path.Join(o.At, places[at].folder), opened); err != nil {
		opened.Left = append(opened.Left, row.Path+": "+err.Error())
	}
}

// at mounts a file system or a subvolume at a folder that is there.
func (o Opening) at(ctx context.Context, row tools.BlockDevice, subvolume, folder string, opened *Opened) error {
	if _, err := o.Runner.Stat(folder); err != nil {
		return err
	}
	if _, err := command(ctx, o.Runner, tools.MountRecovered(row.Path, row.FSType, subvolume, folder, !o.Write)); err != nil {
		return err
	}
	what := row.Path
	if subvolume != "" {
		what += " (" + subvolume + ")"
	}
	opened.Mounts = append(opened.Mounts, what+" at "+folder)
	return nil
}

// placeOf is the place of a volume by the end of its name: system-home.
func placeOf(name string) int {
	name = name[strings.LastIndexAny(name, "-/")+1:]
	for i, place := range places {
		if place.name == name {
			return i
		}
	}
	return len(places)
}
