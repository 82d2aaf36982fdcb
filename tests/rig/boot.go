package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// Source is what a machine boots.
type Source int

// What a machine boots.
const (
	Image  Source = iota // the rig's Debian, handed over by QEMU; it changes no disk
	Disks                // what the firmware finds on the machine's own disks
	Medium               // a live medium
)

// Patience is how long a wait may take where the test says nothing else. A
// boot takes half a minute; on a machine that others use it has taken ten
// times as long.
const Patience = 15 * time.Minute

// Boot says how a machine is switched on.
type Boot struct {
	From     Source
	Medium   string // the ISO file, for Medium
	Folder   string // found in /run/rig/in, for Image and Medium
	Append   string // more of the kernel's command line, for Image
	Screen   bool   // with a graphics card, so that tty1 can be photographed
	State    string // go on from this saved state (Save) in place of booting
	Patience time.Duration

	run bool
}

// Boot switches the machine on.
func (m *Machine) Boot(boot Boot) *Running {
	m.t.Helper()
	if boot.Patience == 0 {
		boot.Patience = Patience
	}
	out := filepath.Join(m.Dir, "out.tar")
	monitor := filepath.Join(m.Dir, "monitor.sock")
	_ = os.Remove(monitor)

	machine, code := "q35", "OVMF_CODE_4M.fd"
	if m.secure {
		// Only System Management Mode may write the firmware's variables.
		machine, code = "q35,smm=on", "OVMF_CODE_4M.secboot.fd"
	}
	args := []string{
		"-name", "rig", "-machine", machine, "-smp", "2", "-m", "2048",
		// Page tables of five levels only cost time.
		"-cpu", "max,la57=off",
		// KVM inside other virtualization is not to be relied on.
		"-accel", "tcg,thread=multi",
		"-L", filepath.Join(m.image, "qemu/usr/share/qemu"), "-L", filepath.Join(m.image, "qemu/usr/share/seabios"),
		"-nodefaults", "-no-reboot", "-display", "none", "-device", "virtio-rng-pci",
		"-drive", "if=pflash,format=raw,readonly=on,file=" + m.firmware(code),
		"-drive", "if=pflash,format=qcow2,file=" + m.variables(),
		"-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial",
		"-qmp", "unix:" + monitor + ",server=on,wait=off",
		"-device", "virtio-serial", "-chardev", "file,id=out,path=" + out,
		"-device", "virtserialport,chardev=out,name=rig.out",
	}
	if m.secure {
		args = append(args, "-global", "ICH9-LPC.disable_s3=1", "-global", "driver=cfi.pflash01,property=secure,value=on")
	}
	if boot.Screen {
		args = append(args, "-vga", "std")
	} else {
		args = append(args, "-vga", "none")
	}
	args = append(args, m.disks(boot.From == Disks)...)
	args = append(args, m.source(boot)...)
	if !m.noTPM {
		args = append(args, "-chardev", "socket,id=tpm,path="+m.swtpm(),
			"-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-tis,tpmdev=tpm")
	}
	if boot.State != "" {
		args = append(args, "-loadvm", boot.State)
	}

	command := exec.Command(filepath.Join(m.image, "qemu-system-x86_64"), args...)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed takes it along
	running := &Running{
		t: m.t, machine: m, command: command, monitor: monitor, out: out, patience: boot.Patience,
		changed: make(chan struct{}), ended: make(chan struct{}),
	}
	record, err := os.OpenFile(filepath.Join(m.Dir, "console"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		m.t.Fatal(err)
	}
	running.record = record
	keys, err := command.StdinPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	running.keys = keys
	command.Stdout = running
	command.Stderr = running
	if err := command.Start(); err != nil {
		m.t.Fatalf("start QEMU: %v", err)
	}
	go func() {
		_ = command.Wait()
		_ = record.Close()
		close(running.ended)
	}()
	m.t.Cleanup(running.Kill)
	return running
}

// source returns the arguments for what is booted and for the folder that the
// guest finds.
func (m *Machine) source(boot Boot) []string {
	m.t.Helper()
	var args []string
	switch boot.From {
	case Image:
		root := filepath.Join(m.Dir, "root.qcow2")
		if boot.State == "" {
			_ = os.Remove(root)
			m.qemuImg("create", "-q", "-f", "qcow2", "-F", "raw", "-b", filepath.Join(m.image, "root.ext4"), root)
		}
		// On a busy host a device may take minutes to appear.
		line := "console=ttyS0 quiet systemd.show_status=no panic=-1 lsm=lockdown,capability,yama systemd.default_device_timeout_sec=900 " + boot.Append
		if boot.Screen {
			line = "console=tty1 " + line
		}
		if boot.Folder != "" {
			line += " rig.run"
		}
		if boot.run { // the script has the machine to itself: guest/rig-init
			line += " rig.script"
		}
		args = append(args,
			"-drive", "if=none,id=root,format=qcow2,file="+root, "-device", "virtio-blk-pci,drive=root,serial=rig-root",
			"-kernel", filepath.Join(m.image, "vmlinuz"), "-initrd", filepath.Join(m.image, "initrd"), "-append", line)
	case Medium:
		args = append(args, "-drive", "if=none,id=medium,media=cdrom,readonly=on,file="+boot.Medium,
			"-device", "ide-cd,drive=medium,bootindex=0")
	case Disks:
	}
	if boot.Folder != "" {
		in := filepath.Join(m.Dir, "in.ext4")
		if boot.State == "" {
			m.pack(boot.Folder, in)
		}
		args = append(args, "-drive", "if=none,id=in,format=raw,readonly=on,file="+in,
			"-device", "virtio-blk-pci,drive=in,serial=rig-in")
	}
	return args
}

// pack makes a file system with what is in a folder.
func (m *Machine) pack(folder, file string) {
	m.t.Helper()
	var bytes int64
	err := filepath.WalkDir(folder, func(_ string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		about, err := entry.Info()
		if err == nil {
			bytes += about.Size()
		}
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	// An eighth and 8 MiB more, for what a file system needs of its own.
	size := fmt.Sprintf("%dK", (bytes+bytes/8)/1024+8192)
	_ = os.Remove(file)
	command := exec.Command(need.Program(m.t, "mke2fs"), "-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-d", folder, file, size)
	if output, err := command.CombinedOutput(); err != nil {
		m.t.Fatalf("pack %s: %v: %s", folder, err, output)
	}
}
