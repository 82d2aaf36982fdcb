package tui

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// happened says that a box has something. The page takes it out itself: what
// was on its way to it could be overtaken by the end of the apply.
type happened struct{ box *eventBox }

// ticked brings what the time is, once a second while an apply runs.
type ticked struct{ at time.Time }

// finished is the end of Accept.
type finished struct {
	summary []string
	err     error
}

// eventBox collects the events of an apply between two redraws: a build
// prints faster than a screen can be drawn.
type eventBox struct {
	lock   sync.Mutex
	events []apply.Event
	lines  int           // how many of them are lines of programs
	title  string        // of the action that was told of last
	runs   string        // and its program
	some   chan struct{} // holds one token while there are events
	closed chan struct{} // closed after the end was entered
	end    finished
}

func newEventBox() *eventBox {
	return &eventBox{some: make(chan struct{}, 1), closed: make(chan struct{})}
}

func (b *eventBox) put(event apply.Event) {
	b.lock.Lock()
	b.events = append(b.events, event)
	switch event.Kind {
	case apply.EventLine:
		b.lines++
	case apply.EventStarted:
		b.title, b.runs = event.Title, programName
	case apply.EventProgram:
		b.runs = event.Text
	}
	if b.lines > 2*logLines { // the screen is slower than the program: only the last ones are seen
		b.events, b.lines = lastLines(b.events, b.lines-logLines), logLines
	}
	b.lock.Unlock()
	select {
	case b.some <- struct{}{}:
	default:
	}
}

// stopping is the event that says what is waited for now: what the box was
// emptied of before may never have reached a page.
func (b *eventBox) stopping() apply.Event {
	b.lock.Lock()
	defer b.lock.Unlock()
	return apply.Event{Kind: apply.EventStopping, Title: b.title, Text: cmp.Or(b.runs, programName)}
}

// take empties the box.
func (b *eventBox) take() []apply.Event {
	b.lock.Lock()
	defer b.lock.Unlock()
	events := b.events
	b.events, b.lines = nil, 0
	return events
}

// lastLines leaves the first lines of programs out; everything else stays.
func lastLines(events []apply.Event, out int) []apply.Event {
	return slices.DeleteFunc(events, func(event apply.Event) bool {
		if event.Kind != apply.EventLine || out == 0 {
			return false
		}
		out--
		return true
	})
}

// The least time between two redraws of the progress page.
const (
	redraw     = 100 * time.Millisecond
	redrawSlow = time.Second
	// tickEvery is how often the page is told the time.
	tickEvery = time.Second
)

// wait is the command that returns the next events. After the end of the
// apply it returns nothing.
func (b *eventBox) wait(slow bool) tea.Cmd {
	pause := redraw
	if slow {
		pause = redrawSlow
	}
	return func() tea.Msg {
		select {
		case <-b.some:
		case <-b.closed:
			return nil
		}
		select { // let more of them gather
		case <-time.After(pause):
		case <-b.closed:
		}
		return happened{b}
	}
}

// tick is the command that tells the time, a while from now. After the end of
// the apply it tells nothing.
func (b *eventBox) tick(after time.Duration) tea.Cmd {
	return func() tea.Msg {
		select {
		case <-b.closed:
			return nil
		default:
		}
		select {
		case at := <-time.After(after):
			return ticked{at}
		case <-b.closed:
			return nil
		}
	}
}

// accept carries the plan out.
func (w Wizard) accept() (Wizard, tea.Cmd) {
	w.result.Kind = KindAccepted
	if w.setup.Accept == nil {
		return w.quit()
	}
	w.result.Applied, w.work = true, newProgress(w.plan)
	w.work.past = w.setup.Past
	if w.setup.Harmless {
		w.work = newProgress(steps.Plan{}) // what is done instead, its events tell
	}
	return w.carry(w.setup.Accept)
}

// carry does it, and shows what it tells.
func (w Wizard) carry(accept AcceptFunc) (Wizard, tea.Cmd) {
	w.stage, w.events = stageApply, newEventBox()
	ctx, stop := context.WithCancel(context.Background())
	ctx, end := apply.WithEnd(ctx)
	w.stop, w.end = stop, end
	box, plan, answers, secrets := w.events, w.plan, w.talk.answers, w.setup.Secrets
	return w, tea.Batch(box.wait(w.setup.Options.Slow), box.tick(0), func() tea.Msg {
		summary, err := accept(ctx, plan, answers, secrets, box.put)
		box.end = finished{summary: summary, err: err}
		close(box.closed)
		return box.end
	})
}

// abandon is for a screen that went away while an apply runs: it is asked
// to stop, unless it goes on by itself, and waited for. Where somebody still
// reads, it is said why that takes until it does.
func (w Wizard) abandon(out io.Writer) Wizard {
	if w.stage != stageApply {
		return w
	}
	if w.setup.GoesOn == nil || !w.setup.GoesOn() {
		w.stop()
		_, _ = fmt.Fprintln(out, EventLine(w.events.stopping()))
	}
	<-w.events.closed
	w, _ = w.finish(w.events.end)
	return w
}

func (w Wizard) finish(msg finished) (Wizard, tea.Cmd) {
	for _, event := range w.events.take() {
		w.work = w.work.take(event)
	}
	w.stop()
	w.end()
	w.stage, w.leaving = stageEnd, false
	w.work = w.work.end(endingOf(w.setup, true, msg.summary, msg.err))
	w.result.Summary = msg.summary
	w.result.Err, w.result.Kind = msg.err, kindOf(msg.err)
	return w, nil
}

// leave is Ctrl-C. The first one asks; the second one leaves at once. While an
// apply runs it asks whether to stop after what is being done, and once that
// is so, whether to end it now.
func (w Wizard) leave() (Wizard, tea.Cmd) {
	switch {
	case w.stage == stageEnd && w.work.ending.asking:
		w.work.ending.asking = false
		return w, nil
	case w.stage == stageEnd:
		return w.quit()
	case w.stage == stageApply && w.leaving:
		return w.stopWork()
	case w.stage == stageApply && w.work.ordered:
		return w, nil // there is no more to ask for
	case w.leaving:
		return w.quitAs(KindInterrupted)
	}
	w.leaving = true
	return w, nil
}

// stopWork passes the wish on, and when that was heard, the order.
func (w Wizard) stopWork() (Wizard, tea.Cmd) {
	w.leaving = false
	w.stop()
	if w.work.stopping {
		w.work.ordered = true
		w.end()
	}
	w.work.stopping = true
	return w, nil
}

// leaveAnswer takes the answer to "leave?".
func (w Wizard) leaveAnswer(msg tea.KeyMsg) (Wizard, tea.Cmd) {
	switch r := letter(msg); {
	case r == 'y', r == 'Y':
		if w.stage == stageApply {
			return w.stopWork()
		}
		return w.quitAs(KindDeclined)
	case r == 'n', r == 'N', msg.String() == "enter", isBack(msg):
		w.leaving = false
	}
	return w, nil
}
