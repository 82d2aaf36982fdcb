package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Installation carries the plan of an installation out, from the first action
// or from where an earlier run was interrupted.
//
// What a later run needs is kept in memory from the beginning, on the new EFI
// system partition from the moment when it is mounted, and on the new machine
// at the end. Before there is anything on the new disk, an interrupted run
// starts again at the review.
type Installation struct {
	Runner  run.Runner
	Plan    steps.Plan
	Secrets *steps.Secrets
	Open    func() (transport.TPMCloser, error) // opens the TPM
	Events  func(apply.Event)                   // nil: nobody watches
	Guard   apply.Guard                         // nil: none
	Sync    string                              // a folder that gets a copy of the record and of the disks' tables: a stick; empty: none
	Log     string                              // the file with what programs print, which goes to the new machine; empty: none
	Now     func() time.Time                    // nil: the clock of this machine
	// Builtins are added to those of Builtins, or replace them. May be nil.
	Builtins map[string]apply.Builtin
}

// Start begins the plan. What an earlier run of another plan left in memory is
// forgotten: the review was of this one.
func (i Installation) Start(ctx context.Context) error {
	memory := apply.NewFolder(i.Runner, apply.Memory)
	if err := memory.Remove(); err != nil {
		return err
	}
	if err := memory.Save(i.Plan); err != nil {
		return err
	}
	journal, err := apply.OpenJournal(i.Runner, memory.Journal(), i.Plan.Hash)
	if err != nil {
		return err
	}
	return i.carry(ctx, journal)
}

// Resume goes on with the plan of a run that was interrupted.
func (i Installation) Resume(ctx context.Context, found apply.Found) error {
	i.Plan = found.Plan
	if err := i.fetchTables(); err != nil {
		return err
	}
	journal, err := i.goOnWith(found)
	if err != nil {
		return err
	}
	return i.carry(ctx, journal)
}

// Again goes on with the plan after a run of this very process ended early:
// the action that failed is looked at first, and begun again.
func (i Installation) Again(ctx context.Context) error {
	found, err := apply.NewFolder(i.Runner, apply.Memory).Load()
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && found.Plan.Hash != i.Plan.Hash:
		return i.Start(ctx) // it failed before anything of it was written down
	case err != nil:
		return err
	}
	return i.Resume(ctx, found)
}

// Undo takes back what an interrupted run did, as far as the plan knows how.
// Afterwards nothing can be gone on with, wherever a record of it lay.
func (i Installation) Undo(ctx context.Context, found apply.Found) error {
	if err := i.fetchTables(); err != nil {
		return err
	}
	if err := i.tablesAreHere(found); err != nil {
		return err
	}
	journal, err := i.goOnWith(found)
	if err != nil {
		return err
	}
	if i.Sync != "" {
		if err := journal.Attach(apply.NewFolder(i.Runner, i.Sync).Journal(), true); err != nil {
			return err
		}
	}
	if err := apply.Undo(ctx, found, i.options(journal)); err != nil {
		return err
	}
	return errors.Join(apply.Forget(context.WithoutCancel(ctx), i.Runner, found.Plan.Hash), i.forgetCopy(found.Plan.Hash))
}

// goOnWith keeps the plan of an interrupted run in memory, and what its journal
// says.
func (i Installation) goOnWith(found apply.Found) (*apply.Journal, error) {
	memory := apply.NewFolder(i.Runner, apply.Memory)
	if err := memory.Save(found.Plan); err != nil {
		return nil, err
	}
	return apply.ContinueJournal(i.Runner, memory.Journal(), found.Plan.Hash, found.Entries)
}

// Release gives back what an interrupted run has mounted, opened and shut, so
// that another one can begin without a restart. It writes to no disk, and
// what is not there any more is no fault: what is still in use afterwards is
// refused by name.
func (i Installation) Release(ctx context.Context, found apply.Found) error {
	mounted := func(entry apply.Entry) bool { return entry.Action == "disk/format" || entry.Action == "disk/mount" }
	if slices.ContainsFunc(found.Entries, mounted) {
		for _, command := range disk.TearDown(found.Plan.Layout, found.Plan.Target) {
			_, _ = i.Runner.Run(ctx, run.Command{Argv: command.Argv})
		}
	}
	return i.Guard.End(ctx)
}

func (i Installation) options(journal *apply.Journal) apply.Options {
	return apply.Options{
		Runner: i.Runner, Secrets: i.Secrets, Journal: journal, Guard: i.Guard, Events: i.Events, Now: i.Now,
	}
}

func (i Installation) carry(ctx context.Context, journal *apply.Journal) error {
	builtins, err := Builtins(i.Runner, i.Plan, i.Open)
	if err != nil {
		return err
	}
	builtins["record"] = func(_ context.Context, action steps.Action, _ *steps.Secrets) error {
		return i.record(journal, action.Folder)
	}
	for name, builtin := range i.Builtins {
		builtins[name] = builtin
	}
	if i.Sync != "" {
		stick := apply.NewFolder(i.Runner, i.Sync)
		if err := errors.Join(stick.Save(i.Plan), journal.Attach(stick.Journal(), true)); err != nil {
			return fmt.Errorf("keep a copy of the record: %w", err)
		}
	}
	options := i.options(journal)
	options.Builtins = builtins
	options.Ended = func(_ context.Context, action steps.Action, skipped bool) error {
		switch {
		case action.ID == "disk/save" && !skipped:
			return i.copyTables()
		case action.ID == "disk/format" && !skipped,
			action.ID == "disk/mount" && !journal.Done("finish/record"): // else only the unmounting is left
			return i.recordOnESP(journal)
		}
		return nil
	}
	if err := apply.Run(ctx, i.Plan, options); err != nil {
		return err
	}
	// The machine is installed, whatever the stick takes: its journal says so
	// too, or that it was given up was told.
	_ = i.forgetCopy(i.Plan.Hash)
	return nil
}

// onESP is the folder on the new EFI system partition.
func (i Installation) onESP() apply.Folder {
	return apply.NewFolder(i.Runner, path.Join(i.Plan.Target, "boot", apply.OnESP))
}

// recordOnESP keeps the plan, the answers and the journal on the EFI system
// partition, from the moment when it is there.
func (i Installation) recordOnESP(journal *apply.Journal) error {
	esp := i.onESP()
	old, err := esp.Load()
	same := err == nil && old.Plan.Hash == i.Plan.Hash
	if !same {
		if err := esp.Remove(); err != nil {
			return err
		}
	}
	if err := i.Runner.MkdirAll(esp.Place(), 0o700); err != nil {
		return fmt.Errorf("make folder %s: %w", esp.Place(), err)
	}
	if err := journal.Attach(esp.Journal(), false); err != nil || same {
		return err
	}
	// The plan comes last: a record with a plan and no journal would be one of
	// a run that has done nothing.
	return esp.Save(i.Plan)
}

// record keeps the plan, the answers, the journal and the log on the new
// machine, and takes them away from its EFI system partition: there is nothing
// to go on with any more.
func (i Installation) record(journal *apply.Journal, folder string) error {
	kept := apply.NewFolder(i.Runner, folder)
	if err := kept.Save(i.Plan); err != nil {
		return err
	}
	if err := journal.Attach(kept.Journal(), false); err != nil {
		return err
	}
	journal.Detach(kept.Journal()) // its disk is unmounted next
	if i.Log != "" {
		if log, err := i.Runner.ReadFile(i.Log); err == nil {
			if err := i.Runner.WriteFile(kept.Log(), log, 0o600); err != nil {
				return err
			}
		}
	}
	esp := i.onESP()
	journal.Detach(esp.Journal())
	return esp.Remove()
}
