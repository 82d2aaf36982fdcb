// Package unlock opens the disk of a machine that does not start any more, with
// the recovery passphrase that the words give, so that its files can be read.
//
// Its rules:
//
//   - A disk is opened when it was named, and no other is touched.
//   - Unless it is wanted otherwise, it is opened so that nothing can be
//     written to it, by no file system's journal either.
//   - Which words, machine and generation it needs stands in its header: that
//     is compared before any passphrase is tried.
//   - What was opened is closed again when the rest fails, and how to close it
//     is said when it does not.
package unlock

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// openTime is for a key slot whose passphrase is stretched for seconds on a
// fast machine, and for longer on a slow one.
const openTime = 5 * time.Minute

// Container is one encrypted disk or partition.
type Container struct {
	Device string             // /dev/nvme0n1p3
	Size   uint64             // 0 where lsblk does not know it: a file
	Label  string             // of the partition
	Disk   string             // the model of the disk that it lies on
	Open   string             // the mapping that it is open as, or ""
	Notes  []format.LUKSToken // the words, machines and generations that its header names
}

// Containers lists what is encrypted on this machine's disks.
func Containers(ctx context.Context, runner run.Runner) ([]Container, error) {
	result, err := runner.Run(ctx, run.Command{Argv: tools.Lsblk("")})
	if err != nil {
		return nil, err
	}
	rows, err := tools.ParseLsblk(result.Stdout)
	if err != nil {
		return nil, err
	}
	var found []Container
	var walk func(rows []tools.BlockDevice, disk string)
	walk = func(rows []tools.BlockDevice, disk string) {
		for _, row := range rows {
			if row.Type == "disk" {
				disk = probe.Shown(row.Model)
			}
			known := slices.ContainsFunc(found, func(c Container) bool { return c.Device == row.Path })
			if row.FSType == "crypto_LUKS" && !known {
				container := Container{Device: row.Path, Size: row.Size, Label: probe.Shown(row.PartLabel), Disk: disk}
				for _, child := range row.Children {
					container.Open = child.Path
				}
				found = append(found, container)
			}
			walk(row.Children, disk)
		}
	}
	walk(rows, "")
	for i := range found {
		// A header that cannot be read has no notes; what is wrong with it shows
		// when it is chosen.
		found[i].Notes, _ = Notes(ctx, runner, found[i].Device)
	}
	return found, nil
}

// Notes are what the header of a container says of the words that open it.
func Notes(ctx context.Context, runner run.Runner, device string) ([]format.LUKSToken, error) {
	result, err := runner.Run(ctx, run.Command{Argv: tools.LuksDump(device).Argv})
	if err != nil {
		return nil, err
	}
	header, err := tools.ParseLuksDump(result.Stdout)
	if err != nil {
		return nil, err
	}
	var notes []format.LUKSToken
	for _, token := range header.Tokens {
		if note, err := format.ParseLUKSToken(token.Text); err == nil {
			notes = append(notes, *note)
		}
	}
	return notes, nil
}

// Machine is the key name of the machine that the header names, or "".
func (c Container) Machine() string {
	for _, note := range c.Notes {
		if _, parts, err := derive.ParseLabel(note.Label.String()); err == nil {
			return parts.Host
		}
	}
	return ""
}

// Refuses says that the header names words, and not these.
func (c Container) Refuses(ids derive.IDs) bool {
	return len(c.Notes) > 0 && !slices.ContainsFunc(c.Notes, func(note format.LUKSToken) bool { return note.IDs == ids })
}

// Title is what a person tells it by: the device, its size and its machine.
func (c Container) Title() string {
	words := []string{c.Device}
	if c.Size > 0 {
		words = append(words, fmt.Sprintf("%.1f GiB", float64(c.Size)/(1<<30)))
	}
	if name := c.Machine(); name != "" {
		words = append(words, "of "+name)
	}
	return strings.Join(words, ", ")
}

// Details are the disk that it lies on, and what its header says of the words.
func (c Container) Details() string {
	words := []string{"its header names no words"}
	if len(c.Notes) > 0 {
		words[0] = "words " + c.Notes[0].IDs.WordsWithPassphrase
	}
	if c.Disk != "" {
		words = append([]string{"on " + c.Disk}, words...)
	}
	if c.Open != "" {
		words = append(words, "open as "+c.Open)
	}
	return strings.Join(words, ", ")
}

// String describes a container on one line.
func (c Container) String() string { return c.Title() + ", " + c.Details() }

// command runs a command of the opening.
func command(ctx context.Context, runner run.Runner, one steps.Command) (run.Result, error) {
	return runner.Run(ctx, run.Command{Argv: one.Argv, Timeout: openTime})
}
