package apply

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Memory is the folder of the run that goes on now, in RAM.
const Memory = "/run/mnemonix/apply"

// Folder is where an apply keeps what a later run needs to go on: the plan,
// the answers and the journal. It holds no secret; nobody else reads it where
// the file system knows owners (an EFI system partition does not).
type Folder struct {
	runner run.Runner
	place  string
}

// NewFolder names a folder; it makes nothing.
func NewFolder(runner run.Runner, place string) Folder { return Folder{runner: runner, place: place} }

// Place is the name of the folder.
func (f Folder) Place() string { return f.place }

// Journal is the name of the journal in it.
func (f Folder) Journal() string { return path.Join(f.place, "journal") }

// Log is the name of the log in it.
func (f Folder) Log() string { return path.Join(f.place, "log") }

func (f Folder) plan() string { return path.Join(f.place, "plan.json") }

// Save makes the folder and writes the plan and its answers into it. The plan
// comes last: what has no plan is no folder of a run.
func (f Folder) Save(plan steps.Plan) error {
	if err := f.runner.MkdirAll(f.place, 0o700); err != nil {
		return fmt.Errorf("make folder %s: %w", f.place, err)
	}
	for _, file := range plan.Files {
		if file.Path == "hosts/"+plan.Host+"/answers.yaml" {
			if err := f.runner.WriteFile(path.Join(f.place, "answers.yaml"), []byte(file.Content), 0o600); err != nil {
				return err
			}
		}
	}
	text, err := json.Marshal(plan)
	if err != nil {
		return err
	}
	return f.runner.WriteFile(f.plan(), append(text, '\n'), 0o600)
}

// Remove removes the folder. The answers are in the plan too, so they go
// first; without the plan there is nothing to go on with. What a power cut in
// between can leave is the journal, which names nobody.
func (f Folder) Remove() error {
	for _, name := range []string{path.Join(f.place, "answers.yaml"), f.plan()} {
		if err := f.runner.Remove(name); err != nil {
			return err
		}
	}
	if err := f.runner.RemoveAll(f.place); err != nil {
		return fmt.Errorf("clear %s: %w", f.place, err)
	}
	return nil
}

// Found is a run that was interrupted.
type Found struct {
	Place   string // where it was found
	Plan    steps.Plan
	Entries []Entry // what its journal says
}

// Done lists the actions of the plan that ended well, as the journal says.
func (f Found) Done() []string {
	state := map[string]bool{}
	for _, entry := range f.Entries {
		state[entry.Action] = entry.Event == "end" && entry.Outcome != "failed"
	}
	var list []string
	for _, action := range f.Plan.Actions {
		if state[action.ID] {
			list = append(list, action.ID)
		}
	}
	return list
}

// Left are the actions that may still be carried out: those that the journal
// does not know as done, and those that look for themselves, which may find
// after a restart that they have to be done again.
func (f Found) Left() []steps.Action {
	done := f.Done()
	return slices.DeleteFunc(slices.Clone(f.Plan.Actions), func(action steps.Action) bool {
		return slices.Contains(done, action.ID) && action.Done == nil && !verifies(action)
	})
}

// Ended says that every action of the plan ended well: there is nothing to go
// on with.
func (f Found) Ended() bool { return len(f.Plan.Actions) > 0 && len(f.Done()) == len(f.Plan.Actions) }

// ErrChanged is a plan that is not what was reviewed: a byte of it differs.
var ErrChanged = errors.New("the plan is not the one that was reviewed")

// Load reads a folder. A folder without a plan is no folder of a run: the
// error wraps fs.ErrNotExist.
func (f Folder) Load() (Found, error) {
	text, err := f.runner.ReadFile(f.plan())
	if err != nil {
		return Found{}, fmt.Errorf("read the plan: %w", err)
	}
	found := Found{Place: f.place}
	if err := json.Unmarshal(text, &found.Plan); err != nil {
		return Found{}, fmt.Errorf("read the plan %s: %w", f.plan(), err)
	}
	if found.Plan.Sealed().Hash != found.Plan.Hash {
		return Found{}, fmt.Errorf("%s: %w", f.plan(), ErrChanged)
	}
	journal, err := f.runner.ReadFile(f.Journal())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Found{}, fmt.Errorf("read the journal: %w", err)
	}
	found.Entries = ParseJournal(journal)
	for _, entry := range found.Entries {
		if entry.Plan != found.Plan.Hash {
			return Found{}, fmt.Errorf("%s: %w", f.Journal(), ErrOtherPlan)
		}
	}
	return found, nil
}
