package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// eventFile is --events: what happens, a line of JSON each, for a program that
// watches. Its last line says how the run ended, whatever way that was; a run
// without one was killed. Nil: nobody watches.
type eventFile struct {
	feed *run.Feed
	name string

	lock  sync.Mutex
	begun bool // an action was
	last  apply.EventKind
}

func openEvents(name string) (*eventFile, error) {
	feed, err := run.OpenFeed(name, func(count int) []byte {
		return eventLine(apply.Event{Time: time.Now().UTC(), Kind: apply.EventDropped, Text: fmt.Sprint(count)})
	})
	if err != nil {
		return nil, lacks(fmt.Errorf("open --events: %w", err), "")
	}
	return &eventFile{feed: feed, name: name}, nil
}

// eventLine is an event as it is written.
func eventLine(event apply.Event) []byte {
	line, err := json.Marshal(event)
	if err != nil { // there is nothing in an event that could not be written
		panic(err)
	}
	return append(line, '\n')
}

func (e *eventFile) take(event apply.Event) {
	if e == nil {
		return
	}
	e.lock.Lock()
	defer e.lock.Unlock()
	e.begun = e.begun || event.Kind == apply.EventStarted
	e.last = event.Kind
	e.feed.Add(eventLine(event), event.Kind == apply.EventLine || event.Kind == apply.EventProgress)
}

// end is the last event. An apply that went through has told it already.
func (e *eventFile) end(err error, interrupted bool) {
	if e == nil {
		return
	}
	e.lock.Lock()
	last, begun := e.last, e.begun
	e.lock.Unlock()
	if err == nil && last == apply.EventEnded {
		return
	}
	event := apply.Event{Time: time.Now().UTC(), Kind: apply.EventEnded}
	if err != nil {
		status, _, reason := ending(err, interrupted)
		event.Status, event.Text = status, reason.Error()
		switch {
		case status == exitInterrupted:
			event.Kind = apply.EventInterrupted
		case begun:
			event.Kind = apply.EventFailed
		default:
			event.Kind = apply.EventRefused
		}
	}
	e.take(event)
}

// close closes the file. A reader that did not read is told to a person, and
// is no failure of the run.
func (e *eventFile) close(tell io.Writer) error {
	if e == nil {
		return nil
	}
	untaken, err := e.feed.Close()
	if untaken > 0 {
		_, _ = fmt.Fprintf(tell, "--events %s: its reader was too slow for %d events\n", e.name, untaken)
	}
	if err != nil {
		return lacks(fmt.Errorf("the events are not whole: %w", err), "")
	}
	return nil
}
