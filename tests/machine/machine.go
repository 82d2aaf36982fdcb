// Package machine makes recorded machines: folders of the files of /sys,
// /proc and /run/udev that mnemonix reads, as `mnemonix detect --record`
// writes them.
//
// Its rules:
//
//   - A machine is described in terms of its parts, and the files follow from
//     them as the kernel and udev would write them. The machines in
//     tests/machines are written from recorded.go: `go test ./tests/machine
//     -update`.
//   - Sizes, classes, names and serial numbers are in the form of real
//     devices. None is a device that somebody has.
//   - Nothing here is part of the product; only tests import it.
package machine

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Machine is a machine in the making.
type Machine struct {
	files map[string]string
	links map[string]string
	lsblk []row
	// Lsblk says whether the answer of lsblk is recorded; without it the
	// program reads the record's /sys.
	Lsblk bool
	// Udev says whether udev ran there.
	Udev   bool
	minor  int
	mounts []string
	swaps  []string
}

// New returns a machine that has nothing yet but a kernel.
func New(hostname, kernel string) *Machine {
	m := &Machine{files: map[string]string{}, links: map[string]string{}, Lsblk: true, Udev: true}
	m.File("/proc/sys/kernel/hostname", hostname+"\n")
	m.File("/proc/sys/kernel/osrelease", kernel+"\n")
	m.File("/proc/sys/kernel/arch", "x86_64\n")
	return m
}

// File puts a file there.
func (m *Machine) File(name, content string) { m.files[name] = content }

// Files puts several files below a folder; a value without a line feed at its
// end gets one, as the kernel writes it.
func (m *Machine) Files(folder string, files map[string]string) {
	for name, content := range files {
		if !strings.HasSuffix(content, "\n") {
			content += "\n"
		}
		m.File(path.Join(folder, name), content)
	}
}

// Link puts a symbolic link there that leads to an absolute name, written
// relative as /sys does.
func (m *Machine) Link(name, target string) {
	relative, err := filepath.Rel(path.Dir(name), target)
	if err != nil {
		panic(err)
	}
	m.links[name] = relative
}

// Write writes the machine's folder; what is there of an older one goes.
func (m *Machine) Write(folder string) error {
	m.finish()
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		at := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(at, []byte(m.files[name]), 0o644); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.links)) {
		at := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(m.links[name], at); err != nil {
			return err
		}
	}
	return nil
}

// finish writes what is known only when all parts are there.
func (m *Machine) finish() {
	if m.Lsblk {
		m.File("/tools/lsblk.json", encode(m.lsblk))
	}
	var info strings.Builder
	for i, mount := range m.mounts {
		fmt.Fprintf(&info, "%d 1 %s\n", 22+i, mount)
	}
	m.File("/proc/self/mountinfo", info.String())
	swaps := "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" + strings.Join(m.swaps, "")
	m.File("/proc/swaps", swaps)
}

// mount notes a mounted file system.
func (m *Machine) mount(number, place, kind, source string) {
	place = strings.ReplaceAll(place, " ", `\040`) // as the kernel does
	m.mounts = append(m.mounts, fmt.Sprintf("%s / %s rw,relatime shared:1 - %s %s rw", number, place, kind, source))
}

// Subvolume mounts a part of a btrfs, as NixOS does with its layout.
func (m *Machine) Subvolume(source, within, place, options string) {
	m.mounts = append(m.mounts, fmt.Sprintf("0:40 /%s %s rw,noatime shared:1 - btrfs %s rw,%sssd,discard=async,space_cache=v2,subvolid=256,subvol=/%s", within, place, source, options, within))
}

// Bind shows a part of a subvolume at a second place.
func (m *Machine) Bind(source, within, part, place string) {
	m.mounts = append(m.mounts, fmt.Sprintf("0:40 /%s/%s %s ro,nosuid,nodev,noatime shared:1 - btrfs %s rw,ssd,space_cache=v2,subvolid=258,subvol=/%s", within, part, place, source, within))
}

// ZFS mounts datasets of an imported pool, and notes what zfs list says of
// their mount points.
func (m *Machine) ZFS(pool string, datasets map[string]string, legacy ...string) {
	m.File("/proc/spl/kstat/zfs/"+pool+"/state", "ONLINE\n")
	list := ""
	for _, dataset := range slices.Sorted(maps.Keys(datasets)) {
		place := datasets[dataset]
		m.mounts = append(m.mounts, fmt.Sprintf("0:50 / %s rw,relatime shared:1 - zfs %s rw,xattr,posixacl,casesensitive", place, dataset))
		if slices.Contains(legacy, dataset) {
			place = "legacy"
		}
		list += dataset + "\t" + place + "\n"
	}
	m.File("/tools/zfs.txt", m.files["/tools/zfs.txt"]+list)
}
