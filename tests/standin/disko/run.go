package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// runner carries operations out, and tells each before it happens, as a shell
// with -x does.
type runner struct {
	out     io.Writer
	scratch string
}

// all stops at the first operation that fails.
func (r *runner) all(ops []op) error {
	if r.scratch == "" {
		scratch, err := os.MkdirTemp("", "disko")
		if err != nil {
			return err
		}
		r.scratch = scratch
		defer func() {
			_ = exec.Command("umount", "--quiet", scratch).Run() // what a failure left mounted
			_ = os.Remove(scratch)
			r.scratch = ""
		}()
	}
	for _, o := range ops {
		if err := r.one(o); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) one(o op) error {
	if len(o.unless) > 0 {
		skip := true
		for _, t := range o.unless {
			skip = skip && r.holds(t)
		}
		if skip {
			return nil
		}
	}
	if o.do != nil {
		return r.all(o.do)
	}
	err := r.command(o.argv, o)
	if err != nil && o.otherwise != nil {
		err = r.command(o.otherwise, o)
	}
	if o.ignored {
		return nil
	}
	return err
}

func (r *runner) command(argv []string, o op) error {
	args := r.replace(argv)
	fmt.Fprintln(r.out, "+", strings.Join(args, " "))
	command := exec.Command(args[0], args[1:]...)
	if o.password != "" {
		text, err := os.ReadFile(o.password)
		if err != nil {
			return err
		}
		reader, writer, err := os.Pipe()
		if err != nil {
			return err
		}
		defer reader.Close()
		// A passphrase is shorter than what a pipe holds.
		_, err = writer.Write(bytes.TrimRight(text, "\n"))
		if err := errors.Join(err, writer.Close()); err != nil {
			return err
		}
		command.Args = append(command.Args, "--key-file", "/dev/fd/3")
		command.ExtraFiles = []*os.File{reader}
	}
	if o.stdin != "" {
		command.Stdin = strings.NewReader(o.stdin)
	}
	command.Stdout, command.Stderr = r.out, r.out
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}

func (r *runner) replace(argv []string) []string {
	args := make([]string, len(argv))
	for i, arg := range argv {
		args[i] = strings.ReplaceAll(arg, scratch, r.scratch)
	}
	return args
}

func (r *runner) holds(t test) bool {
	if t.swap != "" {
		device, err := filepath.EvalSymlinks(t.swap)
		output, errShow := exec.Command("swapon", "--show=NAME", "--noheadings").Output()
		found := err == nil && errShow == nil && strings.Contains("\n"+string(output), "\n"+device+"\n")
		return found != t.not
	}
	args := r.replace(t.argv)
	output, err := exec.Command(args[0], args[1:]...).Output()
	holds := err == nil
	if t.prints != "" {
		// What is printed counts, as in a pipe into grep.
		holds = regexp.MustCompile("(?m)" + t.prints).Match(output)
	}
	return holds != t.not
}

// destroy unmounts, and empties each disk from the leaves to the root.
func (r *runner) destroy(root string, disks []string) error {
	_ = r.command([]string{"umount", "-Rv", root}, op{})
	for _, disk := range disks {
		device, err := filepath.EvalSymlinks(disk)
		if err != nil {
			return err
		}
		output, err := exec.Command("lsblk", "--output-all", "--json").Output()
		if err != nil {
			return fmt.Errorf("lsblk: %w", err)
		}
		ops, err := deactivate(output, device)
		if err != nil {
			return err
		}
		// disko goes on after a failure here, and only looks at the last.
		for i, o := range ops {
			if err := r.command(o.argv, o); err != nil && i == len(ops)-1 {
				return err
			}
		}
	}
	return nil
}

// blockDevice is what lsblk tells of a device.
type blockDevice struct {
	Name        string        `json:"name"`
	Path        string        `json:"path"`
	Type        string        `json:"type"`
	FsType      string        `json:"fstype"`
	Mountpoints []string      `json:"mountpoints"`
	Children    []blockDevice `json:"children"`
}

// deactivate reads what lsblk printed and returns what empties a disk.
func deactivate(lsblk []byte, disk string) ([]op, error) {
	var found struct {
		Devices []blockDevice `json:"blockdevices"`
	}
	if err := json.Unmarshal(lsblk, &found); err != nil {
		return nil, fmt.Errorf("read what lsblk printed: %w", err)
	}
	for _, device := range found.Devices {
		if "/dev/"+device.Name == disk {
			return takeDown(device), nil
		}
	}
	return nil, fmt.Errorf("lsblk does not know %s", disk)
}

func takeDown(device blockDevice) []op {
	var ops []op
	do := func(argv ...string) { ops = append(ops, run1(argv...)) }
	for _, place := range device.Mountpoints {
		if place != "" {
			do("umount", "-R", place)
		}
	}
	for _, child := range device.Children {
		ops = append(ops, takeDown(child)...)
	}
	switch device.FsType {
	case "LVM2_member":
		do("sh", "-c", `vg=$(pvs "$1" --noheadings --options vg_name | tr -d ' ') && vgchange -a n "$vg" && vgremove -f "$vg"`, "sh", device.Path)
	case "swap":
		do("swapoff", device.Path)
	}
	switch kind := device.Type; {
	case kind == "disk" || kind == "loop":
		for _, child := range device.Children {
			if strings.HasPrefix(child.Type, "raid") {
				do("umount", child.Path)
				do("mdadm", "--stop", child.Path)
			}
		}
		do("wipefs", "--all", "-f", device.Path)
		do("dd", "if=/dev/zero", "of="+device.Path, "bs=440", "count=1")
	case kind == "part":
		do("wipefs", "--all", "-f", device.Path)
	case kind == "crypt":
		do("cryptsetup", "luksClose", device.Path)
		do("wipefs", "--all", "-f", device.Path)
	case kind == "lvm":
		do("lvremove", "-fy", device.Path)
	case strings.Contains(kind, "raid"):
		do("mdadm", "--stop", device.Name)
	}
	return ops
}
