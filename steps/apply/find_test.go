package apply_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// places is a machine with EFI system partitions that hold records. They are
// mounted one after the other.
type places struct {
	*run.Fake
	esps    []string // the mount points that lead to them
	mounted map[string]bool
	broken  map[int]bool // which cannot be mounted
}

func newPlaces(count int) *places {
	p := &places{Fake: run.NewFake(), mounted: map[string]bool{}, broken: map[int]bool{}}
	for i := range count {
		p.esps = append(p.esps, fmt.Sprintf("/run/mnemonix/esp-%d", i))
	}
	return p
}

func (p *places) Run(_ context.Context, cmd run.Command) (run.Result, error) {
	switch cmd.Argv[0] {
	case "lsblk":
		var parts []string
		for i := range p.esps {
			parts = append(parts, fmt.Sprintf(`{"name": "p%d", "path": "/dev/p%d", "type": "part", "parttype": "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "fstype": "vfat"}`, i, i))
		}
		return run.Result{Stdout: []byte(`{"blockdevices": [` + strings.Join(parts, ",") + `]}`)}, nil
	case "mount":
		place := cmd.Argv[len(cmd.Argv)-1]
		for i, esp := range p.esps {
			if esp == place && p.broken[i] {
				return run.Result{Status: 32}, &run.Error{Argv: cmd.Argv, Status: 32, Last: "wrong fs type"}
			}
		}
		p.mounted[place] = true
	case "umount":
		p.mounted[cmd.Argv[len(cmd.Argv)-1]] = false
	}
	return run.Result{}, nil
}

// keep puts a record into a place: a plan, and a journal with so many actions
// that are done, of a run that began at that time.
func (p *places) keep(t *testing.T, place, host string, done int, began time.Time) {
	t.Helper()
	plan := steps.Plan{Host: host}
	for i := range 5 {
		plan.Actions = append(plan.Actions, steps.Action{ID: fmt.Sprint("action-", i), Title: "act", Kind: steps.ActionCommand})
	}
	plan = plan.Sealed()
	folder := apply.NewFolder(p.Fake, place)
	if err := folder.Save(plan); err != nil {
		t.Fatal(err)
	}
	if err := p.Fake.Remove(folder.Journal()); err != nil {
		t.Fatal(err)
	}
	journal, err := apply.OpenJournal(p.Fake, folder.Journal(), plan.Hash)
	if err != nil {
		t.Fatal(err)
	}
	for i := range done {
		at := began.Add(time.Duration(i) * time.Minute)
		if err := errors.Join(journal.Write(at, plan.Actions[i].ID, "start", ""), journal.Write(at, plan.Actions[i].ID, "end", "done")); err != nil {
			t.Fatal(err)
		}
	}
}

// Records can be in several places, and differ. In memory is the one of the
// run that went on last: every line is written there first, and it is gone
// with the power. After that the one on the disk counts, because that was made
// by the very run that it tells of. Of two such, which one run has written,
// the longer is the later, whatever the clock said; of two runs, the later
// one.
func TestWhichRecordWins(t *testing.T) {
	const esp = "/mnemonix"
	early, late := noon, noon.Add(48*time.Hour)
	for name, test := range map[string]struct {
		make func(t *testing.T, p *places)
		host string
		done int
	}{
		"memory before the disk": {func(t *testing.T, p *places) {
			p.keep(t, apply.Memory, "now", 3, early)
			p.keep(t, p.esps[0]+esp, "now", 2, early)
			p.keep(t, p.esps[1]+esp, "before", 5, late)
		}, "now", 3},
		"the disk, where memory was torn": {func(t *testing.T, p *places) {
			p.keep(t, apply.Memory, "now", 3, early)
			p.Put(apply.Memory+"/plan.json", `{"version": 1,`)
			p.keep(t, p.esps[0]+esp, "now", 2, early)
		}, "now", 2},
		"the longer one of one run": {func(t *testing.T, p *places) {
			p.keep(t, p.esps[0]+esp, "now", 2, early)
			p.keep(t, p.esps[1]+esp, "now", 4, early)
		}, "now", 4},
		"the longer one of one run, found first": {func(t *testing.T, p *places) {
			p.keep(t, p.esps[0]+esp, "now", 4, early)
			p.keep(t, p.esps[1]+esp, "now", 2, early)
		}, "now", 4},
		"the longer one, although a clock was set back": {func(t *testing.T, p *places) {
			p.keep(t, p.esps[0]+esp, "now", 1, late)
			p.keep(t, p.esps[1]+esp, "now", 1, late)
			p.more(t, p.esps[1]+esp, "action-1", early)
		}, "now", 2},
		"the later one of two runs of one plan": {func(t *testing.T, p *places) {
			p.keep(t, p.esps[0]+esp, "now", 5, early)
			p.keep(t, p.esps[1]+esp, "now", 1, late)
		}, "now", 1},
		"the later one of two plans": {func(t *testing.T, p *places) {
			p.keep(t, p.esps[0]+esp, "one", 5, early)
			p.keep(t, p.esps[1]+esp, "two", 1, late)
		}, "two", 1},
		"one without a line is older than any": {func(t *testing.T, p *places) {
			p.keep(t, p.esps[0]+esp, "one", 0, late)
			p.keep(t, p.esps[1]+esp, "two", 1, early)
		}, "two", 1},
		"the one that can be read": {func(t *testing.T, p *places) {
			p.keep(t, p.esps[0]+esp, "one", 5, late)
			p.keep(t, p.esps[1]+esp, "two", 1, early)
			p.broken[0] = true
		}, "two", 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlaces(2)
			test.make(t, p)
			found, err := apply.Find(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if found.Plan.Host != test.host || len(found.Done()) != test.done {
				t.Errorf("found %s with %d actions done in %s, want %s with %d", found.Plan.Host, len(found.Done()), found.Place, test.host, test.done)
			}
			for place, mounted := range p.mounted {
				if mounted {
					t.Errorf("%s stays mounted", place)
				}
			}
		})
	}
}

// more writes one more action into a journal.
func (p *places) more(t *testing.T, place, action string, at time.Time) {
	t.Helper()
	found, err := apply.NewFolder(p.Fake, place).Load()
	if err != nil {
		t.Fatal(err)
	}
	journal, err := apply.OpenJournal(p.Fake, place+"/journal", found.Plan.Hash)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(journal.Write(at, action, "start", ""), journal.Write(at, action, "end", "done")); err != nil {
		t.Fatal(err)
	}
}

// Where nothing can be gone on with it is said what could not be read, and a
// journal that belongs to another plan is not mixed with this one.
func TestNothingFoundSaysWhy(t *testing.T) {
	p := newPlaces(2)
	p.broken[1] = true
	p.keep(t, p.esps[0]+"/mnemonix", "one", 2, noon)
	p.keep(t, "/elsewhere", "two", 2, noon)
	journal, err := p.ReadFile("/elsewhere/journal")
	if err != nil {
		t.Fatal(err)
	}
	p.Put(p.esps[0]+"/mnemonix/journal", string(journal))
	_, err = apply.Find(t.Context(), p)
	if !errors.Is(err, apply.ErrNothingFound) || !errors.Is(err, apply.ErrOtherPlan) || !strings.Contains(err.Error(), "/dev/p1: mount: ended with status 32: wrong fs type") {
		t.Errorf("ended with %v", err)
	}
	if _, err := apply.Find(t.Context(), newPlaces(2)); !errors.Is(err, apply.ErrNothingFound) || strings.Contains(err.Error(), "\n") {
		t.Errorf("on a machine without any: %v", err)
	}
}
