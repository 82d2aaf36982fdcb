// Package rig runs virtual machines for the tests: a firmware with its
// variables, a TPM in software, blank disks, and a small Debian to work in.
//
// Its rules:
//
//   - A machine is a folder: its disks, the variables of its firmware and the
//     state of its TPM. It is switched on as often as a test likes, and what
//     it kept is all that the next boot knows.
//   - Disks go by their serial numbers (virtio0, nvme0), never by kernel names.
//   - No time is asserted: the processor is emulated, and slow where others
//     work too. Every wait ends at a deadline with the console in the failure.
//   - One machine runs at a time.
package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Hardware is what a machine consists of.
type Hardware struct {
	Virtio, NVMe int    // how many blank disks of each kind
	Size         string // of each disk, as qemu-img reads it; "2G" if empty
	Disks        []Disk // more disks, of any kind
	NoTPM        bool
}

// Disk is a blank disk. A test knows it by its serial number.
type Disk struct {
	Serial string
	Says   string // the serial number that it tells the machine, where that is another one
	NVMe   bool   // else virtio
	Size   string // as qemu-img reads it; "2G" if empty
	Sector int    // bytes of a logical sector; 0: 512
	BadAt  int64  // nothing can be written over the byte at this offset; 0: all of it is well
}

// Machine is a machine that is switched off between boots.
type Machine struct {
	Dir string // disks as NAME.qcow2, the firmware's variables, tpm/

	t        testing.TB
	image    string // what tests/rig/build made
	noTPM    bool
	secure   bool // Secure Boot is enforced
	known    []Disk
	attached []string    // serial numbers, in the order in which the machine finds them
	chip     *os.Process // the TPM of this boot
}

// imageFolder is what tests/rig/build made.
func imageFolder(t testing.TB) string {
	t.Helper()
	image := os.Getenv("MNEMONIX_RIG")
	if image == "" {
		t.Skip("needs a virtual machine: ./check vm runs it")
	}
	return image
}

// New makes a machine with blank disks. Tests that have no virtual machines,
// because MNEMONIX_RIG does not name what tests/rig/build made, are skipped.
func New(t testing.TB, hardware Hardware) *Machine {
	t.Helper()
	image := imageFolder(t)
	// Not t.TempDir, whose paths can be longer than a socket's may be.
	dir, err := os.MkdirTemp("", "rig")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	m := &Machine{Dir: dir, t: t, image: image, noTPM: hardware.NoTPM}
	size := hardware.Size
	if size == "" {
		size = "2G"
	}
	for i := range hardware.Virtio {
		m.Add(Disk{Serial: fmt.Sprintf("virtio%d", i), Size: size})
	}
	for i := range hardware.NVMe {
		m.Add(Disk{Serial: fmt.Sprintf("nvme%d", i), NVMe: true, Size: size})
	}
	for _, disk := range hardware.Disks {
		m.Add(disk)
	}
	// qcow2 for everything that can be written, so that snapshots work.
	m.qemuImg("convert", "-f", "raw", "-O", "qcow2", m.firmware("OVMF_VARS_4M.fd"), m.variables())
	m.ForgetTPM()
	return m
}

// Disk returns the file of the disk with this serial number.
func (m *Machine) Disk(serial string) string { return filepath.Join(m.Dir, serial+".qcow2") }

func (m *Machine) variables() string { return filepath.Join(m.Dir, "variables.qcow2") }

func (m *Machine) firmware(name string) string {
	return filepath.Join(m.image, "qemu/usr/share/OVMF", name)
}

func (m *Machine) qemuImg(args ...string) {
	m.t.Helper()
	if output, err := exec.Command(filepath.Join(m.image, "qemu-img"), args...).CombinedOutput(); err != nil {
		m.t.Fatalf("qemu-img %s: %v: %s", strings.Join(args, " "), err, output)
	}
}

// SecureBoot switches Secure Boot on or off, as the firmware's menu does: on,
// the firmware knows the rig's own keys and starts nothing else.
func (m *Machine) SecureBoot(on bool) {
	m.t.Helper()
	from := m.firmware("OVMF_VARS_4M.fd")
	if m.secure = on; on {
		from = filepath.Join(m.image, "secure/variables.fd")
	}
	m.qemuImg("convert", "-f", "raw", "-O", "qcow2", from, m.variables())
}

// Clone copies a machine that is switched off, so that two futures can be
// tried from one past.
func (m *Machine) Clone() *Machine {
	m.t.Helper()
	dir, err := os.MkdirTemp("", "rig")
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if output, err := exec.Command("cp", "-a", "--sparse=always", m.Dir+"/.", dir).CombinedOutput(); err != nil {
		m.t.Fatalf("copy the machine: %v: %s", err, output)
	}
	clone := *m
	clone.Dir, clone.known, clone.attached = dir, slices.Clone(m.known), slices.Clone(m.attached)
	return &clone
}

// Result is what a script in the guest left behind.
type Result struct {
	Status int
	Log    string // standard output and standard error
	Dir    string // the files that it put into /run/rig/out
}

// Exec boots the rig's Debian, runs a script in it as root and switches it
// off. folder, where it is not empty, is found in /run/rig/in, which is also
// where the script starts.
func (m *Machine) Exec(script, folder string, args ...string) Result {
	m.t.Helper()
	r := m.Start(script, folder, args...)
	r.WaitOff()
	return m.result(r)
}

// Start begins what Exec does and returns at once: what the script prints is
// on the console.
func (m *Machine) Start(script, folder string, args ...string) *Running {
	m.t.Helper()
	in := filepath.Join(m.t.TempDir(), "in")
	if err := os.MkdirAll(in, 0o700); err != nil {
		m.t.Fatal(err)
	}
	if folder != "" {
		if err := os.CopyFS(in, os.DirFS(folder)); err != nil {
			m.t.Fatal(err)
		}
	}
	text, err := os.ReadFile(script)
	if err == nil {
		err = os.WriteFile(filepath.Join(in, ".script"), text, 0o600)
	}
	var list strings.Builder
	for _, arg := range args {
		list.WriteString(arg + "\x00")
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(in, ".arguments"), []byte(list.String()), 0o600)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return m.Boot(Boot{From: Image, Folder: in, run: true})
}

// result unpacks what the script left.
func (m *Machine) result(r *Running) Result {
	m.t.Helper()
	result := Result{Dir: filepath.Join(m.t.TempDir(), "out")}
	if err := os.Mkdir(result.Dir, 0o700); err != nil {
		m.t.Fatal(err)
	}
	if output, err := exec.Command("tar", "-C", result.Dir, "-xf", r.out).CombinedOutput(); err != nil {
		m.t.Fatalf("the machine left no result: %v: %s\nthe console:\n%s", err, output, r.Console())
	}
	log, err := os.ReadFile(filepath.Join(result.Dir, ".log"))
	if err != nil {
		m.t.Fatal(err)
	}
	status, err := os.ReadFile(filepath.Join(result.Dir, ".status"))
	if err == nil {
		_, err = fmt.Sscan(string(status), &result.Status)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	result.Log = string(log)
	return result
}
