package apply

import (
	"context"
	"path"
	"sync"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// EventKind is what an event tells.
type EventKind string

// The kinds of events, in the order in which an action yields them.
const (
	EventStarted  EventKind = "started"  // an action begins
	EventLine     EventKind = "line"     // a line that a program wrote
	EventProgress EventKind = "progress" // how far a long action is; Text says what happens now
	EventProgram  EventKind = "program"  // a program of the action begins; Text names it
	EventStopping EventKind = "stopping" // the wish to stop was heard; Text names the program that is waited for
	EventEnding   EventKind = "ending"   // the order to end was heard; Text names the program that is ended
	EventDone     EventKind = "done"     // the action ended well
	EventSkipped  EventKind = "skipped"  // it was already done
	EventFailed   EventKind = "failed"   // it did not end well; Text says why
	EventLost     EventKind = "lost"     // a copy of the journal could not be written any more; Text names its place
	EventEnded    EventKind = "ended"    // the whole plan ended well
)

// The kinds of events that an apply does not tell itself: they are of the
// whole run, and no action stands in them. EventFailed is one of them too.
const (
	EventInterrupted EventKind = "interrupted" // the run was stopped; Text says before or in what
	EventRefused     EventKind = "refused"     // nothing was begun; Text says why
	EventDropped     EventKind = "dropped"     // so many events, Text, were left out here: who reads was too slow
)

// Event is one line of the story of an apply: for the progress page, the
// plain lines and --events, which all read the same.
type Event struct {
	Time   time.Time `json:"time"`
	Kind   EventKind `json:"event"`
	Action string    `json:"action,omitempty"`
	Title  string    `json:"title,omitempty"`
	Number int       `json:"number,omitempty"` // of the action, from 1
	Of     int       `json:"of,omitempty"`
	Text   string    `json:"text,omitempty"`
	// Status is that with which mnemonix ends, of the last event only, where the
	// run did not end well.
	Status int `json:"status,omitempty"`
	// Progress is of a progress event only.
	Progress *Progress `json:"progress,omitempty"`
}

// Progress is how far a long action is. A total of 0 is not known yet.
type Progress struct {
	Paths      uint64 `json:"paths"` // of the store: built or copied
	PathsTotal uint64 `json:"pathsTotal"`
	Bytes      uint64 `json:"bytes"` // downloaded
	BytesTotal uint64 `json:"bytesTotal"`
	// Seconds that are left, estimated; 0 while nothing honest can be said.
	Seconds int `json:"seconds,omitempty"`
}

// teller tells the story of one apply. The wish to stop comes from outside,
// in the middle of an action, so it is guarded.
type teller struct {
	now    func() time.Time
	events func(Event)

	lock    sync.Mutex
	event   Event  // of the present action
	runsNow string // the program at work
	over    bool   // nothing more is told of actions
	gone    int    // places of the journal that were told of
}

func (t *teller) begin(action steps.Action, number int) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.event.Action, t.event.Title, t.event.Number = action.ID, action.Title, number
	t.runsNow = ourselves
}

// ourselves is at work where no program is.
const ourselves = "mnemonix"

// runs enters which program is at work.
func (t *teller) runs(program string) {
	program = path.Base(program)
	t.lock.Lock()
	t.runsNow = program
	t.lock.Unlock()
	t.tell(EventProgram, program)
}

// program is the one at work.
func (t *teller) program() string {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.runsNow
}

// hear tells both wishes as soon as they come, also while an action has to be
// finished first. What came is told before forget returns, and nothing after.
func (t *teller) hear(wishes wishes) (forget func()) {
	stop := told(wishes.stop, func() { t.tell(EventStopping, t.program()) })
	order := told(wishes.order, func() { t.tell(EventEnding, t.program()) })
	return func() {
		stop()
		order()
		t.lock.Lock()
		defer t.lock.Unlock()
		t.over = true
	}
}

// told calls tell once when the context ends; after forget, never more.
func told(ctx context.Context, tell func()) (forget func()) {
	tell = sync.OnceFunc(tell)
	begun := context.AfterFunc(ctx, tell)
	return func() {
		if !begun() { // it may be about to
			tell()
		}
	}
}

func (t *teller) tell(kind EventKind, text string) { t.send(Event{Kind: kind, Text: text}) }

func (t *teller) send(event Event) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.over {
		return
	}
	event.Action, event.Title, event.Number, event.Of = t.event.Action, t.event.Title, t.event.Number, t.event.Of
	event.Time = t.now().UTC()
	t.events(event)
}

// lost tells of the places that the journal could not be written to any more,
// of each once.
func (t *teller) lost(journal *Journal) {
	for _, name := range journal.Lost()[t.gone:] {
		t.gone++
		t.tell(EventLost, name)
	}
}

func (t *teller) ended() {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.events(Event{Time: t.now().UTC(), Kind: EventEnded, Of: t.event.Of})
}
