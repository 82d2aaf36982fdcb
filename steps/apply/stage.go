package apply

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Stage is a folder beside the one that is asked for, in which a flake is
// put together; the flake takes its place only when it is whole. What a run
// that was killed has left in one is ours, and a mark in it says so.
type Stage struct {
	runner run.Runner
	place  string // of the stage itself
	out    string
}

// NewStage names the stage of a folder; it makes nothing.
func NewStage(runner run.Runner, out string) Stage {
	return Stage{
		runner: runner, out: out,
		place: filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+".mnemonix-part"),
	}
}

// Folder is where the flake is put together.
func (s Stage) Folder() string { return filepath.Join(s.place, "flake") }

// Journal is the name of the journal of it.
func (s Stage) Journal() string { return filepath.Join(s.place, "journal") }

func (s Stage) mark() string { return filepath.Join(s.place, "mnemonix-stage") }

// Make makes the stage, empty. What a killed run left there is cleared; a
// folder of that name without the mark is somebody else's and refused.
func (s Stage) Make() error {
	switch _, err := s.runner.Stat(s.place); {
	case err == nil:
		if _, err := s.runner.Stat(s.mark()); err != nil {
			return fmt.Errorf("%s is in the way and not ours", s.place)
		}
		if err := s.Remove(); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := s.runner.MkdirAll(s.place, 0o700); err != nil {
		return fmt.Errorf("make folder %s: %w", s.place, err)
	}
	err := s.runner.WriteFile(s.mark(), nil, 0o600)
	if err == nil {
		err = s.runner.MkdirAll(s.Folder(), 0o755)
	}
	if err != nil {
		return errors.Join(err, s.Remove())
	}
	return nil
}

// Finish moves the flake to its place and removes the stage.
func (s Stage) Finish() error {
	if err := s.runner.Rename(s.Folder(), s.out); err != nil {
		return fmt.Errorf("move the flake to its place: %w", err)
	}
	return s.Remove()
}

// Remove removes the stage with all that is in it.
func (s Stage) Remove() error {
	if err := s.runner.RemoveAll(s.place); err != nil {
		return fmt.Errorf("clear %s: %w", s.place, err)
	}
	return nil
}
