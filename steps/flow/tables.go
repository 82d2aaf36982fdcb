package flow

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
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
// it any more; the tables stay there, for whoever wants to be sure. A stick
// that was pulled out, or has the plan of another run by now, is left alone.
func (i Installation) forgetCopy(plan string) error {
	if i.Sync == "" {
		return nil
	}
	stick := apply.NewFolder(i.Runner, i.Sync)
	kept, err := stick.Load()
	if same := err == nil && kept.Plan.Hash == plan; !same {
		return nil
	}
	if err := i.Runner.Remove(path.Join(i.Sync, "plan.json")); err != nil {
		return fmt.Errorf("take the plan away from the stick: %w", err)
	}
	return nil
}

// tablesAreHere refuses an undo that has to put tables back which nobody has
// any more.
func (i Installation) tablesAreHere(found apply.Found) error {
	needed := slices.ContainsFunc(found.Back(), func(action steps.Action) bool {
		return slices.ContainsFunc(action.Undo, func(command steps.Command) bool {
			return slices.ContainsFunc(command.Argv, func(arg string) bool { return strings.Contains(arg, disk.TablesFolder) })
		})
	})
	if !needed {
		return nil
	}
	if _, err := i.Runner.Stat(disk.TablesFolder); err != nil {
		return steps.Problem{
			Text: "the partition tables that were saved lay in memory, and are gone since the machine was switched off",
			Hint: "give the stick with the copy: mnemonix undo --sync FOLDER; without one mnemonix resume goes on, and mnemonix install begins anew",
		}
	}
	return nil
}
