package tui

import (
	"fmt"
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
	now      string // the last line that a program printed
	log      []string
	showLog  bool
	stopping bool // the operator asked to stop, and the present action goes on to its end
	ended    bool
	failure  fault
	summary  []string
	scroll   int
	begin    time.Time // of the first event
	latest   time.Time
}

func newProgress(plan steps.Plan) progress {
	return progress{actions: plan.Actions, states: make([]state, len(plan.Actions))}
}

// take enters one event. An action that the plan does not have is added when
// it is first told of: a trial does other things than the installation that
// was reviewed.
func (p progress) take(event apply.Event) progress {
	if p.begin.IsZero() {
		p.begin = event.Time
	}
	p.latest = event.Time
	at := slices.IndexFunc(p.actions, func(a steps.Action) bool { return a.ID == event.Action })
	if at < 0 && event.Action != "" {
		at = len(p.actions)
		p.actions = append(slices.Clip(p.actions), steps.Action{ID: event.Action, Title: event.Title})
		p.states = append(slices.Clip(p.states), stateWaiting)
	}
	enter := func(s state) {
		p.now = ""
		if at >= 0 {
			p.states = slices.Clone(p.states)
			p.states[at] = s
		}
	}
	switch event.Kind {
	case apply.EventStarted:
		enter(stateRunning)
		p = p.note("> " + event.Title)
	case apply.EventDone:
		enter(stateDone)
	case apply.EventSkipped:
		enter(stateSkipped)
	case apply.EventFailed:
		enter(stateFailed)
		p = p.note("! " + event.Text)
	case apply.EventLine:
		if line := strings.TrimSpace(oneLine(event.Text)); line != "" {
			p.now = line
			p = p.note(line)
		}
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
func (p progress) end(summary []string, err error) progress {
	p.ended, p.summary, p.scroll, p.now = true, summary, 0, ""
	if err != nil {
		p.failure = faultOf(err)
	}
	return p
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

func (p progress) hints() []Hint {
	log := Hint{"l", "log"}
	if p.showLog {
		log = Hint{"l", "close log"}
	}
	if p.ended {
		return []Hint{{"enter", "leave"}, log, {"up/down", "scroll"}}
	}
	return []Hint{log, {"ctrl+c", "stop"}}
}

func (p progress) title() string {
	switch {
	case p.failure.text != "":
		return "It did not work"
	case p.ended:
		return "Done"
	case p.stopping:
		return "Stopping"
	}
	return "At work"
}

// body draws the log, or the end, or the work.
func (p progress) body(c canvas) []string {
	switch {
	case p.showLog:
		return p.logView(c)
	case p.ended:
		return p.endView(c)
	}
	lines := []string{p.bar(c), ""}
	switch running := slices.Index(p.states, stateRunning); {
	case p.stopping:
		lines = append(lines, c.theme.Warning.Render(c.cut(c.glyphs.No+" stopping after the present action")))
	case running >= 0:
		lines = append(lines, c.cut(c.theme.Title.Render(oneLine(p.actions[running].Title))))
	default:
		lines = append(lines, "")
	}
	lines = append(lines, c.theme.Dim.Render(c.cut(p.now)))
	if back := p.wayBackNow(); back != "" {
		lines = append(lines, c.theme.Text.Render(c.cut(back)))
	}
	lines = append(lines, "")
	return append(lines, p.list(c, max(c.height-len(lines), 0))...)
}

// bar is how many of the actions are done.
func (p progress) bar(c canvas) string {
	spent := p.latest.Sub(p.begin).Round(time.Second)
	count := fmt.Sprintf("  %d of %d  %d:%02d", p.count(), len(p.actions), int(spent.Minutes()), int(spent.Seconds())%60)
	width := max(min(c.width-len(count), 50), 1)
	full := 0
	if len(p.actions) > 0 {
		full = width * p.count() / len(p.actions)
	}
	return c.cut(c.theme.Done.Render(strings.Repeat(c.glyphs.Full, full)) +
		c.theme.Dim.Render(strings.Repeat(c.glyphs.Empty, width-full)) + count)
}

// list draws the actions around the present one.
func (p progress) list(c canvas, room int) []string {
	from, to := window(len(p.actions), room, max(slices.Index(p.states, stateRunning), p.count()-1))
	var lines []string
	for i := from; i < to; i++ {
		title := oneLine(p.actions[i].Title)
		mark, style := "  ", c.theme.Dim
		switch p.states[i] {
		case stateDone:
			mark, style = c.theme.Chosen.Render(pad(c.glyphs.Yes, 2)), c.theme.Text
		case stateSkipped:
			mark, style = pad(c.glyphs.Yes, 2), c.theme.Dim
			title += " (was done already)"
		case stateRunning:
			mark, style = c.theme.Cursor.Render(pad(c.glyphs.Cursor, 2)), c.theme.Cursor
		case stateFailed:
			mark, style = c.theme.Error.Render(pad(c.glyphs.No, 2)), c.theme.Error
		case stateWaiting:
		}
		lines = append(lines, c.cut(mark+" "+style.Render(title)))
	}
	return lines
}

func (p progress) logView(c canvas) []string {
	if len(p.log) == 0 {
		return []string{c.theme.Dim.Render("nothing was printed yet")}
	}
	to := max(len(p.log)-p.scroll, min(c.height, len(p.log)))
	var lines []string
	for _, line := range p.log[max(to-c.height, 0):to] {
		lines = append(lines, c.cut(line))
	}
	return lines
}

func (p progress) endView(c canvas) []string {
	var lines []string
	if p.failure.text != "" {
		lines = append(lines, c.fault(p.failure.text, p.failure.hint)...)
		lines = append(lines, "", c.theme.Dim.Render(c.cut(fmt.Sprintf("%d of %d actions were done", p.count(), len(p.actions)))), "")
	}
	for _, line := range p.summary {
		if strings.TrimSpace(line) == "" {
			lines = append(lines, "")
			continue
		}
		lines = append(lines, hang(c, line)...)
	}
	if len(lines) == 0 {
		lines = append(lines, c.theme.Chosen.Render(c.glyphs.Yes)+" all of it was done")
	}
	return lines
}
