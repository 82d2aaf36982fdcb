package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// carry does one mode.
func (l *layout) carry(mode string) error {
	switch mode {
	case "destroy":
		for _, disk := range l.wipe {
			if err := l.destroy(disk); err != nil {
				return err
			}
		}
		return nil
	case "format":
		for _, step := range l.format {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	case "unmount":
		return l.down()
	}
	for _, step := range l.open {
		if err := step(); err != nil {
			return err
		}
	}
	for _, one := range l.mounts {
		if err := l.up(one); err != nil {
			return err
		}
	}
	return nil
}

// up mounts one thing, unless it is.
func (l *layout) up(one mount) error {
	if one.place == "" {
		return swapOn(one)
	}
	place := path.Join(l.root, one.place)
	if output, err := exec.Command("findmnt", "--noheadings", "--output", "TARGET", one.device, place).Output(); err == nil && len(output) > 0 {
		return nil
	}
	argv := []string{"mount", one.device, place, "-t", one.kind}
	for _, option := range one.options {
		argv = append(argv, "-o", option)
	}
	return all(append(argv, "-o", "X-mount.mkdir"))
}

func swapOn(one mount) error {
	device := one.device
	if one.random {
		name := randomName(device)
		device = "/dev/mapper/" + name
		if exists(device) {
			return nil
		}
		if err := all([]string{"cryptsetup", "plainOpen", "--key-file", "/dev/urandom", one.device, name}, []string{"mkswap", device}); err != nil {
			return err
		}
	}
	real, err := os.Readlink(device)
	if err == nil && !path.IsAbs(real) {
		real = path.Join(path.Dir(device), real)
	}
	swaps, err := os.ReadFile("/proc/swaps")
	if err != nil {
		return err
	}
	if real != "" && strings.Contains(string(swaps), real+" ") {
		return nil
	}
	return command("swapon", device)
}

func randomName(device string) string { return "swap-" + path.Base(device) }

// down unmounts and closes everything, in reverse.
func (l *layout) down() error {
	for _, one := range slices.Backward(l.mounts) {
		if one.place != "" {
			continue
		}
		device := one.device
		if one.random {
			device = "/dev/mapper/" + randomName(one.device)
		}
		if exists(device) {
			_ = command("swapoff", device)
			if one.random {
				_ = command("cryptsetup", "close", randomName(one.device))
			}
		}
	}
	if exec.Command("findmnt", l.root).Run() == nil {
		if err := command("umount", "--recursive", l.root); err != nil {
			return err
		}
	}
	for _, step := range slices.Backward(l.close) {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// destroy takes down what stands on a disk and empties its table.
func (l *layout) destroy(disk string) error {
	if err := l.down(); err != nil {
		return err
	}
	output, err := exec.Command("lsblk", "--noheadings", "--raw", "--paths", "--output", "NAME,TYPE", disk).Output()
	if err != nil {
		return fmt.Errorf("list what is on %s: %w", disk, err)
	}
	var rows [][]string
	for line := range strings.Lines(string(output)) {
		rows = append(rows, strings.Fields(line))
	}
	for _, row := range slices.Backward(rows) {
		switch row[1] {
		case "crypt":
			_ = command("umount", "--all-targets", row[0])
			_ = command("cryptsetup", "close", path.Base(row[0]))
		case "lvm":
			_ = command("umount", "--all-targets", row[0])
			_ = command("swapoff", row[0])
			_ = command("lvchange", "--activate", "n", row[0])
		case "raid0", "raid1", "raid5", "raid6", "raid10":
			_ = command("mdadm", "--stop", row[0])
		case "part":
			_ = command("swapoff", row[0])
			if err := command("wipefs", "--all", "--force", row[0]); err != nil {
				return err
			}
		}
	}
	return all([]string{"wipefs", "--all", "--force", disk}, []string{"dd", "if=/dev/zero", "of=" + disk, "bs=440", "count=1", "conv=notrunc", "status=none"},
		[]string{"partprobe", disk}, []string{"udevadm", "settle", "--timeout=120"})
}

// unless makes something where blkid does not find it already.
func unless(device, kind string, argv ...string) func() error {
	return func() error {
		if has(device, "TYPE") == kind {
			return nil
		}
		return command(argv...)
	}
}

// has asks what is on a device; the answer is empty when nothing is.
func has(device, what string) string {
	output, _ := exec.Command("blkid", "--probe", "--output", "value", "--match-tag", what, device).Output() //nolint:errcheck // nothing there is an answer
	return strings.TrimSpace(string(output))
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func all(commands ...[]string) error {
	for _, argv := range commands {
		if err := command(argv...); err != nil {
			return err
		}
	}
	return nil
}

func command(argv ...string) error {
	fmt.Println("+", strings.Join(argv, " "))
	output, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	os.Stdout.Write(output)
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, strings.TrimSpace(string(output))))
	}
	return nil
}
