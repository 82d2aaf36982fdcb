package main

import (
	"fmt"
	"os"
	"path"
	"slices"
)

// content makes what is on one device.
func (l *layout) content(device string, content node) error {
	var err error
	switch kind := content.text("type"); kind {
	case "filesystem":
		err = l.filesystem(device, content)
	case "swap":
		l.swap(device, content)
	case "luks":
		err = l.luks(device, content)
	case "btrfs":
		err = l.btrfs(device, content)
	case "lvm_pv":
		group := content.text("vg")
		l.groups[group] = append(l.groups[group], device)
		l.format = append(l.format, unless(device, "LVM2_member", "pvcreate", device))
	case "mdraid":
		array := content.text("name")
		l.arrays[array] = append(l.arrays[array], device)
	default:
		err = fmt.Errorf("%s has the type %q, which this stand-in does not carry out", content.path, kind)
	}
	if err != nil {
		return err
	}
	return content.rest()
}

func (l *layout) filesystem(device string, content node) error {
	format := content.text("format")
	argv := append([]string{"mkfs." + format}, content.texts("extraArgs")...)
	l.format = append(l.format, unless(device, format, append(argv, device)...))
	if place := content.text("mountpoint"); place != "" {
		l.mounts = append(l.mounts, mount{place: place, device: device, kind: format, options: content.texts("mountOptions")})
	}
	return nil
}

func (l *layout) swap(device string, content node) {
	random := content.truth("randomEncryption")
	content.truth("resumeDevice") // a setting of the system that is installed
	if !random {
		l.format = append(l.format, unless(device, "swap", "mkswap", device))
	}
	l.mounts = append(l.mounts, mount{device: device, random: random})
}

func (l *layout) luks(device string, content node) error {
	name, file := content.text("name"), content.text("passwordFile")
	settings, ok, err := content.one("settings")
	if err != nil {
		return err
	}
	options := []string{}
	if ok {
		if settings.truth("allowDiscards") {
			options = append(options, "--allow-discards")
		}
		if settings.truth("bypassWorkqueues") {
			options = append(options, "--perf-no_read_workqueue", "--perf-no_write_workqueue")
		}
		if err := settings.rest(); err != nil {
			return err
		}
	}
	open := func() error {
		if exists("/dev/mapper/" + name) {
			return nil
		}
		argv := append([]string{"cryptsetup", "open", "--type", "luks", "--key-file", file}, options...)
		return command(append(argv, device, name)...)
	}
	l.format = append(l.format, func() error {
		if has(device, "TYPE") != "crypto_LUKS" {
			if err := command("cryptsetup", "--batch-mode", "luksFormat", "--key-file", file, device); err != nil {
				return err
			}
		}
		return open()
	})
	l.open = append(l.open, open)
	l.close = append(l.close, func() error {
		if !exists("/dev/mapper/" + name) {
			return nil
		}
		return command("cryptsetup", "close", name)
	})
	inner, ok, err := content.one("content")
	if err != nil || !ok {
		return err
	}
	return l.content("/dev/mapper/"+name, inner)
}

func (l *layout) btrfs(device string, content node) error {
	argv := append([]string{"mkfs.btrfs"}, content.texts("extraArgs")...)
	l.format = append(l.format, unless(device, "btrfs", append(argv, device)...))
	subvolumes, err := content.below("subvolumes")
	if err != nil {
		return err
	}
	if place := content.text("mountpoint"); place != "" {
		l.mounts = append(l.mounts, mount{place: place, device: device, kind: "btrfs", options: content.texts("mountOptions")})
	}
	for _, subvolume := range subvolumes {
		name := subvolume.name()
		swap, hasSwap, err := subvolume.one("swap")
		if err != nil {
			return err
		}
		var files []node
		if hasSwap {
			if files, err = at2(swap); err != nil {
				return err
			}
		}
		l.format = append(l.format, func() error { return makeSubvolume(device, name, files) })
		place := subvolume.text("mountpoint")
		if place != "" {
			options := append([]string{"subvol=" + name}, subvolume.texts("mountOptions")...)
			l.mounts = append(l.mounts, mount{place: place, device: device, kind: "btrfs", options: options})
		}
		for _, file := range files {
			l.mounts = append(l.mounts, mount{device: path.Join(l.root, place, cmpOr(file.text("path"), file.name()))})
		}
		if err := subvolume.rest(); err != nil {
			return err
		}
	}
	return nil
}

// at2 are the sets in a set.
func at2(group node) ([]node, error) {
	var list []node
	for name := range group.set {
		one, err := at(group.path+"."+name, group.set[name])
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b node) int { return slices.Compare([]string{a.path}, []string{b.path}) })
	return list, nil
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func makeSubvolume(device, name string, swapfiles []node) (err error) {
	folder, err := os.MkdirTemp("", "disko")
	if err != nil {
		return err
	}
	if err := command("mount", device, folder, "-o", "subvol=/"); err != nil {
		return err
	}
	defer func() {
		if unmounting := command("umount", folder); err == nil {
			err = unmounting
		}
		_ = os.Remove(folder)
	}()
	place := path.Join(folder, name)
	if exists(place) {
		return nil
	}
	if err := command("btrfs", "subvolume", "create", place); err != nil {
		return err
	}
	for _, file := range swapfiles {
		target := path.Join(place, cmpOr(file.text("path"), file.name()))
		if err := command("btrfs", "filesystem", "mkswapfile", "--size", file.text("size"), target); err != nil {
			return err
		}
	}
	return nil
}

func (l *layout) array(array node) error {
	name := array.name()
	if kind := array.text("type"); kind != "mdadm" {
		return fmt.Errorf("%s has the type %q", array.path, kind)
	}
	members := l.arrays[name]
	device := "/dev/md/" + name
	argv := []string{
		"mdadm", "--create", device, fmt.Sprintf("--level=%d", array.number("level")), fmt.Sprintf("--raid-devices=%d", len(members)),
		"--metadata=" + cmpOr(array.text("metadata"), "default"), "--force", "--homehost=any",
	}
	assemble := func() error {
		if exists(device) {
			return nil
		}
		return command(append([]string{"mdadm", "--assemble", device}, members...)...)
	}
	l.format = append(l.format, func() error {
		if has(members[0], "TYPE") == "linux_raid_member" {
			return assemble()
		}
		return all(append(argv, members...), []string{"udevadm", "settle", "--timeout=120"})
	})
	l.open = append(l.open, assemble)
	l.close = append(l.close, func() error {
		if !exists(device) {
			return nil
		}
		return command("mdadm", "--stop", device)
	})
	content, ok, err := array.one("content")
	if err != nil || !ok {
		return err
	}
	return l.content(device, content)
}

func (l *layout) group(group node) error {
	name := group.name()
	if kind := group.text("type"); kind != "lvm_vg" {
		return fmt.Errorf("%s has the type %q", group.path, kind)
	}
	l.format = append(l.format, func() error {
		if command("vgs", name) == nil {
			return command("vgchange", "--activate", "y", name)
		}
		return command(append([]string{"vgcreate", name}, l.groups[name]...)...)
	})
	l.open = append(l.open, func() error { return command("vgchange", "--activate", "y", name) })
	l.close = append(l.close, func() error {
		if command("vgs", name) != nil {
			return nil
		}
		return command("vgchange", "--activate", "n", name)
	})
	volumes, err := group.below("lvs")
	if err != nil {
		return err
	}
	// What takes the rest comes last, as with disko's priority.
	slices.SortStableFunc(volumes, func(a, b node) int { return rank(a) - rank(b) })
	for _, volume := range volumes {
		size := []string{"--size", volume.text("size")}
		if volume.text("size") == "100%" {
			size = []string{"--extents", "100%FREE"}
		}
		device := "/dev/" + name + "/" + volume.name()
		l.format = append(l.format, func() error {
			if exists(device) {
				return nil
			}
			argv := append([]string{"lvcreate", "--yes", "--wipesignatures", "y"}, size...)
			return all(append(argv, "--name", volume.name(), name), []string{"udevadm", "settle", "--timeout=120"})
		})
		content, ok, err := volume.one("content")
		if err != nil {
			return err
		}
		if ok {
			if err := l.content(device, content); err != nil {
				return err
			}
		}
		if err := volume.rest(); err != nil {
			return err
		}
	}
	return nil
}

func rank(volume node) int {
	if volume.text("size") == "100%" {
		return 1
	}
	return 0
}

func (l *layout) nodev(one node) error {
	kind := one.text("fsType")
	device := cmpOr(one.text("device"), kind)
	place := one.text("mountpoint")
	if place == "" {
		place = "/" + one.name()
	}
	l.mounts = append(l.mounts, mount{place: place, device: device, kind: kind, options: one.texts("mountOptions")})
	return nil
}
