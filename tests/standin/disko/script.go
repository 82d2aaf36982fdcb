package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
)

// op is one command of the script, or several that stand behind one test.
type op struct {
	unless    []test   // all of them hold: skipped
	argv      []string // ScratchFolder in it is a folder that is there for the script
	otherwise []string // run when argv fails
	ignored   bool     // its failure counts for nothing
	stdin     string
	password  string // a file: what is in it, without line ends, is the --key-file
	do        []op   // in place of argv
}

// test asks the machine something.
type test struct {
	argv   []string // ends with status 0
	prints string   // and prints a line that matches this, where it is not empty
	not    bool     // the answer turned round
	swap   string   // in place of argv: this device is in use as swap
}

// scratch stands for a folder in which the script mounts things.
const scratch = "$disko_scratch"

func run1(argv ...string) op { return op{argv: argv} }

func blkid(device string) test { return test{argv: []string{"blkid", device}} }

// typed is how most of disko's types see whether there is something already.
func typed(device string) test {
	return test{argv: []string{"blkid", device, "-o", "export"}, prints: "^TYPE="}
}

// loose is how the others do: PTTYPE= counts as well.
func loose(device string) test { return test{argv: []string{"blkid", device}, prints: "TYPE="} }

// script is what disko makes of its devices.
type script struct {
	root    string
	devices devices
	// What the devices told of themselves, in the order in which they came.
	members map[string][]string // of an array, a group or a pool, by "raid_NAME" ...
}

// part returns one mode. Destroy depends on what lies on the disks, and is not
// here.
func (s *script) part(mode string) []op {
	switch mode {
	case "format":
		return s.format()
	case "mount":
		return s.mount()
	case "unmount":
		return s.unmount()
	}
	return nil
}

// wiped are the disks that destroy empties.
func (s *script) wiped() []string {
	var list []string
	for _, name := range names(s.devices.Disk) {
		if one := s.devices.Disk[name]; one.Destroy == nil || *one.Destroy {
			list = append(list, one.Device)
		}
	}
	return list
}

// programs refuses a layout whose programs are not here, before anything is
// done.
func (s *script) programs() error {
	needs := []string{"blkid", "sgdisk", "partprobe", "udevadm"}
	if len(s.devices.Pools) > 0 {
		needs = append(needs, "zpool", "zfs")
	}
	if len(s.devices.Groups) > 0 {
		needs = append(needs, "vgcreate")
	}
	if len(s.devices.Mdadm) > 0 {
		needs = append(needs, "mdadm")
	}
	for _, name := range needs {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("this layout needs %s, which is not here", name)
		}
	}
	return nil
}

// format is the create script: disks first, then what is made of them.
func (s *script) format() []op {
	s.members = map[string][]string{}
	var ops []op
	for _, name := range names(s.devices.Disk) {
		one := s.devices.Disk[name]
		ops = append(ops, s.create("disk", name, one.Device, *one.Content)...)
	}
	for _, name := range names(s.devices.Mdadm) {
		ops = append(ops, s.createArray(name)...)
	}
	for _, name := range names(s.devices.Groups) {
		ops = append(ops, s.createGroup(name)...)
	}
	for _, name := range names(s.devices.Pools) {
		ops = append(ops, s.createPool(name)...)
	}
	return ops
}

// create makes what lies on one device. parent and name are those of the
// table, for the labels of its partitions.
func (s *script) create(parent, name, device string, c content) []op {
	switch c.Type {
	case "gpt":
		return s.createTable(parent, name, device, c)
	case "filesystem":
		return []op{{unless: []test{loose(device)}, argv: slices.Concat([]string{"mkfs." + c.Format}, c.ExtraArgs, []string{device})}}
	case "btrfs":
		return createBtrfs(device, c)
	case "luks":
		return s.createLUKS(device, c)
	case "swap":
		if c.RandomEncryption {
			return nil
		}
		return []op{{unless: []test{typed(device)}, argv: slices.Concat([]string{"mkswap"}, c.ExtraArgs, []string{device})}}
	case "lvm_pv":
		s.join("lvm_"+c.VG, device)
		return []op{{unless: []test{loose(device)}, argv: []string{"pvcreate", device}}}
	case "mdraid":
		s.join("raid_"+c.Name, device)
	case "zfs":
		s.join("zfs_"+c.Pool, device)
	}
	return nil
}

func (s *script) join(what, device string) { s.members[what] = append(s.members[what], device) }

// numbered is a partition with its number, which disko gives by priority.
type numbered struct {
	partition
	name   string
	number int
}

func partitionsOf(c content) []numbered {
	var list []numbered
	for _, name := range names(c.Partitions) {
		list = append(list, numbered{partition: c.Partitions[name], name: name})
	}
	slices.SortStableFunc(list, func(a, b numbered) int { return cmp.Compare(a.priority(), b.priority()) })
	for i := range list {
		list[i].number = i + 1
	}
	return list
}

func (p numbered) priority() int {
	switch {
	case p.Priority != nil:
		return *p.Priority
	case p.Size == "100%":
		return 9001
	case p.Type == "EF02":
		return 100
	}
	return 1000
}

func (p numbered) device(parent, name string) string {
	if p.UUID != "" {
		return "/dev/disk/by-partuuid/" + p.UUID
	}
	return "/dev/disk/by-partlabel/" + p.label(parent, name)
}

// longest is how many characters the label of a partition can have.
const longest = 36

func (p numbered) label(parent, name string) string {
	if p.Label != "" {
		return p.Label
	}
	label := parent + "-" + name + "-" + p.name
	if len(label) > longest {
		return fmt.Sprintf("%x", sha256.Sum256([]byte(label)))[:longest]
	}
	return label
}

func (s *script) createTable(parent, name, device string, c content) []op {
	ops := []op{{unless: []test{blkid(device)}, argv: []string{"sgdisk", "--clear", device}}}
	list := partitionsOf(c)
	for _, p := range list {
		n := strconv.Itoa(p.number)
		guid, end, code := cmp.Or(p.UUID, "R"), "+"+cmp.Or(p.Size, "0"), p.Type
		if p.Size == "100%" {
			end = "-0"
		}
		if code == "" {
			code = "8300"
			if p.Content != nil && p.Content.Type == "swap" {
				code = "8200"
			}
		}
		name := []string{"--partition-guid=" + n + ":" + guid, "--change-name=" + n + ":" + p.label(parent, name), "--typecode=" + n + ":" + code, device}
		ops = append(ops,
			op{argv: slices.Concat([]string{"sgdisk", "--align-end", "--new=" + n + ":0:" + end}, name), otherwise: slices.Concat([]string{"sgdisk"}, name)},
			op{argv: []string{"partprobe", device}, ignored: true})
		ops = append(ops, settle()...)
	}
	for _, p := range list {
		if p.Content != nil {
			ops = append(ops, s.create("gpt", name, p.device(parent, name), *p.Content)...)
		}
	}
	return ops
}

func settle() []op {
	return []op{run1("udevadm", "trigger", "--subsystem-match=block"), run1("udevadm", "settle", "--timeout", "120")}
}

func createBtrfs(device string, c content) []op {
	ops := []op{{unless: []test{typed(device)}, argv: slices.Concat([]string{"mkfs.btrfs", device}, c.ExtraArgs)}}
	var each []op
	for _, name := range names(c.Subvolumes) {
		place := path.Join(scratch, name)
		each = append(each,
			run1("mount", device, scratch, "-o", "subvol=/"),
			run1("mkdir", "-p", path.Dir(place)),
			op{unless: []test{{argv: []string{"btrfs", "subvolume", "show", place}}}, argv: []string{"btrfs", "subvolume", "create", place}},
			run1("umount", scratch))
	}
	if len(each) == 0 {
		return ops
	}
	other := test{argv: []string{"blkid", device, "-o", "export"}, prints: "^TYPE=btrfs$", not: true}
	return append(ops, op{unless: []test{other}, do: each})
}

func (s *script) createLUKS(device string, c content) []op {
	ops := []op{
		{
			unless: []test{blkid(device), {argv: []string{"cryptsetup", "isLuks", device}}},
			argv:   []string{"cryptsetup", "-q", "luksFormat", device}, password: c.PasswordFile,
		},
		openLUKS(device, c, "--persistent"),
	}
	if c.Content != nil {
		ops = append(ops, s.create("luks", c.Name, "/dev/mapper/"+c.Name, *c.Content)...)
	}
	return ops
}

func openLUKS(device string, c content, extra ...string) op {
	argv := []string{"cryptsetup", "open", device, c.Name}
	if c.Settings.AllowDiscards {
		argv = append(argv, "--allow-discards")
	}
	if c.Settings.BypassWorkqueues {
		argv = append(argv, "--perf-no_read_workqueue", "--perf-no_write_workqueue")
	}
	return op{unless: []test{opened(c.Name)}, argv: append(argv, extra...), password: c.PasswordFile}
}

func opened(name string) test { return test{argv: []string{"cryptsetup", "status", name}} }

func (s *script) createArray(name string) []op {
	a := s.devices.Mdadm[name]
	device, members := "/dev/md/"+name, s.members["raid_"+name]
	level := 1
	if a.Level != nil {
		level = *a.Level
	}
	ops := []op{{
		unless: []test{{argv: []string{"test", "-e", device}}},
		do: slices.Concat([]op{
			{
				argv: slices.Concat([]string{
					"mdadm", "--create", device, "--level=" + strconv.Itoa(level), "--raid-devices=" + strconv.Itoa(len(members)),
					"--metadata=" + cmp.Or(a.Metadata, "default"), "--force", "--homehost=any",
				}, members),
				stdin: "y\n",
			},
			run1("partprobe", device),
		}, settle(), []op{run1("sgdisk", "--zap-all", device)}),
	}}
	if a.Content != nil {
		ops = append(ops, s.create("mdadm", name, device, *a.Content)...)
	}
	return ops
}

func (s *script) createGroup(name string) []op {
	g := s.devices.Groups[name]
	ops := []op{
		run1("modprobe", "dm-snapshot"),
		{unless: []test{{argv: []string{"vgdisplay", name}}}, argv: slices.Concat([]string{"vgcreate", name}, s.members["lvm_"+name])},
	}
	order := volumesOf(g)
	for _, v := range order {
		size := []string{"-L", g.Volumes[v].Size}
		if strings.Contains(size[1], "%") {
			size[0] = "-l"
		}
		if strings.HasSuffix(size[1], "%") {
			size[1] += "FREE"
		}
		ops = append(ops, op{
			unless: []test{{argv: []string{"lvdisplay", name + "/" + v}}},
			argv:   slices.Concat([]string{"lvcreate", "--yes"}, size, []string{"-n", v, name}),
		})
	}
	for _, v := range order {
		if c := g.Volumes[v].Content; c != nil {
			ops = append(ops, s.create("lvm_vg", name, "/dev/"+name+"/"+v, *c)...)
		}
	}
	return ops
}

// volumesOf are the volumes in the order in which disko makes them: the one
// that takes the rest comes last.
func volumesOf(g group) []string {
	list := names(g.Volumes)
	rest := func(name string) int { return strings.Count(g.Volumes[name].Size, "100%") }
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(rest(a), rest(b)) })
	return list
}
