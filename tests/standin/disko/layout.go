package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// node is a set of the layout that remembers which of its members were asked
// for: what nobody asked for is something that this program would not do.
type node struct {
	path string
	set  map[string]any
	used map[string]bool
}

func at(path string, value any) (node, error) {
	set, ok := value.(map[string]any)
	if !ok {
		return node{}, fmt.Errorf("%s is no set", path)
	}
	return node{path: path, set: set, used: map[string]bool{}}, nil
}

func (n node) text(name string) string {
	n.used[name] = true
	text, _ := n.set[name].(string)
	return text
}

func (n node) truth(name string) bool {
	n.used[name] = true
	truth, _ := n.set[name].(bool)
	return truth
}

func (n node) number(name string) int64 {
	n.used[name] = true
	number, _ := n.set[name].(int64)
	return number
}

func (n node) texts(name string) []string {
	n.used[name] = true
	list, _ := n.set[name].([]any)
	var texts []string
	for _, one := range list {
		text, _ := one.(string)
		texts = append(texts, text)
	}
	return texts
}

// below are the sets in a set, in the order of their names, as Nix has them.
func (n node) below(name string) ([]node, error) {
	n.used[name] = true
	value, ok := n.set[name]
	if !ok {
		return nil, nil
	}
	group, err := at(n.path+"."+name, value)
	if err != nil {
		return nil, err
	}
	var list []node
	for _, key := range slices.Sorted(maps.Keys(group.set)) {
		one, err := at(group.path+"."+key, group.set[key])
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// one is the set of that name, or false.
func (n node) one(name string) (node, bool, error) {
	n.used[name] = true
	value, ok := n.set[name]
	if !ok || value == nil {
		return node{}, false, nil
	}
	one, err := at(n.path+"."+name, value)
	return one, err == nil, err
}

// name is the last part of the path.
func (n node) name() string { return n.path[strings.LastIndexByte(n.path, '.')+1:] }

// rest is an error when something is there that nobody asked for.
func (n node) rest() error {
	for _, name := range slices.Sorted(maps.Keys(n.set)) {
		if !n.used[name] {
			return fmt.Errorf("%s.%s is nothing that this stand-in carries out", n.path, name)
		}
	}
	return nil
}

// mount is one file system or swap to be brought up.
type mount struct {
	place   string // empty: swap
	device  string
	kind    string
	options []string
	random  bool // swap with a key that nobody keeps
}

// layout is the work of one disko.nix: what is done for each mode, in order.
type layout struct {
	root   string
	wipe   []string // disks that may be emptied
	format []func() error
	open   []func() error // what has to be up before anything is mounted
	mounts []mount
	close  []func() error // in reverse
	groups map[string][]string
	arrays map[string][]string
}

func read(value any, root string) (*layout, error) {
	top, err := at("", value)
	if err != nil {
		return nil, err
	}
	disko, _, err := top.one("disko")
	if err != nil {
		return nil, err
	}
	devices, ok, err := disko.one("devices")
	if err != nil || !ok {
		return nil, fmt.Errorf("there is no disko.devices: %w", err)
	}
	l := &layout{root: root, groups: map[string][]string{}, arrays: map[string][]string{}}
	for _, kind := range []struct {
		name string
		read func(node) error
	}{{"disk", l.disk}, {"mdadm", l.array}, {"lvm_vg", l.group}, {"nodev", l.nodev}} {
		list, err := devices.below(kind.name)
		if err != nil {
			return nil, err
		}
		for _, one := range list {
			if err := kind.read(one); err != nil {
				return nil, err
			}
			if err := one.rest(); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(l.mounts, func(a, b mount) int { return cmp.Compare(a.place, b.place) })
	return l, devices.rest()
}

func (l *layout) disk(disk node) error {
	device := disk.text("device")
	destroy := true
	if _, said := disk.set["destroy"]; said {
		destroy = disk.truth("destroy")
	}
	if kind := disk.text("type"); kind != "disk" {
		return fmt.Errorf("%s has the type %q", disk.path, kind)
	}
	if destroy {
		l.wipe = append(l.wipe, device)
	}
	content, ok, err := disk.one("content")
	if err != nil || !ok {
		return err
	}
	if content.text("type") == "gpt" {
		return l.table(device, content)
	}
	return l.content(device, content)
}

// table makes partitions, in the order of their priorities.
func (l *layout) table(device string, table node) error {
	partitions, err := table.below("partitions")
	if err != nil {
		return err
	}
	slices.SortStableFunc(partitions, func(a, b node) int { return cmp.Compare(a.number("priority"), b.number("priority")) })
	var argv []string
	for i, partition := range partitions {
		size := partition.text("size")
		end := "+" + size
		if size == "100%" {
			end = "-0"
		}
		number := i + 1
		argv = append(argv, "--align-end", fmt.Sprintf("--new=%d:0:%s", number, end),
			fmt.Sprintf("--partition-guid=%d:%s", number, partition.text("uuid")),
			fmt.Sprintf("--change-name=%d:%.36s", number, "disk-"+table.parent()+"-"+partition.name()),
			fmt.Sprintf("--typecode=%d:%s", number, partition.text("type")))
	}
	l.format = append(l.format, func() error {
		if has(device, "PTTYPE") == "gpt" {
			return nil
		}
		return all([]string{"sgdisk", "--clear", device}, append(append([]string{"sgdisk"}, argv...), device),
			[]string{"partprobe", device}, []string{"udevadm", "settle", "--timeout=120"})
	})
	for _, partition := range partitions {
		content, ok, err := partition.one("content")
		if err != nil {
			return err
		}
		if ok {
			if err := l.content("/dev/disk/by-partuuid/"+partition.text("uuid"), content); err != nil {
				return err
			}
		}
		if err := partition.rest(); err != nil {
			return err
		}
	}
	return table.rest()
}

// parent is the name of the disk that a table is of: disk.NAME.content.
func (n node) parent() string {
	parts := strings.Split(n.path, ".")
	return parts[len(parts)-2]
}
