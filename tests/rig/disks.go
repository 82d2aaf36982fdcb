package rig

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Add makes a blank disk and attaches it after the others.
func (m *Machine) Add(disk Disk) {
	m.t.Helper()
	m.qemuImg("create", "-q", "-f", "qcow2", m.Disk(disk.Serial), cmp.Or(disk.Size, "2G"))
	m.known = append(m.known, disk)
	m.attached = append(m.attached, disk.Serial)
}

// Attach says which disks the next boot finds, and in which order.
func (m *Machine) Attach(serials ...string) {
	m.t.Helper()
	for _, serial := range serials {
		m.disk(serial)
	}
	m.attached = slices.Clone(serials)
}

func (m *Machine) disk(serial string) Disk {
	m.t.Helper()
	at := slices.IndexFunc(m.known, func(d Disk) bool { return d.Serial == serial })
	if at < 0 {
		m.t.Fatalf("the machine has no disk %s", serial)
	}
	return m.known[at]
}

// port is where a disk is plugged in: every disk has one of its own, so that it
// can be pulled while the machine is on.
func port(serial string) string { return "port-" + serial }

// disks returns the arguments for the attached disks, the first of which the
// firmware tries first when it is to boot from them.
func (m *Machine) disks(boot bool) []string {
	var args []string
	for i, serial := range m.attached {
		device := m.device(serial, "disk-"+serial)
		if boot {
			device += fmt.Sprintf(",bootindex=%d", i)
		}
		args = append(args,
			"-device", fmt.Sprintf("pcie-root-port,id=%s,chassis=%d,slot=%d", port(serial), i+1, i+1),
			"-blockdev", m.content(serial),
			"-device", device+",bus="+port(serial))
	}
	return args
}

// content is what a disk holds, as QEMU's -blockdev takes it.
func (m *Machine) content(serial string) string {
	file := "driver=qcow2,discard=unmap,file.driver=file,file.filename=" + m.Disk(serial)
	bad := m.disk(serial).BadAt
	if bad == 0 {
		return "node-name=disk-" + serial + "," + file
	}
	const sector = 512
	return fmt.Sprintf("node-name=disk-%s,driver=blkdebug,inject-error.0.event=none,inject-error.0.iotype=write,inject-error.0.sector=%d,image.%s",
		serial, bad/sector, strings.ReplaceAll(file, ",", ",image."))
}

// device is a disk as QEMU's -device takes it.
func (m *Machine) device(serial, drive string) string {
	disk := m.disk(serial)
	text := "virtio-blk-pci"
	if disk.NVMe {
		text = "nvme"
	}
	text += ",id=" + serial + ",drive=" + drive + ",serial=" + cmp.Or(disk.Says, serial)
	if disk.Sector != 0 {
		text += fmt.Sprintf(",logical_block_size=%d,physical_block_size=%d", disk.Sector, disk.Sector)
	}
	return text
}

// Unplug pulls a disk out of the running machine, and waits until the machine
// has noticed.
func (r *Running) Unplug(serial string) {
	r.t.Helper()
	if _, err := r.qmp("device_del", map[string]string{"id": serial}); err != nil {
		r.t.Fatalf("unplug %s: %v", serial, err)
	}
	deadline := time.NewTimer(r.patience)
	defer deadline.Stop()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	// Its content stays open, and could not be plugged in again.
	node, plugged := r.plugged[serial]
	if !plugged {
		node = "disk-" + serial
	}
	delete(r.plugged, serial)
	for {
		answer, err := r.qmp("qom-list", map[string]string{"path": "/machine/peripheral"})
		if err != nil {
			r.t.Fatalf("unplug %s: %v", serial, err)
		}
		if !strings.Contains(string(answer), `"`+serial+`"`) {
			// In use until the last request of the machine has ended.
			if _, err = r.qmp("blockdev-del", map[string]string{"node-name": node}); err == nil {
				return
			}
		}
		select {
		case <-ticker.C:
		case <-deadline.C:
			r.t.Fatalf("the machine does not let go of %s; the console:\n%s", serial, r.Console())
		}
	}
}

// Plug puts a disk into the place of another one, which was pulled before.
func (r *Running) Plug(serial, place string) {
	r.t.Helper()
	r.plugs++
	node := fmt.Sprintf("plugged-%d", r.plugs)
	_, err := r.qmp("blockdev-add", map[string]any{
		"driver": "qcow2", "node-name": node, "file": map[string]string{"driver": "file", "filename": r.machine.Disk(serial)},
	})
	if err == nil {
		device := map[string]any{"bus": port(place)}
		for i, part := range strings.Split(r.machine.device(serial, node), ",") {
			name, value, named := strings.Cut(part, "=")
			switch {
			case i == 0 && !named:
				device["driver"] = part
			case strings.HasSuffix(name, "_block_size"):
				device[name] = json.Number(value)
			default:
				device[name] = value
			}
		}
		_, err = r.qmp("device_add", device)
	}
	if err != nil {
		r.t.Fatalf("plug %s in: %v", serial, err)
	}
	if r.plugged == nil {
		r.plugged = map[string]string{}
	}
	r.plugged[serial] = node
}

// Pause stops the machine's processors; what it has written is in its disks
// then, for Content and Digest to read.
func (r *Running) Pause() { r.t.Helper(); r.human("stop") }

// Continue lets the machine go on.
func (r *Running) Continue() { r.t.Helper(); r.human("cont") }

// Content returns what is on a disk as a sparse file, which is removed at the
// end of the test. The machine is off or paused.
func (m *Machine) Content(serial string) *os.File {
	m.t.Helper()
	name := filepath.Join(m.t.TempDir(), serial+".raw")
	m.qemuImg("convert", "-q", "-U", "-f", "qcow2", "-O", "raw", m.Disk(serial), name)
	file, err := os.Open(name)
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		_ = file.Close()
		_ = os.Remove(name)
	})
	return file
}

// Digest is a SHA-256 over a whole disk. The machine is off or paused.
func (m *Machine) Digest(serial string) string {
	m.t.Helper()
	file := m.Content(serial)
	about, err := file.Stat()
	if err != nil {
		m.t.Fatal(err)
	}
	sum, err := DigestOf(file, 0, about.Size())
	if err := errors.Join(err, os.Remove(file.Name())); err != nil {
		m.t.Fatal(err)
	}
	return sum
}

// DigestOf is a SHA-256 over a range of a disk's content: over every block of
// 4096 bytes that is not all zeros, with its place. So a hole and zeros are the
// same, and a disk of which little is used takes little time.
func DigestOf(file *os.File, start, size int64) (string, error) {
	const block = 4096
	sum := sha256.New()
	fmt.Fprintf(sum, "%d bytes\n", size)
	buffer, zeros := make([]byte, block), make([]byte, block)
	end := start + size
	for at := start; at < end; {
		data, err := file.Seek(at, seekData)
		if errors.Is(err, syscall.ENXIO) {
			break // nothing but a hole up to the end
		}
		if err != nil {
			return "", err
		}
		// Blocks are counted from the start of the range.
		at += (data - at) / block * block
		hole, err := file.Seek(max(at, data), seekHole)
		if err != nil {
			return "", err
		}
		for ; at < min(hole, end); at += block {
			piece := buffer[:min(block, end-at)]
			if _, err := file.ReadAt(piece, at); err != nil && !errors.Is(err, io.EOF) {
				return "", err
			}
			if !bytes.Equal(piece, zeros[:len(piece)]) {
				fmt.Fprintf(sum, "%d\n%s", at-start, piece)
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Where lseek goes to: the next byte that is there, or the next hole.
// Source: lseek(2).
const (
	seekData = 3
	seekHole = 4
)
