package apply

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// written says whether every file of the plan stands in the folder as it
// should.
func written(plan steps.Plan, action steps.Action, reader run.Reader) bool {
	for _, file := range plan.Files {
		name := path.Join(action.Folder, file.Path)
		if file.Mode == steps.ModeLink {
			if leads, err := reader.ReadLink(name); err != nil || leads != file.Content {
				return false
			}
			continue
		}
		present, err := reader.ReadFile(name)
		if err != nil || !bytes.Equal(present, file.Bytes()) {
			return false
		}
	}
	return true
}

// write puts the plan's files below the action's folder. They wait for the disk
// together, when the action ends.
func write(plan steps.Plan, action steps.Action, runner run.Runner) error {
	for _, file := range plan.Files {
		name := path.Join(action.Folder, file.Path)
		if err := runner.MkdirAll(path.Dir(name), 0o755); err != nil {
			return fmt.Errorf("make folder %s: %w", path.Dir(name), err)
		}
		if file.Mode == steps.ModeLink {
			if err := errors.Join(runner.Remove(name), runner.Symlink(file.Content, name)); err != nil {
				return fmt.Errorf("link %s: %w", name, err)
			}
			continue
		}
		if err := runner.PutFile(name, file.Bytes(), fileMode(file.Mode)); err != nil {
			return err
		}
	}
	return nil
}

func fileMode(mode uint32) fs.FileMode { return fs.FileMode(mode) & fs.ModePerm }
