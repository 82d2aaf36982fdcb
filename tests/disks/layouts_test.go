package disks_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

const (
	roomy = "12G"
	small = "1G"
)

// zoo is a machine with everything: blank disks, a Windows, a disk that it is
// to be shared with, a volume group, the two halves of a mirror, and a disk
// with sectors of 4096 bytes.
func zoo() []rig.Disk {
	return []rig.Disk{
		{Serial: "main", Size: roomy},
		{Serial: "copy", Size: roomy, NVMe: true},
		{Serial: "windows", Size: roomy},
		{Serial: "shared", Size: roomy},
		{Serial: "volumes", Size: small},
		{Serial: "half0", Size: small},
		{Serial: "half1", Size: small},
		{Serial: "large", Size: roomy, Sector: 4096},
		{Serial: "stranger", Size: roomy},
		{Serial: "impostor", Says: "main", Size: roomy},
	}
}

func forgetting(a *steps.Answers) {
	a.Disk.Impermanence, a.Disk.Swap = true, steps.Swap{Kind: "zram"}
}

func sleeping(a *steps.Answers) {
	a.Disk.Swap = steps.Swap{Kind: "partition", Size: "auto", Hibernate: true}
}

// layout is one on some of the disks. All of them are made at length only.
type layout struct {
	name    string
	disks   []string
	answers steps.Answers
}

func layouts() []layout {
	list := []layout{}
	add := func(name, kind string, change func(*steps.Answers), disks ...string) {
		list = append(list, layout{name, disks, answer(kind, change, disks...)})
	}
	add("luks-btrfs", "luks-btrfs", nil, "main")
	add("btrfs", "btrfs", nil, "main")
	add("ext4", "ext4", nil, "copy")
	add("luks-ext4", "luks-ext4", nil, "main")
	add("luks-lvm", "luks-lvm", nil, "main")
	add("luks-btrfs-raid1", "luks-btrfs-raid1", nil, "main", "copy")
	add("md-raid1", "md-raid1", nil, "main", "copy")
	add("large-sectors", "luks-btrfs", nil, "large")
	add("luks-zfs", "luks-zfs", nil, "main")
	add("luks-zfs-mirror", "luks-zfs-mirror", nil, "main", "copy")
	add("luks-zfs-forgets", "luks-zfs", forgetting, "main")
	add("luks-btrfs-forgets", "luks-btrfs", forgetting, "main")
	add("ext4-forgets", "ext4", forgetting, "main")
	add("luks-ext4-forgets", "luks-ext4", forgetting, "main")
	add("luks-lvm-forgets", "luks-lvm", forgetting, "main")
	add("md-raid1-forgets", "md-raid1", forgetting, "main", "copy")
	add("luks-btrfs-sleeps", "luks-btrfs", sleeping, "main")
	add("luks-ext4-sleeps", "luks-ext4", sleeping, "main")
	add("ext4-sleeps", "ext4", sleeping, "main")
	add("luks-btrfs-swapfile", "luks-btrfs", func(a *steps.Answers) { a.Disk.Swap = steps.Swap{Kind: "file", Size: "1GiB"} }, "main")
	add("ext4-large-sectors", "ext4", nil, "large")
	return list
}

// stock are the disks that are attached at first: the others lie in a drawer.
func stock() []string {
	var serials []string
	for _, disk := range zoo() {
		if disk.Says == "" && disk.Serial != "stranger" {
			serials = append(serials, disk.Serial)
		}
	}
	return serials
}

// Every layout is made on its disks as the plan says, and no other disk has
// changed by a byte; it is given back, and the next one takes its place. Then
// what must not happen is tried.
func TestDisks(t *testing.T) {
	given := map[string]steps.Answers{
		"main": answer("ext4", nil, "main"), "twins": answer("ext4", nil, "main"), "busy": answer("ext4", nil, "large"),
		"over-windows": answer("ext4", nil, "windows"), "beside": answer("beside", nil, "shared"),
		"beside-sleeps": answer("beside", sleeping, "shared"), "beside-esp": answer("beside", nil, "windows"),
		"keep": answer("luks-btrfs", keeping, "shared"), "document": answer("document", nil, "windows"),
	}
	for _, one := range layouts() {
		given[one.name] = one.answers
	}
	b := newBench(t, zoo(), given)
	b.machine.Attach(stock()...)
	b.boot("prepare.sh")
	for _, one := range layouts() {
		b.run(one.name, true, func(t *testing.T) { b.layout(t, one) })
	}
	b.run("document", false, b.document)
	b.run("beside", false, func(t *testing.T) { b.beside(t, "beside", "shared") })
	b.run("beside-sleeps", true, func(t *testing.T) { b.beside(t, "beside-sleeps", "shared") })
	b.run("beside-esp", true, func(t *testing.T) { b.beside(t, "beside-esp", "windows") })
	b.run("keep", false, b.keep)
	b.run("undo", true, b.undo)
	b.run("busy", false, b.busy)
	b.run("pulled", false, b.pulled)
	b.on(t)
	if !wanted("swapped", false) {
		b.running.Kill()
		return
	}
	names := b.names("main", "large")
	b.running.PowerOff()

	turned := stock()
	slices.Reverse(turned)
	b.machine.Attach(turned...)
	b.boot("programs.sh")
	t.Run("swapped", func(t *testing.T) { b.swapped(t, names) })
	b.on(t)
	b.running.Kill()
}

// wanted says whether a part is tried: one that takes long only in full, and
// with ONLY=NAME,NAME those alone.
func wanted(name string, full bool) bool {
	if only := os.Getenv("ONLY"); only != "" {
		return slices.Contains(strings.Split(only, ","), name)
	}
	return !full || os.Getenv("MNEMONIX_FULL") == "1"
}

// wantsZFS says whether a layout with a pool is made.
func wantsZFS() bool {
	return slices.ContainsFunc(layouts(), func(l layout) bool {
		return strings.Contains(l.name, "zfs") && wanted(l.name, true)
	})
}

func (b *bench) run(name string, full bool, part func(*testing.T)) {
	whole := b.t
	if wanted(name, full) {
		whole.Run(name, part)
	}
	b.t = whole
}

// layout makes one layout and takes it down again.
func (b *bench) layout(t *testing.T, one layout) {
	b.on(t)
	begin := time.Now()
	plan := b.plan(one.name)
	if len(plan.Blockers) > 0 {
		t.Fatalf("blocked: %v", plan.Blockers)
	}
	var others []string
	for _, serial := range stock() {
		if !slices.Contains(one.disks, serial) {
			others = append(others, serial)
		}
	}
	planned := time.Since(begin)
	before := b.digests(others...)
	t.Log(b.must("carry start /run/" + one.name + ".json"))
	made := time.Since(begin)
	b.made(plan)
	b.must("carry release /run/" + one.name + ".json")
	if len(plan.Layout.Arrays) > 0 {
		b.over(one)
		// udev would put the array together again for the layouts that follow.
		for _, disk := range plan.Layout.Disks {
			b.must("wipefs --quiet --all /dev/disk/by-partuuid/" + disk.Partitions[len(disk.Partitions)-1].UUID)
		}
	}
	b.recovered(one, plan.Layout)
	b.same("after "+one.name, before, b.digests(others...))
	if left := b.must("findmnt --list --noheadings --output TARGET | grep ^/mnt; dmsetup ls --target crypt; tail -n +2 /proc/swaps"); left != "No devices found" && left != "" {
		t.Errorf("what was given back is still in use:\n%s", left)
	}
	t.Logf("planned in %v, made after %v, given back after %v", planned.Round(time.Second), made.Round(time.Second), time.Since(begin).Round(time.Second))
}

// over makes a layout once more over itself, as a live medium finds it: its
// array is put together again, and used by nobody.
func (b *bench) over(one layout) {
	b.t.Helper()
	b.must("mdadm --assemble --scan; [[ -e /dev/md/root ]]")
	plan := b.plan(one.name)
	if len(plan.Blockers) > 0 {
		b.t.Fatalf("over itself: %v", plan.Blockers)
	}
	if said := b.must("carry start /run/" + one.name + ".json"); !strings.Contains(said, "done disk/release") {
		b.t.Errorf("the array was not taken apart first:\n%s", said)
	}
	b.made(plan)
	b.must("carry release /run/" + one.name + ".json")
}

// on lets the bench fail the test that runs now.
func (b *bench) on(t *testing.T) { b.t = t }
