package unlock

import (
	"context"
	"path"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// places are where the subvolumes, volumes and datasets of our layouts belong,
// by the part of the name behind @, the last hyphen or the last slash. The root
// comes first.
var places = []struct{ name, folder string }{
	{"root", ""}, {"home", "home"}, {"nix", "nix"}, {"persist", "persist"}, {"log", "var/log"}, {"snapshots", ".snapshots"},
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

// mount mounts one file system where it belongs.
func (o Opening) mount(ctx context.Context, one fileSystem, opened *Opened, alone bool) {
	if one.kind == "btrfs" {
		o.subvolumes(ctx, one, opened)
		return
	}
	at := placeOf(one.name)
	switch {
	case alone:
		at = 0
	case at == len(places):
		opened.Left = append(opened.Left, one.source+" with "+one.kind+" was not mounted: it has no place that is known")
		return
	}
	if err := o.at(ctx, one, "", path.Join(o.At, places[at].folder), opened); err != nil {
		opened.Left = append(opened.Left, one.source+": "+err.Error())
	}
}

// subvolumes mounts those of our layouts. Where there is no root among them, as
// on a machine that forgets everything, the whole file system is mounted.
func (o Opening) subvolumes(ctx context.Context, one fileSystem, opened *Opened) {
	for _, place := range places {
		folder := path.Join(o.At, place.folder)
		if err := o.at(ctx, one, "@"+place.name, folder, opened); err != nil && place.folder == "" {
			if err := o.at(ctx, one, "", folder, opened); err != nil {
				opened.Left = append(opened.Left, one.source+": "+err.Error())
			}
			return
		}
	}
}

// at mounts a file system or a subvolume. Its folder has to be there, but where
// the root is kept nowhere.
func (o Opening) at(ctx context.Context, one fileSystem, subvolume, folder string, opened *Opened) error {
	if opened.rootless {
		if err := o.Runner.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	} else if _, err := o.Runner.Stat(folder); err != nil {
		return err
	}
	what, options := one.source, slices.Clone(one.options)
	if subvolume != "" {
		what, options = what+" ("+subvolume+")", append(options, "subvol="+subvolume)
	}
	mount := func(options []string) error {
		_, err := command(ctx, o.Runner, tools.MountRecovered(one.source, one.kind, folder, options, !o.Write))
		return err
	}
	err := mount(options)
	if err != nil && one.kind == "btrfs" && !o.Write && len(opened.Mounts) == 0 {
		// Half of a mirror can be read. It is never written to: what is written
		// to one half alone is no mirror any more.
		if mount(append(options, "degraded")) == nil {
			err, what = nil, what+", without its other half,"
		}
	}
	if err != nil {
		return err
	}
	if len(opened.Mounts) == 0 && !opened.rootless {
		opened.closedBy(tools.UnmountAll(o.At))
	}
	opened.Mounts = append(opened.Mounts, what+" at "+folder)
	return nil
}
