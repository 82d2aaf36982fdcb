package tui

import (
	"fmt"
	"sync"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// pulseEvery is how long plain lines may be silent while something is done.
const pulseEvery = 30 * time.Second

const (
	// pulseRoom is how many lines may wait for a terminal that takes none.
	pulseRoom = 256
	// pulsePatience is how long the end waits for it.
	pulsePatience = 2 * time.Second
)

// Pulse tells the events of an apply in lines, and while an action is silent
// that it is still at work, so that nobody takes it for dead. A terminal that
// was stopped, or a line to it that stalls, stops nothing but the telling.
type Pulse struct {
	lines chan string
	end   chan struct{}
	said  chan struct{} // closed when all of them were

	lock  sync.Mutex
	left  int       // lines that found no room
	mute  bool      // it has ended
	shown time.Time // when the last line was said
	since time.Time // when the present action began
	heard time.Time // when anything was heard of it
	title string    // of the present action; empty: none
	runs  string    // the program at work
	doing string
	again bool // the wish to stop was heard
	over  sync.WaitGroup
}

// NewPulse begins to tell. say gets one line at a time, and may wait for whoever
// reads it. It ends with Stop.
func NewPulse(say func(string)) *Pulse {
	p := &Pulse{lines: make(chan string, pulseRoom), end: make(chan struct{}), said: make(chan struct{}), shown: time.Now()}
	go func() {
		defer close(p.said)
		for line := range p.lines {
			say(line)
		}
	}()
	p.over.Go(func() {
		ticks := time.NewTicker(pulseEvery / 6)
		defer ticks.Stop()
		for {
			select {
			case <-p.end:
				return
			case now := <-ticks.C:
				p.still(now)
			}
		}
	})
	return p
}

// Take tells one event.
func (p *Pulse) Take(event apply.Event) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.heard = time.Now()
	switch event.Kind {
	case apply.EventStarted:
		p.title, p.runs, p.doing, p.since = oneLine(event.Title), programName, "", p.heard
	case apply.EventProgram:
		p.runs, p.doing = oneLine(event.Text), ""
	case apply.EventLine:
		p.doing = oneLine(event.Text)
	case apply.EventProgress:
		p.doing = event.Progress.String()
	case apply.EventDone, apply.EventSkipped, apply.EventFailed, apply.EventEnded:
		p.title = ""
	case apply.EventStopping, apply.EventEnding:
		p.again = true
	}
	if line := EventLine(event); line != "" {
		p.tell(line)
	}
}

// Say tells a line that is no event.
func (p *Pulse) Say(line string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.tell(line)
}

func (p *Pulse) tell(line string) {
	if p.mute {
		return
	}
	p.shown = time.Now()
	if p.left > 0 && p.put(leftOut(p.left)) {
		p.left = 0
	}
	if p.left > 0 || !p.put(line) {
		p.left++
	}
}

// put says that there was room for the line.
func (p *Pulse) put(line string) bool {
	select {
	case p.lines <- line:
		return true
	default:
		return false
	}
}

func leftOut(lines int) string {
	return fmt.Sprintf("(%d lines are not shown: nothing took them)", lines)
}

// still says what is being done, where nothing was said for a while.
func (p *Pulse) still(now time.Time) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.title == "" || now.Sub(p.shown) < pulseEvery {
		return
	}
	line := "still at: " + p.title + ", for " + clockTime(now.Sub(p.since))
	switch silent := now.Sub(p.heard); {
	case silent >= wordAfter && p.again:
		line += "; no word from " + p.runs + " for " + inWords(silent) + ", ctrl+c once more ends it now"
	case silent >= wordAfter:
		line += "; no word from " + p.runs + " for " + inWords(silent) + ", ctrl+c stops after it"
	case p.doing != "":
		line += ": " + p.doing
	}
	p.tell(line)
}

// Stop ends it, and waits a little until all was said; nothing is told
// afterwards.
func (p *Pulse) Stop() {
	close(p.end)
	p.over.Wait()
	p.lock.Lock()
	p.mute = true
	close(p.lines)
	p.lock.Unlock()
	select {
	case <-p.said:
	case <-time.After(pulsePatience):
	}
}
