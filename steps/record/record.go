// Package record writes down a machine, so that it can be looked at anywhere.
//
// Its rules:
//
//   - A record is what detection reads, no more and no less: detection runs
//     through a Runner that notes what it is asked for. A new probe is
//     recorded from its first day, and a record replays to the same facts.
//   - The record is a folder with the files of /sys, /proc, /run/udev and
//     /etc below it, symbolic links as they are, and in tools/ what programs
//     printed.
//   - Serial numbers, WWNs, MAC addresses and UUIDs are replaced by stand-ins
//     of the same shape, unless they are asked for. Equal ones stay equal and
//     different ones different, so disks are told apart as before.
//   - What may hold something private and is of no use is left out: words of
//     the kernel's command line, network mounts, the paths in boot entries.
package record

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/hardware"
	"codeberg.org/mnemonix/mnemonix/steps/locale"
	"codeberg.org/mnemonix/mnemonix/steps/network"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// detectors are the steps that read the machine.
var detectors = []interface {
	Detect(ctx context.Context, runner run.Runner) steps.Finding
}{locale.Step{}, network.Step{}, hardware.Step{}, disk.Step{}}

// Machine records the machine that from reads into the folder to, which must
// not exist or be empty, and returns the facts that were detected meanwhile.
func Machine(ctx context.Context, from run.Runner, to string, withSerials bool) (steps.Facts, error) {
	files := run.NewFiles(to)
	if entries, err := files.ReadDir("/"); err == nil && len(entries) > 0 {
		return steps.Facts{}, fmt.Errorf("record this machine in %s: the folder is not empty", to)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return steps.Facts{}, fmt.Errorf("record this machine in %s: %w", to, err)
	}
	seen := newObserver(from)
	facts := steps.Facts{Version: steps.FactsVersion}
	for _, step := range detectors {
		step.Detect(ctx, seen)(&facts)
	}
	if err := ctx.Err(); err != nil {
		return steps.Facts{}, fmt.Errorf("record this machine in %s: %w", to, err)
	}
	notes := seen.take()
	notes.omit()
	if !withSerials {
		notes.replace()
	}
	if err := notes.write(files); err != nil {
		return steps.Facts{}, fmt.Errorf("record this machine in %s: %w", to, err)
	}
	return facts, nil
}

// notes are the files of a record, by their absolute names.
type notes struct {
	files   map[string][]byte
	links   map[string]string
	folders map[string]bool
}

func (n notes) write(files run.Files) error {
	for name := range n.folders {
		if err := files.MkdirAll(name, 0o755); err != nil {
			return err
		}
	}
	for name, data := range n.files {
		if err := files.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		if err := files.WriteFile(name, data, 0o644); err != nil {
			return err
		}
	}
	for name, target := range n.links {
		if err := files.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		if err := files.Symlink(target, name); err != nil {
			return err
		}
	}
	return nil
}
