package flow

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

// The tables of the disks and the headers of their containers lie in memory
// while an installation runs, and a stick gets a copy: after a power cut it
// has the only one.

// copyTables copies what was saved of the disks to the stick. Without that
// copy nothing goes on: the operator gave the stick for it.
func (i Installation) copyTables() error {
	if i.Sync == "" {
		return nil
	}
	if err := i.copyFolder(disk.TablesFolder, i.onStick()); err != nil {
		return fmt.Errorf("keep a copy of the partition tables: %w", err)
	}
	return nil
}

// fetchTables brings the copy back to where the undo looks for it.
func (i Installation) fetchTables() error {
	if i.Sync == "" {
		return nil
	}
	if _, err := i.Runner.Stat(disk.TablesFolder); err == nil {
		return nil // memory has them still
	}
	if _, err := i.Runner.Stat(i.onStick()); errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was saved yet
	}
	if err := i.copyFolder(i.onStick(), disk.TablesFolder); err != nil {
		return fmt.Errorf("fetch the partition tables from the stick: %w", err)
	}
	return nil
}

// onStick is the folder of the tables on the stick.
func (i Installation) onStick() string { return path.Join(i.Sync, path.Base(disk.TablesFolder)) }

func (i Installation) copyFolder(from, to string) error {
	files, err := i.Runner.ReadDir(from)
	if err != nil {
		return err
	}
	if err := i.Runner.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("make folder %s: %w", to, err)
	}
	for _, file := range files {
		text, err := i.Runner.ReadFile(path.Join(from, file.Name()))
		if err != nil {
			return err
		}
		if err := i.Runner.WriteFile(path.Join(to, file.Name()), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// forgetCopy takes the plan away from the stick, so that nothing goes on with
// it any more; the tables stay there, for whoever wants to be sure.
func (i Installation) forgetCopy() error {
	return i.Runner.Remove(path.Join(i.Sync, "plan.json"))
}
