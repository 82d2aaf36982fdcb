package tui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// logLines is how many lines of what the programs print are kept for the
// screen; all of it is in the log.
const logLines = 500

// state is how far an action has come.
type state int

const (
	stateWaiting state = iota
	stateRunning
	stateDone
	stateSkipped
	stateFailed
)

// progress shows an apply from its events: the actions, one line of what is
// happening now, and the last lines of the programs on request.
type progress struct {
	actions  []steps.Action
	states   []state
	program  string // at work now; empty: mnemonix itself
	now      string // the last line that a program printed
	log      []string
	showLog  bool
	stopping bool // the operator asked to stop, and the present action goes on to its end
	ordered  bool // and then, that what runs is ended
	ended    bool
	ending   ending // how; see ended
	scroll   int
	last     []string // what the program at work printed last
	past     bool     // what cannot be brought back was begun, by an earlier try too

	// What the time is comes in by messages. The clocks of the events are not
	// used: that of a machine without a battery is set right in the middle.
	begin time.Time       // the first time that was told
	clock time.Time       // the last one
	since time.Time       // when the present action began
	alive time.Time       // when it last gave a sign of life
	far   *apply.Progress // how far it is; nil: it does not say
	farAt time.Time
}

const (
	// quietAfter is how long a program may be silent before the page says so.
	quietAfter = 20 * time.Second
	// wordAfter is when it says who is silent, and what can be done.
	wordAfter = 2 * time.Minute
)

// tick enters what the time is.
func (p progress) tick(now time.Time) progress {
	if p.begin.IsZero() {
		p.begin, p.since, p.alive = now, now, now
	}
	p.clock = now
	return p
}

func newProgress(plan steps.Plan) progress {
	return progress{actions: plan.Actions, states: make([]state, len(plan.Actions))}
}

// take enters one event. An action that the plan does not have is added when
// it is first told of: a trial does other things than the installation that
// was reviewed.
func (p progress) take(event apply.Event) progress {
	p.alive = p.clock
	at := slices.IndexFunc(p.actions, func(a steps.Action) bool { return a.ID == event.Action })
	if at < 0 && event.Action != "" {
		at = len(p.actions)
		p.actions = append(slices.Clip(p.actions), steps.Action{ID: event.Action, Title: event.Title})
		p.states = append(slices.Clip(p.states), stateWaiting)
	}
	enter := func(s state) {
		p.program, p.now, p.far = "", "", nil
		if at >= 0 {
			p.states = slices.Clone(p.states)
			p.states[at] = s
		}
	}
	switch event.Kind {
	case apply.EventStarted:
		enter(stateRunning)
		p.since, p.last = p.clock, nil
		p = p.note("> " + event.Title)
	case apply.EventDone:
		enter(stateDone)
	case apply.EventSkipped:
		if at < 0 || p.states[at] != stateDone { // not by an earlier try that this page saw
			enter(stateSkipped)
		}
	case apply.EventFailed:
		enter(stateFailed)
		p = p.note("! " + event.Text)
	case apply.EventLine:
		if line := strings.TrimSpace(oneLine(event.Text)); line != "" {
			p.now = line
			p.last = append(slices.Clip(p.last), line)
			p.last = p.last[max(len(p.last)-lastLinesKept, 0):]
			p = p.note(line)
		}
	case apply.EventProgress:
		p.far, p.farAt = event.Progress, p.clock
		if line := strings.TrimSpace(oneLine(event.Text)); line != "" {
			p.now = line
		}
	case apply.EventLost:
		p = p.note("! " + LostCopy(event))
	case apply.EventProgram:
		p.program, p.now, p.far = oneLine(event.Text), "", nil
	case apply.EventStopping:
		p.stopping = true
	case apply.EventEnding:
		p.stopping, p.ordered = true, true
	case apply.EventEnded:
		p.now = ""
	}
	return p
}

func (p progress) note(line string) progress {
	log := append(slices.Clip(p.log), oneLine(line))
	p.log = log[max(len(log)-logLines, 0):]
	return p
}

// end enters how it all ended.
func (p progress) end(how ending) progress {
	p.ended, p.ending, p.scroll, p.now = true, how, 0, ""
	return p
}

// again is the page for another try: what was done is done.
func (p progress) again() progress {
	if at := noReturn(p.actions); at >= 0 && p.states[at] != stateWaiting {
		p.past = true
	}
	p.ended, p.stopping, p.ordered, p.showLog, p.ending, p.scroll = false, false, false, false, ending{}, 0
	p.states = slices.Clone(p.states)
	for i, s := range p.states {
		if s == stateRunning || s == stateFailed {
			p.states[i] = stateWaiting
		}
	}
	return p
}

// done says whether an action needs no more work.
func (p progress) done(id string) bool {
	at := slices.IndexFunc(p.actions, func(a steps.Action) bool { return a.ID == id })
	return at >= 0 && (p.states[at] == stateDone || p.states[at] == stateSkipped)
}

// count is the number of actions that need no more work.
func (p progress) count() int {
	n := 0
	for _, s := range p.states {
		if s == stateDone || s == stateSkipped {
			n++
		}
	}
	return n
}

func (p progress) update(msg tea.KeyMsg) progress {
	if letter(msg) == 'l' {
		p.showLog, p.scroll = !p.showLog, 0
		return p
	}
	step := scrollStep(msg, 10)
	if p.showLog {
		step = -step // the log is read from its end
	}
	p.scroll = max(p.scroll+step, 0)
	return p
}

// running is the action that is at work, or that was when it ended.
func (p progress) running() (steps.Action, bool) {
	at := slices.IndexFunc(p.states, func(s state) bool { return s == stateRunning || s == stateFailed })
	if at < 0 {
		return steps.Action{}, false
	}
	return p.actions[at], true
}

func (p progress) hints() []Hint {
	log := Hint{"l", "log"}
	if p.showLog {
		log = Hint{"l", "close log"}
	}
	if p.ended {
		return p.ending.hints(log)
	}
	switch {
	case p.ordered:
		return []Hint{log}
	case p.stopping:
		return []Hint{log, {"ctrl+c", "end it now"}}
	}
	return []Hint{log, {"ctrl+c", "stop"}}
}

// atWork is who is at work.
func (p progress) atWork() string { return cmp.Or(p.program, programName) }

func (p progress) title() string {
	switch {
	case p.ending.reason.Stopped:
		return "Stopped"
	case p.ending.failed:
		return "It did not work"
	case p.ended:
		return "Done"
	case p.stopping:
		return "Stopping"
	}
	return "At work"
}
