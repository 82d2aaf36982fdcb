package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// atWork is a page on which an action is at work.
func atWork(t *testing.T, stoppable bool) (*driver, func(apply.EventKind, string, *apply.Progress), func(time.Duration)) {
	d := drive(t, testSetup(t), 80, 24)
	plan := steps.Plan{Actions: []steps.Action{{ID: "a", Title: "write"}, {ID: "b", Title: "install the system", Stoppable: stoppable}, {ID: "c", Title: "end"}}}
	d.wizard.setup.Resumable = "mnemonix resume"
	d.wizard.stage, d.wizard.work, d.wizard.events = stageApply, newProgress(plan), newEventBox()
	d.wizard.stop, d.wizard.end = func() {}, func() {}
	d.frozen = true
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d.send(ticked{now})
	tell := func(kind apply.EventKind, text string, far *apply.Progress) {
		// The clock of the events is somewhere else, and means nothing here.
		d.wizard.events.put(apply.Event{Time: now.AddDate(-50, 0, 0), Kind: kind, Action: "b", Title: plan.Actions[1].Title, Text: text, Progress: far})
		d.send(happened{d.wizard.events})
	}
	pass := func(by time.Duration) {
		now = now.Add(by)
		d.send(ticked{now})
	}
	return d, tell, pass
}

// The page lives while a program is silent: its clock goes on, it says since
// when nothing was heard, and a guess of the time that is left goes down and
// is taken back.
func TestSilentProgram(t *testing.T) {
	d, tell, pass := atWork(t, false)
	pass(time.Minute)
	tell(apply.EventStarted, "", nil)
	tell(apply.EventProgress, "copying linux-6.12", &apply.Progress{Paths: 12, PathsTotal: 340, Bytes: 1 << 30, BytesTotal: 3 << 30, Seconds: 600})
	d.wants("1:00", "12 of 340 paths", "about 10 min left", "copying linux-6.12")
	pass(15 * time.Second)
	d.wants("1:15", "about 10 min left")
	if strings.Contains(d.view(), "silent") {
		t.Error("silence is told of too early")
	}
	pass(15 * time.Second)
	d.wants("1:30", "12 of 340 paths", "silent for 0:30, at this for 0:30")
	if strings.Contains(d.view(), "left") {
		t.Errorf("an old guess is still shown:\n%s", d.view())
	}
	tell(apply.EventLine, "building", nil)
	pass(2 * time.Hour)
	d.wants("2:01:30", "no word from mnemonix for 2 hours; ctrl+c stops after it")
	pass(-3 * time.Hour) // a clock that is set back
	d.wants("  0:00")
	tell(apply.EventDone, "", nil)
	if strings.Contains(d.view(), "silent") {
		t.Error("nothing is at work, and it is called silent")
	}
}

// Who is silent for long is named, and so is who is waited for when it was
// asked to stop. What may be ended at once is ended at once.
func TestWhoIsSilent(t *testing.T) {
	for stoppable, want := range map[bool]string{
		false: "no word from disko for 2 minutes; ctrl+c stops after it",
		true:  "no word from disko for 2 minutes; ctrl+c ends it",
	} {
		d, tell, pass := atWork(t, stoppable)
		tell(apply.EventStarted, "", nil)
		tell(apply.EventProgram, "disko", nil)
		pass(wordAfter - time.Second)
		d.wants("silent for 1:59, at this for 1:59")
		pass(time.Second)
		d.wants(want)
		tell(apply.EventProgram, "partprobe", nil)
		pass(wordAfter)
		d.wants("no word from partprobe for 2 minutes")
	}
}

// The time is told only while an apply runs.
func TestTicksEnd(t *testing.T) {
	d, _, _ := atWork(t, false)
	if _, cmd := d.wizard.Update(ticked{time.Now()}); cmd == nil {
		t.Error("no further tick while an apply runs")
	}
	close(d.wizard.events.closed)
	if msg := d.wizard.events.tick(time.Hour)(); msg != nil {
		t.Errorf("after the end came %v", msg)
	}
	d.wizard.stage = stageEnd
	if _, cmd := d.wizard.Update(ticked{time.Now()}); cmd != nil {
		t.Error("a further tick after the end")
	}
}

// Who wants to stop is told what is going on, what becomes of it, and what
// brings it back.
func TestWhatStoppingMeans(t *testing.T) {
	for stoppable, want := range map[bool][]string{
		false: {"It is finished first: install the system.", "0 of 3 actions are done.", "mnemonix resume goes on from there."},
		true:  {"It is ended where it is, and begun again by whoever goes on: install the"},
	} {
		d, tell, _ := atWork(t, stoppable)
		tell(apply.EventStarted, "", nil)
		d.press("esc")
		d.wants(want...)
		d.press("y")
		d.wants("Stopping")
		d.send(finished{err: fmt.Errorf("%w inside: install the system", apply.ErrInterrupted)})
		d.wants("Stopped", "Half done: install the system", "0 of 3 actions are done")
	}
}

// A program that hangs is waited for after the first wish to stop, and the
// page says for whom. The second, which is asked for too, ends it; before that
// it is said what stays half done, and that resume repairs it. Whoever does not
// want that goes on waiting.
func TestEndingWhatHangs(t *testing.T) {
	d, tell, pass := atWork(t, false)
	stopped, ended := 0, 0
	d.wizard.stop, d.wizard.end = func() { stopped++ }, func() { ended++ }
	tell(apply.EventStarted, "", nil)
	tell(apply.EventProgram, "nixos-install", nil)
	pass(5 * time.Minute)
	d.press("ctrl+c", "y")
	d.wants("stopping after this: install the system", "waiting for nixos-install; ctrl+c again ends it now", "ctrl+c end it now")
	if stopped != 1 || ended != 0 {
		t.Fatalf("%d wishes, %d orders after the first", stopped, ended)
	}
	d.press("ctrl+c")
	d.wants("End nixos-install now?", "This stays half done: install the system.", "mnemonix resume repairs it: it is done again, from its beginning.")
	d.press("n")
	d.wants("waiting for nixos-install")
	if ended != 0 {
		t.Fatal("ended without being asked for")
	}
	d.press("esc", "y")
	d.wants("ending nixos-install: it has a few seconds for it", "half done: install the system")
	if ended != 1 {
		t.Fatalf("%d orders", ended)
	}
	if d.press("ctrl+c", "ctrl+c"); d.quit || ended != 1 {
		t.Error("a third wish did something")
	}
	d.send(finished{err: fmt.Errorf("%w inside: install the system: nixos-install: %w", apply.ErrInterrupted, apply.ErrEnded)})
	d.wants("Stopped", "install the system: nixos-install: was ended by the", "Half done: install the system")
	if d.wizard.Result().Kind != KindInterrupted {
		t.Errorf("ended as %s", d.wizard.Result().Kind)
	}
}

// Lines come faster than a screen is drawn: what waits for it stays small, and
// nothing but lines is left out.
func TestFloodOfLines(t *testing.T) {
	box := newEventBox()
	for i := range 1_000_000 {
		kind := apply.EventLine
		if i%100_000 == 0 {
			kind = apply.EventStarted
		}
		box.put(apply.Event{Kind: kind, Text: fmt.Sprint(i)})
		if len(box.events) > 2*logLines+20 {
			t.Fatalf("%d events wait", len(box.events))
		}
	}
	events := box.take()
	started := 0
	for _, event := range events {
		if event.Kind == apply.EventStarted {
			started++
		}
	}
	if last := events[len(events)-1].Text; started != 10 || last != "999999" {
		t.Errorf("%d actions were told of, the last line is %s", started, last)
	}
}

// An action that hangs and hears nothing: keys are answered at once all the
// same.
func TestKeysAreAnsweredWhileAnActionHangs(t *testing.T) {
	const most = 100 * time.Millisecond
	setup := testSetup(t)
	hang := make(chan struct{})
	setup.Accept = func(_ context.Context, plan steps.Plan, _ steps.Answers, _ *steps.Secrets, report func(apply.Event)) ([]string, error) {
		for _, event := range events(plan) {
			report(event)
		}
		for i := 0; ; i++ { // and it talks all the time
			select {
			case <-hang:
				return nil, apply.ErrInterrupted
			default:
				report(apply.Event{Kind: apply.EventLine, Action: plan.Actions[2].ID, Text: fmt.Sprint(i)})
			}
		}
	}
	d := drive(t, setup, 80, 24).press(toReview...).press("enter", "NX0")
	d.frozen = true
	d.press("T")
	model, cmd := d.wizard.Update(keyTypes["enter"])
	d.wizard = model.(Wizard)
	batch := cmd().(tea.BatchMsg)
	ended := make(chan tea.Msg, len(batch))
	for _, one := range batch {
		go func() { ended <- one() }()
	}
	best := time.Hour // of several, so that a machine under load does not decide
	for range 20 {
		d.send(happened{d.wizard.events})
		begin := time.Now()
		d.press("esc")
		d.wants("Stop after the present action?")
		best = min(best, time.Since(begin))
		d.press("n")
	}
	if best > most {
		t.Errorf("a key is answered after %s", best)
	}
	close(hang)
}

// The end of an apply never overtakes what was told before it, also where the
// page was just about to be told of that.
func TestTheEndComesLast(t *testing.T) {
	d := drive(t, testSetup(t), 80, 24).press(toReview...)
	d.frozen = true
	plan := d.wizard.plan
	d.wizard.stage, d.wizard.work, d.wizard.events = stageApply, newProgress(plan), newEventBox()
	d.wizard.stop, d.wizard.end = func() {}, func() {}
	box := d.wizard.events
	box.put(apply.Event{Kind: apply.EventStarted, Action: plan.Actions[0].ID, Title: plan.Actions[0].Title})
	box.put(apply.Event{Kind: apply.EventDone, Action: plan.Actions[0].ID, Title: plan.Actions[0].Title})
	told := box.wait(false)() // on its way
	d.send(finished{err: errors.New("no room")})
	if count := d.wizard.work.count(); count != 1 {
		t.Errorf("%d actions are done when the end is shown, want 1", count)
	}
	d.send(told)
	if count := d.wizard.work.count(); count != 1 {
		t.Errorf("%d actions are done afterwards, want 1", count)
	}
}
