package apply

import "time"

// EventKind is what an event tells.
type EventKind string

// The kinds of events, in the order in which an action yields them.
const (
	EventStarted EventKind = "started" // an action begins
	EventLine    EventKind = "line"    // a line that a program wrote
	EventDone    EventKind = "done"    // the action ended well
	EventSkipped EventKind = "skipped" // it was already done
	EventFailed  EventKind = "failed"  // it did not end well; Text says why
	EventEnded   EventKind = "ended"   // the whole plan ended well
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
}
