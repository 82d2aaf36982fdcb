package flow_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// While the record moves to the new machine there are two, and they differ: the
// one on the EFI system partition has the lines that came after the copy. It
// wins, because it can be read before any disk is unlocked; the other is
// written anew.
func TestTwoRecords(t *testing.T) {
	plan := small(t)
	_, want := straight(t, plan)
	w := newWorld(plan)
	w.fault = func(what string) (error, bool) {
		return errPower, w.current == "finish/record" && what == "remove "+target+"/boot/mnemonix/answers.yaml"
	}
	if err := w.installation(nil).Start(t.Context()); err == nil {
		t.Fatal("the power was not cut")
	}
	w.fault = nil
	onTarget, err := w.Fake.ReadFile(recordOnTarget + "/journal")
	if err != nil {
		t.Fatal(err)
	}
	w.boot()
	found, err := apply.Find(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	kept := apply.ParseJournal(onTarget)
	if !strings.HasSuffix(found.Place, "/mnemonix") || len(found.Entries) < len(kept) || len(kept) < len(plan.Actions) {
		t.Errorf("found in %s with %d lines, the new machine has %d", found.Place, len(found.Entries), len(kept))
	}
	if err := w.again(t, nil); err != nil {
		t.Fatal(err)
	}
	if got := w.disk(t); !maps.Equal(got, want) {
		t.Errorf("(-straight +resumed):\n%s", cmp.Diff(want, got))
	}
}

// What is told as done can be gone on from: the record is on the new disk from
// the moment when that has an EFI system partition.
func TestToldIsKept(t *testing.T) {
	plan := small(t)
	late, tried := false, 0
	for _, action := range plan.Actions {
		late = late || action.ID == "disk/format"
		if !late {
			continue
		}
		w, reached := newWorld(plan), false
		err := w.installation(func(event apply.Event) {
			if event.Action == action.ID && event.Kind == apply.EventDone {
				w.off, reached = true, true
			}
		}).Start(t.Context())
		if !reached { // done already, or the last
			continue
		}
		tried++
		w.boot()
		if _, found := apply.Find(t.Context(), w); found != nil && !w.complete() {
			t.Errorf("the power was cut behind %s (%v): %v", action.ID, err, found)
		}
	}
	if tried < 10 {
		t.Errorf("only %d actions were tried", tried)
	}
}
