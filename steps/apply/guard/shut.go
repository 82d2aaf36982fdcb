package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// shutFile remembers which disks were made read-only, in memory.
const shutFile = "/run/mnemonix/read-only"

// shutOthers makes every disk read-only that the plan does not name and that
// nobody uses.
func (g *Guard) shutOthers(ctx context.Context, facts steps.Facts) error {
	for _, one := range facts.Disks {
		name := "/dev/" + one.Name
		mine := slices.ContainsFunc(g.disks, func(f steps.Fingerprint) bool { return device(f) == disk.Device(one) })
		if mine || one.ReadOnly || one.LiveMedium || len(one.Holders) > 0 || slices.Contains(g.shut, name) {
			continue
		}
		// Remembered first: a run that is killed in between opens it again.
		g.shut = append(g.shut, name)
		if err := g.remember(); err != nil {
			return err
		}
		if err := g.command(ctx, tools.SetReadOnly(name)); err != nil {
			return fmt.Errorf("protect %s: %w", disk.Title(one), err)
		}
	}
	return nil
}

func (g *Guard) remember() error {
	all, err := g.remembered()
	if err != nil {
		return err
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if err := g.runner.MkdirAll(path.Dir(shutFile), 0o700); err != nil {
		return fmt.Errorf("make folder %s: %w", path.Dir(shutFile), err)
	}
	return g.runner.WriteFile(shutFile, text, 0o600)
}

// remembered is what this run and a killed one before it have shut.
func (g *Guard) remembered() ([]string, error) {
	list := slices.Clone(g.shut)
	text, err := g.runner.ReadFile(shutFile)
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read which disks are shut: %w", err)
	}
	var before []string
	if err := json.Unmarshal(text, &before); err != nil {
		return nil, fmt.Errorf("read which disks are shut: %s: %w", shutFile, err)
	}
	for _, name := range before {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list, nil
}

func (g *Guard) command(ctx context.Context, command steps.Command) error {
	_, err := g.runner.Run(ctx, run.Command{Argv: command.Argv})
	return err
}

// End implements apply.Guard.
func (g *Guard) End(ctx context.Context) error {
	shut, err := g.remembered()
	if err != nil {
		return err
	}
	var failed error
	for _, device := range shut {
		if err := g.command(ctx, tools.SetReadWrite(device)); err != nil && g.there(device) {
			failed = errors.Join(failed, err)
		}
	}
	if failed != nil {
		return failed
	}
	g.shut = nil
	return g.runner.Remove(shutFile)
}

func (g *Guard) there(device string) bool {
	_, err := g.runner.Stat(device)
	return err == nil
}
