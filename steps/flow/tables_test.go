package flow_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
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

	after := restarted(t, fake, run.Expected{Argv: []string{"restore"}}, noESP()).Put(stick+"/photo.jpg", "a photo")
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

// noESP is a machine without an EFI system partition.
func noESP() run.Expected {
	return run.Expected{Argv: tools.Lsblk("/"), Stdout: `{"blockdevices": []}`, Any: true}
}

// restarted is the machine after a power cut: of what it had there is the
// stick.
func restarted(t *testing.T, fake *run.Fake, script ...run.Expected) *run.Fake {
	t.Helper()
	after := run.NewFake(script...)
	for _, name := range []string{"/plan.json", "/journal", "/tables/system-first"} {
		text, err := fake.ReadFile(stick + name)
		if err != nil {
			t.Fatal(err)
		}
		after.Put(stick+name, string(text))
	}
	return after
}

// A stick is enough to go on with as well, and after the end there is nothing
// to go on with, in memory or on it.
func TestResumeFromAStick(t *testing.T) {
	fake := run.NewFake(run.Expected{Argv: []string{"save"}}, run.Expected{Argv: []string{"clear"}, Status: 1}).Put(inRAM, table)
	work := flow.Installation{Runner: fake, Plan: tables(t), Sync: stick}
	var failure *apply.Failure
	if err := work.Start(t.Context()); !errors.As(err, &failure) {
		t.Fatalf("it ended with %v", err)
	}
	after := restarted(t, fake, run.Expected{Argv: []string{"clear"}}, noESP())
	found, err := apply.NewFolder(after, stick).Load()
	if err != nil {
		t.Fatal(err)
	}
	work = flow.Installation{Runner: after, Sync: stick}
	if err := errors.Join(work.Resume(t.Context(), found), after.Unmet()); err != nil {
		t.Fatal(err)
	}
	if text, err := after.ReadFile(inRAM); err != nil || string(text) != table {
		t.Errorf("an undo would find %q, %v", text, err)
	}
	if found, err := apply.Find(t.Context(), after); !errors.Is(err, apply.ErrNothingFound) {
		t.Errorf("an installation that ended is found in %s: %v", found.Place, err)
	}
	if _, err := apply.NewFolder(after, stick).Load(); err == nil {
		t.Error("the stick still has a plan to go on with")
	}
}

// protected is a stick that takes nothing any more.
type protected struct{ *run.Fake }

func (p protected) Remove(name string) error {
	if name == stick+"/plan.json" {
		return syscall.EROFS
	}
	return p.Fake.Remove(name)
}

// A stick that cannot be tidied up does not make a failure of an installation
// that ended well, and what it has is not gone on with.
func TestStickThatIsProtected(t *testing.T) {
	fake := run.NewFake(run.Expected{Argv: []string{"save"}}, run.Expected{Argv: []string{"clear"}}).Put(inRAM, table)
	if err := (flow.Installation{Runner: protected{fake}, Plan: tables(t), Sync: stick}).Start(t.Context()); err != nil {
		t.Errorf("it ended with %v", err)
	}
	found, err := apply.NewFolder(fake, stick).Load()
	if err != nil || !found.Ended() {
		t.Errorf("the stick tells of a run that is not over: %v, done is %v", err, found.Done())
	}
}

// Without the tables an undo that needs them does not begin.
func TestUndoWithoutTheTables(t *testing.T) {
	plan := tables(t)
	plan.Actions[1].Undo = []steps.Command{{Argv: []string{"sgdisk", "--load-backup=" + inRAM, "/dev/x"}}}
	plan = plan.Sealed()
	fake := run.NewFake()
	found := apply.Found{Plan: plan, Entries: []apply.Entry{
		{Number: 1, Plan: plan.Hash, Action: "disk/save", Event: "end", Outcome: "done"},
		{Number: 2, Plan: plan.Hash, Action: "disk/clear-system", Event: "start"},
	}}
	err := flow.Installation{Runner: fake}.Undo(t.Context(), found)
	if err == nil || !strings.Contains(err.Error(), "gone since the machine was switched off") {
		t.Errorf("it ended with %v", err)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
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
