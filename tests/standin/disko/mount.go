package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// mounts are the operations by the place where they mount: disko goes through
// the places in alphabetical order, with swap devices among them.
type mounts map[string]op

// mount is the mount script: what has to be opened, then the places.
func (s *script) mount() []op {
	var open []op
	places := mounts{}
	for _, name := range names(s.devices.Disk) {
		one := s.devices.Disk[name]
		open = append(open, s.open("disk", name, one.Device, *one.Content, places)...)
	}
	for _, name := range names(s.devices.Mdadm) {
		if c := s.devices.Mdadm[name].Content; c != nil {
			open = append(open, s.open("mdadm", name, "/dev/md/"+name, *c, places)...)
		}
	}
	for _, name := range names(s.devices.Groups) {
		open = append(open, run1("vgchange", "-a", "y"))
		for v, volume := range s.devices.Groups[name].Volumes {
			if volume.Content != nil {
				open = append(open, s.open("lvm_vg", name, "/dev/"+name+"/"+v, *volume.Content, places)...)
			}
		}
	}
	open = append(open, s.openPools(places)...)
	for place, one := range s.devices.Nodev {
		argv := []string{"mount", "-t", one.FsType, cmp.Or(one.Device, "none"), s.root + place}
		places[place] = op{unless: []test{s.mountedAt(one.FsType, place)}, argv: s.options(argv, one.MountOptions)}
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		open = append(open, places[place])
	}
	return open
}

// open returns what makes a device's content usable, and adds what of it is
// mounted to places.
func (s *script) open(parent, name, device string, c content, places mounts) []op {
	switch c.Type {
	case "gpt":
		// Of several partitions that have to be opened disko opens the last.
		var last []op
		for _, key := range names(c.Partitions) {
			p := numbered{partition: c.Partitions[key], name: key}
			if p.Content == nil {
				continue
			}
			if ops := s.open("gpt", name, p.device(parent, name), *p.Content, places); len(ops) > 0 {
				last = ops
			}
		}
		return last
	case "luks":
		ops := []op{openLUKS(device, c)}
		if c.Content != nil {
			ops = append(ops, s.open("luks", c.Name, "/dev/mapper/"+c.Name, *c.Content, places)...)
		}
		return ops
	case "filesystem":
		if c.Mountpoint != "" {
			argv := []string{"mount", device, s.root + c.Mountpoint, "-t", c.Format}
			places[c.Mountpoint] = op{unless: []test{s.mountedAt(device, c.Mountpoint)}, argv: s.options(argv, c.MountOptions)}
		}
	case "btrfs":
		add := func(place string, options []string) {
			argv := []string{"mount", device, s.root + place}
			places[place] = op{unless: []test{s.mountedAt(device, place)}, argv: s.options(argv, options)}
		}
		if c.Mountpoint != "" {
			add(c.Mountpoint, c.MountOptions)
		}
		for key, subvolume := range c.Subvolumes {
			if subvolume.Mountpoint != "" {
				add(subvolume.Mountpoint, append(defaults(subvolume.MountOptions), "subvol="+key))
			}
		}
	case "swap":
		if !c.RandomEncryption {
			places[device] = op{unless: []test{{swap: device}}, argv: []string{"swapon", "--options=defaults", device}}
		}
	}
	return nil
}

func (s *script) mountedAt(source, place string) test {
	return test{argv: []string{"findmnt", source, s.root + place}}
}

func defaults(options []string) []string {
	if len(options) == 0 {
		return []string{"defaults"}
	}
	return slices.Clone(options)
}

func (s *script) options(argv, options []string) []string {
	for _, option := range defaults(options) {
		argv = append(argv, "-o", option)
	}
	return append(argv, "-o", "X-mount.mkdir")
}

// unmount is the unmount script: the places in turned order, then what was
// opened. What lies inside LUKS is not unmounted by disko 1.12.
func (s *script) unmount() []op {
	places := mounts{}
	var ops, closed []op
	for _, name := range slices.Backward(names(s.devices.Pools)) {
		s.datasets(name, places)
		closed = append(closed, op{unless: []test{{argv: []string{"zpool", "list", name}, not: true}}, argv: []string{"zpool", "export", name}})
	}
	for _, name := range slices.Backward(names(s.devices.Groups)) {
		for v, volume := range s.devices.Groups[name].Volumes {
			if volume.Content != nil {
				s.open("lvm_vg", name, "/dev/"+name+"/"+v, *volume.Content, places)
			}
		}
		closed = append(closed, run1("vgchange", "-a", "n"))
	}
	for _, name := range slices.Backward(names(s.devices.Mdadm)) {
		if c := s.devices.Mdadm[name].Content; c != nil {
			s.open("mdadm", name, "/dev/md/"+name, *c, places)
		}
		closed = append(closed, op{
			unless: []test{{argv: []string{"test", "-e", "/dev/md/" + name}, not: true}}, argv: []string{"mdadm", "--stop", "/dev/md/" + name},
		})
	}
	for _, name := range slices.Backward(names(s.devices.Disk)) {
		one := s.devices.Disk[name]
		closed = append(closed, s.close("disk", name, one.Device, *one.Content, places)...)
	}
	for place, one := range s.devices.Nodev {
		places[place] = op{unless: []test{s.mountedAt(one.FsType, place)}}
	}
	for _, place := range slices.Backward(slices.Sorted(maps.Keys(places))) {
		there := places[place].unless[0]
		there.not = true
		argv := []string{"umount", s.root + place}
		if there.swap != "" {
			argv = []string{"swapoff", place}
		}
		ops = append(ops, op{unless: []test{there}, argv: argv})
	}
	return append(ops, closed...)
}

// close is the other way round of open.
func (s *script) close(parent, name, device string, c content, places mounts) []op {
	switch c.Type {
	case "gpt":
		var last []op
		for _, key := range names(c.Partitions) {
			p := numbered{partition: c.Partitions[key], name: key}
			if p.Content == nil {
				continue
			}
			if ops := s.close("gpt", name, p.device(parent, name), *p.Content, places); len(ops) > 0 {
				last = ops
			}
		}
		return last
	case "luks":
		var ops []op
		if c.Content != nil {
			ops = s.close("luks", c.Name, "/dev/mapper/"+c.Name, *c.Content, mounts{})
		}
		there := opened(c.Name)
		there.not = true
		return append(ops, op{unless: []test{there}, argv: []string{"cryptsetup", "close", c.Name}})
	}
	s.open(parent, name, device, c, places)
	return nil
}

// createPool makes a pool and its file systems.
func (s *script) createPool(name string) []op {
	p := s.devices.Pools[name]
	argv := []string{"zpool", "create", "-f", name, "-R", s.root}
	if p.Root["canmount"] == "off" {
		argv = append(argv, "-m", "none")
	}
	argv = pairs(pairs(argv, "-o", p.Options), "-O", p.Root)
	if p.Mode != "" {
		argv = append(argv, p.Mode)
	}
	there := test{argv: []string{"zpool", "list", name}}
	ops := []op{
		{unless: []test{there}, argv: []string{"zpool", "import", "-N", "-f", name}, ignored: true},
		{unless: []test{there}, argv: slices.Concat(argv, s.members["zfs_"+name])},
	}
	for _, key := range names(p.Datasets) {
		d := p.Datasets[key]
		options := maps.Clone(d.Options)
		if options["mountpoint"] == "" && d.Mountpoint != "" {
			options["mountpoint"] = d.Mountpoint
		}
		ops = append(ops, op{
			unless: []test{{argv: []string{"zfs", "get", "type", name + "/" + key}}},
			argv:   pairs([]string{"zfs", "create", "-up", name + "/" + key}, "-o", options),
		})
	}
	return ops
}

func pairs(argv []string, flag string, options map[string]string) []string {
	for _, key := range names(options) {
		argv = append(argv, flag, key+"="+options[key])
	}
	return argv
}

func (s *script) openPools(places mounts) []op {
	var ops []op
	for _, name := range names(s.devices.Pools) {
		ops = append(ops, op{unless: []test{{argv: []string{"zpool", "list", name}}}, argv: []string{"zpool", "import", "-l", "-R", s.root, name}})
		s.datasets(name, places)
	}
	return ops
}

func (s *script) datasets(pool string, places mounts) {
	for _, key := range names(s.devices.Pools[pool].Datasets) {
		d := s.devices.Pools[pool].Datasets[key]
		if d.Mountpoint == "" || d.Options["mountpoint"] == "none" || d.Options["canmount"] == "off" {
			continue
		}
		argv := []string{"mount", pool + "/" + key, s.root + d.Mountpoint, "-o", "X-mount.mkdir", "-o", "defaults"}
		if d.Options["mountpoint"] != "legacy" {
			argv = append(argv, "-o", "zfsutil")
		}
		places[d.Mountpoint] = op{unless: []test{s.mountedAt(pool+"/"+key, d.Mountpoint)}, argv: append(argv, "-t", "zfs")}
	}
}

// describe writes operations for people and for golden files.
func describe(ops []op) string {
	var out strings.Builder
	write(&out, ops, "")
	return out.String()
}

func write(out *strings.Builder, ops []op, indent string) {
	for _, o := range ops {
		deeper := indent
		if len(o.unless) > 0 {
			var tests []string
			for _, t := range o.unless {
				tests = append(tests, t.String())
			}
			out.WriteString(indent + "unless " + strings.Join(tests, " and ") + "\n")
			deeper += "  "
		}
		if o.do != nil {
			write(out, o.do, deeper)
			continue
		}
		line := strings.Join(o.argv, " ")
		if o.password != "" {
			line += " --key-file " + o.password + ", without line ends"
		}
		if o.stdin != "" {
			line += " < " + strings.TrimSpace(o.stdin)
		}
		if o.otherwise != nil {
			line += "\n" + deeper + "  or else " + strings.Join(o.otherwise, " ")
		}
		if o.ignored {
			line += ", if it can"
		}
		out.WriteString(deeper + line + "\n")
	}
}

func (t test) String() string {
	text := strings.Join(t.argv, " ")
	if t.swap != "" {
		text = t.swap + " is in use as swap"
	}
	if t.prints != "" {
		text += " prints " + t.prints
	}
	if t.not {
		text = "not " + text
	}
	return text
}
