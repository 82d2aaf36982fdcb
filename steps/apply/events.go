package apply

import (
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
	EventStopping EventKind = "stopping" // the wish to stop was heard; the action is finished first
	EventDone     EventKind = "done"     // the action ended well
	EventSkipped  EventKind = "skipped"  // it was already done
	EventFailed   EventKind = "failed"   // it did not end well; Text says why
	EventEnded    EventKind = "ended"    // the whole plan ended well
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

	lock  sync.Mutex
	event Event // of the present action
}

func (t *teller) begin(action steps.Action, number int) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.event.Action, t.event.Title, t.event.Number = action.ID, action.Title, number
}

func (t *teller) tell(kind EventKind, text string) { t.send(Event{Kind: kind, Text: text}) }

func (t *teller) send(event Event) {
	t.lock.Lock()
	defer t.lock.Unlock()
	event.Action, event.Title, event.Number, event.Of = t.event.Action, t.event.Title, t.event.Number, t.event.Of
	event.Time = t.now().UTC()
	t.events(event)
}

func (t *teller) stopping() { t.tell(EventStopping, "") }

func (t *teller) ended() {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.events(Event{Time: t.now().UTC(), Kind: EventEnded, Of: t.event.Of})
}
