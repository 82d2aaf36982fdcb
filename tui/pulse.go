package tui

import (
	"sync"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// pulseEvery is how long plain lines may be silent while something is done.
const pulseEvery = 30 * time.Second

// Pulse tells the events of an apply in lines, and while an action is silent
// that it is still at work, so that nobody takes it for dead.
type Pulse struct {
	say func(string)
	end chan struct{}

	lock  sync.Mutex
	shown time.Time // when the last line was said
	since time.Time // when the present action began
	heard time.Time // when anything was heard of it
	title string    // of the present action; empty: none
	runs  string    // the program at work
	doing string
	again bool // the wish to stop was heard
	over  sync.WaitGroup
}

// NewPulse begins to tell. say gets one line at a time. It ends with Stop.
func NewPulse(say func(string)) *Pulse {
	p := &Pulse{say: say, end: make(chan struct{}), shown: time.Now()}
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
	p.shown = time.Now()
	p.say(line)
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

// Stop ends it; nothing is said afterwards.
func (p *Pulse) Stop() {
	close(p.end)
	p.over.Wait()
}
