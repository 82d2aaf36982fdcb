package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// body draws the log, or the end, or the work.
func (p progress) body(c canvas) []string {
	switch {
	case p.showLog:
		return p.logView(c)
	case p.ended:
		return p.endView(c)
	}
	running, some := p.running()
	lines := append([]string{p.bar(c), ""}, p.heading(c, running, some)...)
	if far := p.howFar(); far != "" {
		lines = append(lines, c.cut(far))
	}
	lines = append(lines, c.theme.Dim.Render(c.cut(p.now)))
	if some {
		lines = append(lines, c.wrap(p.quiet(running.Stoppable), c.theme.Text)...)
	}
	if back := p.wayBackNow(); back != "" {
		lines = append(lines, c.theme.Text.Render(c.cut(back)))
	}
	lines = append(lines, "")
	return append(lines, p.list(c, max(c.height-len(lines), 0))...)
}

// bar is how many of the actions are done.
func (p progress) bar(c canvas) string {
	count := fmt.Sprintf("  %d of %d  %s", p.count(), len(p.actions), clockTime(p.clock.Sub(p.begin)))
	width := max(min(c.width-len(count), 50), 1)
	full := 0
	if len(p.actions) > 0 {
		full = width * p.count() / len(p.actions)
	}
	return c.cut(c.theme.Done.Render(strings.Repeat(c.glyphs.Full, full)) +
		c.theme.Dim.Render(strings.Repeat(c.glyphs.Empty, width-full)) + count)
}

// howFar is what a long action says of itself. What it said of the time that
// is left goes down with the clock, and is not shown any more when nothing new
// was heard for a while.
func (p progress) howFar() string {
	if p.far == nil {
		return ""
	}
	far, old := *p.far, max(p.clock.Sub(p.farAt), 0)
	if old > quietAfter {
		far.Seconds = 0
	}
	far.Seconds = max(far.Seconds-int(old.Seconds()), 0)
	return far.String()
}

// heading is what happens now: the action, or what becomes of the wish to
// stop.
func (p progress) heading(c canvas, running steps.Action, some bool) []string {
	warn := func(text string) []string {
		return c.wrap(c.glyphs.No+" "+text, c.theme.Warning)
	}
	switch {
	case p.ordered:
		return append(warn("ending "+p.atWork()+": it has a few seconds for it"), c.wrap("half done: "+oneLine(running.Title), c.theme.Text)...)
	case p.stopping && some && running.Stoppable:
		return warn("stopping: the present action is ended")
	case p.stopping && some:
		return append(warn("stopping after this: "+oneLine(running.Title)), c.wrap("waiting for "+p.atWork()+"; ctrl+c again ends it now", c.theme.Text)...)
	case p.stopping:
		return warn("stopping after the present action")
	case some:
		return []string{c.cut(c.theme.Title.Render(oneLine(running.Title)))}
	}
	return []string{""}
}

// quiet tells that the program at work is silent, and for how long: so that a
// page on which nothing else moves is seen to live. Who is silent for long is
// named; it is not ended, because some things take long.
func (p progress) quiet(stoppable bool) string {
	silent := p.clock.Sub(p.alive)
	switch {
	case silent < quietAfter:
		return ""
	case silent < wordAfter:
		return fmt.Sprintf("silent for %s, at this for %s", clockTime(silent), clockTime(p.clock.Sub(p.since)))
	}
	text := "no word from " + p.atWork() + " for " + inWords(silent)
	switch {
	case p.stopping:
	case stoppable:
		text += "; ctrl+c ends it"
	default:
		text += "; ctrl+c stops after it"
	}
	return text
}

// inWords is a long time: "2 minutes", "3 hours".
func inWords(d time.Duration) string {
	if d >= 2*time.Hour {
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}

// clockTime is how long something took: "2:37", "1:02:37".
func clockTime(d time.Duration) string {
	seconds := max(int(d.Seconds()), 0)
	if seconds >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
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
