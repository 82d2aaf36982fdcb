package unlock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// mappingName is the name under which a container is opened: recovered, and
// recovered2, recovered3 for the other halves of a mirror.
func mappingName(i int) string {
	if i == 0 {
		return "recovered"
	}
	return "recovered" + strconv.Itoa(i+1)
}

// mapped is the device of a mapping.
func mapped(i int) string { return "/dev/mapper/" + mappingName(i) }

// Locked is a container that is to be opened.
type Locked struct {
	Device string
	Slot   int // that the passphrase opens
}

// Opening opens the containers of one machine and mounts what is in them.
type Opening struct {
	Runner     run.Runner
	Containers []Locked
	Passphrase *secret.Secret // of the words
	At         string         // the folder that the root is mounted at
	Write      bool
}

// Opened is what was mounted, and what was not.
type Opened struct {
	Mounts []string // "/dev/mapper/recovered (@home) at /mnt/home"
	Left   []string // what is there besides, as commands or sentences
	Close  []steps.Command

	// rootless says that the root is kept nowhere: an empty one in memory stands
	// for it.
	rootless bool
}

// closedBy puts a command before those that close what was opened before.
func (o *Opened) closedBy(command steps.Command) {
	o.Close = append([]steps.Command{command}, o.Close...)
}

// Begin are the first commands, which open the containers.
func (o Opening) Begin() []steps.Command {
	commands := make([]steps.Command, len(o.Containers))
	for i, one := range o.Containers {
		commands[i] = tools.LuksOpenSlot(one.Device, mappingName(i), one.Slot, !o.Write)
	}
	return commands
}

// Carry opens and mounts. When nothing could be mounted everything is closed
// again.
func (o Opening) Carry(ctx context.Context) (opened *Opened, err error) {
	if err := o.free(); err != nil {
		return nil, err
	}
	made := &Opened{}
	defer func() {
		if err != nil {
			for _, one := range made.Close {
				_, failed := command(context.WithoutCancel(ctx), o.Runner, one)
				err = errors.Join(err, failed)
			}
		}
	}()
	for i, one := range o.Begin() {
		if _, err := o.Runner.Run(ctx, run.Command{Argv: one.Argv, Secret: o.Passphrase, Timeout: openTime}); err != nil {
			return nil, err
		}
		made.closedBy(steps.Command{Argv: []string{"cryptsetup", "close", mappingName(i)}})
	}
	if err := o.Runner.MkdirAll(o.At, 0o755); err != nil {
		return nil, err
	}
	inside, err := o.inside(ctx, made)
	if err != nil {
		return nil, err
	}
	if len(inside) > 1 && !slices.ContainsFunc(inside, fileSystem.holdsRoot) {
		if _, err := command(ctx, o.Runner, tools.MountEmpty(o.At)); err != nil {
			return nil, err
		}
		made.rootless = true
		made.closedBy(tools.UnmountAll(o.At))
	}
	for _, one := range inside {
		o.mount(ctx, one, made, len(inside) == 1)
	}
	if len(made.Mounts) == 0 {
		left := []string{"no file system was found"}
		if len(made.Left) > 0 {
			left = append(slices.Clone(made.Left), "if it lies on several disks, name them all")
		}
		return nil, fmt.Errorf("%s is open, and nothing in it could be mounted: %s", o.devices(), strings.Join(left, "; "))
	}
	return made, nil
}

// devices are those of the containers, in a sentence.
func (o Opening) devices() string {
	var names []string
	for _, one := range o.Containers {
		names = append(names, one.Device)
	}
	return strings.Join(names, " and ")
}

// free refuses a name or a folder that something else has.
func (o Opening) free() error {
	for i := range o.Containers {
		if _, err := o.Runner.Stat(mapped(i)); err == nil {
			return fmt.Errorf("%s is there already: a recovery was not closed", mapped(i))
		}
	}
	if entries, err := o.Runner.ReadDir(o.At); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty: what is mounted there would be hidden", o.At)
	}
	return nil
}

// fileSystem is what can be mounted.
type fileSystem struct {
	name    string // its end says where it belongs: system-home, rpool/home
	source  string // a device, or a dataset
	kind    string
	options []string // that it needs to be mounted
}

// holdsRoot says that the root is in it, or may be.
func (f fileSystem) holdsRoot() bool { return f.kind == "btrfs" || placeOf(f.name) == 0 }

// inside finds the file systems of the containers, also those of volumes and
// datasets in them, the root first.
func (o Opening) inside(ctx context.Context, opened *Opened) ([]fileSystem, error) {
	rows, err := o.rows(ctx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(rows, func(row tools.BlockDevice) bool { return row.FSType == "LVM2_member" }) {
		group, err := o.group(ctx)
		if err != nil {
			return nil, err
		}
		opened.closedBy(tools.Deactivate(group))
		if _, err := command(ctx, o.Runner, tools.Activate(group)); err != nil {
			return nil, err
		}
		if rows, err = o.rows(ctx); err != nil {
			return nil, err
		}
	}
	var found []fileSystem
	known := map[string]bool{} // what lies on several containers is mounted once
	for _, row := range rows {
		for _, one := range append([]tools.BlockDevice{row}, row.Children...) {
			if one.UUID != "" && known[one.FSType+one.UUID] {
				continue
			}
			known[one.FSType+one.UUID] = true
			switch one.FSType {
			case "btrfs", "ext4", "ext3", "xfs":
				found = append(found, fileSystem{name: one.Name, source: one.Path, kind: one.FSType})
			case "zfs_member":
				found = append(found, o.pool(ctx, one.Label, opened)...)
			}
		}
	}
	// The root is mounted before what belongs below it.
	slices.SortStableFunc(found, func(a, b fileSystem) int { return placeOf(a.name) - placeOf(b.name) })
	return found, nil
}

// rows are the mappings with what is made of them.
func (o Opening) rows(ctx context.Context) ([]tools.BlockDevice, error) {
	result, err := o.Runner.Run(ctx, run.Command{Argv: tools.Lsblk("")})
	if err != nil {
		return nil, err
	}
	all, err := tools.ParseLsblk(result.Stdout)
	if err != nil {
		return nil, err
	}
	var found []tools.BlockDevice
	var find func(rows []tools.BlockDevice)
	find = func(rows []tools.BlockDevice) {
		for _, row := range rows {
			for i := range o.Containers {
				if row.Path == mapped(i) {
					found = append(found, row)
				}
			}
			find(row.Children)
		}
	}
	find(all)
	return found, nil
}

// group is the volume group that lies in the containers.
func (o Opening) group(ctx context.Context) (string, error) {
	result, err := command(ctx, o.Runner, tools.Vgs())
	if err != nil {
		return "", err
	}
	for group, devices := range tools.ParseVgs(result.Stdout) {
		for i := range o.Containers {
			if slices.Contains(devices, mapped(i)) {
				return group, nil
			}
		}
	}
	return "", fmt.Errorf("%s holds LVM, and no volume group of it was found", o.devices())
}
