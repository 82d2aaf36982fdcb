package flow_test

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

const (
	stick  = "/media/stick"
	table  = "the first MiB of a disk"
	inRAM  = "/run/mnemonix/tables/system-first"
	onCopy = stick + "/tables/system-first"
)

// tables is a plan that saves a table, and then clears it.
func tables(t *testing.T) steps.Plan {
	t.Helper()
	answers, err := os.ReadFile("../../tests/answers/snix.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return steps.Plan{Host: "snix", Files: []steps.File{{Path: "hosts/snix/answers.yaml", Content: string(answers)}}, Actions: []steps.Action{
		{ID: "disk/save", Kind: steps.ActionCommand, Commands: []steps.Command{{Argv: []string{"save"}}}},
		{
			ID: "disk/clear-system", Kind: steps.ActionCommand,
			Commands: []steps.Command{{Argv: []string{"clear"}}}, Undo: []steps.Command{{Argv: []string{"restore"}}},
		},
	}}.Sealed()
}

// After a power cut the tables that lay in memory are gone. The stick has a
// copy, and an undo brings it back; what else is on the stick stays.
func TestTablesOnAStick(t *testing.T) {
	fake := run.NewFake(run.Expected{Argv: []string{"save"}}, run.Expected{Argv: []string{"clear"}, Status: 1}).Put(inRAM, table)
	work := flow.Installation{Runner: fake, Plan: tables(t), Sync: stick}
	var failure *apply.Failure
	if err := work.Start(t.Context()); !errors.As(err, &failure) {
		t.Fatalf("it ended with %v", err)
	}
	text, err := fake.ReadFile(onCopy)
	if err != nil || string(text) != table {
		t.Fatalf("the copy is %q, %v", text, err)
	}

	after := run.NewFake(run.Expected{Argv: []string{"restore"}}).Put(stick+"/photo.jpg", "a photo")
	for _, name := range []string{"/plan.json", "/journal", "/tables/system-first"} {
		text, err := fake.ReadFile(stick + name)
		if err != nil {
			t.Fatal(err)
		}
		after.Put(stick+name, string(text))
	}
	work = flow.Installation{Runner: after, Sync: stick}
	found, err := apply.NewFolder(after, stick).Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(work.Undo(t.Context(), found), after.Unmet()); err != nil {
		t.Fatal(err)
	}
	if text, err = after.ReadFile(inRAM); err != nil || string(text) != table {
		t.Errorf("the undo found %q, %v", text, err)
	}
	if _, err := apply.NewFolder(after, stick).Load(); err == nil {
		t.Error("what was taken back can be gone on with")
	}
	if text, err = after.ReadFile(stick + "/photo.jpg"); err != nil || string(text) != "a photo" {
		t.Errorf("the stick had more than ours on it: %q, %v", text, err)
	}
}

// full has no room for what is copied.
type full struct{ *run.Fake }

func (f full) WriteFile(name string, data []byte, perm fs.FileMode) error {
	if name == onCopy {
		return syscall.ENOSPC
	}
	return f.Fake.WriteFile(name, data, perm)
}

// A stick that takes no copy stops everything before the first write.
func TestStickThatIsFull(t *testing.T) {
	fake := run.NewFake(run.Expected{Argv: []string{"save"}}).Put(inRAM, table)
	err := flow.Installation{Runner: full{fake}, Plan: tables(t), Sync: stick}.Start(t.Context())
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("it went on without the copy: %v", err)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
}
