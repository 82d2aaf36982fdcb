package tui

import (
	"fmt"
	"strings"
)

// endView draws the last page: what was come to, or why not and what can be
// done about it.
func (p progress) endView(c canvas) []string {
	e := p.ending
	if e.asking {
		return e.askLog(c)
	}
	var lines []string
	if e.failed {
		lines = append(append(e.outcome(c), e.why(c)...), "")
		rest := p.account(c)
		lines = append(lines, p.printed(c, c.height-len(lines)-len(rest))...)
		lines = append(lines, rest...)
	}
	for i, line := range e.summary {
		switch {
		case i == 0 && e.failed:
			lines = append(lines, "")
			fallthrough
		case strings.TrimSpace(line) != "":
			lines = append(lines, hang(c, line)...)
		default:
			lines = append(lines, "")
		}
	}
	if len(lines) == 0 {
		lines = append(lines, c.theme.Chosen.Render(c.glyphs.Yes)+" all of it was done")
	}
	return lines
}

// why says what did not work, the reason, and what could help.
func (e ending) why(c canvas) []string {
	what, reason := oneLine(e.reason.Action), e.reason.Text
	if what == "" {
		what, reason = reason, ""
	}
	lines := c.fault(what, "")
	inner := c.inset(2)
	for _, text := range []string{reason, e.reason.Hint} {
		for _, line := range inner.wrap(text, c.theme.Text) {
			lines = append(lines, "  "+line)
		}
	}
	return lines
}

// printed are the last lines of the program, as many as there is room for.
func (p progress) printed(c canvas, room int) []string {
	if len(p.last) == 0 || p.ending.reason.Stopped {
		return nil
	}
	const least = 2 // below that the page is scrolled
	room = max(room-2, least)
	lines := []string{c.theme.Dim.Render(c.cut("It printed last:"))}
	for _, line := range p.last[max(len(p.last)-room, 0):] {
		lines = append(lines, c.theme.Dim.Render(c.cut("  "+line)))
	}
	return append(lines, "")
}

// account says what is done, what is not, and what goes on from there.
func (p progress) account(c canvas) []string {
	if len(p.actions) == 0 {
		return nil
	}
	text := fmt.Sprintf("%d of %d actions are done.", p.count(), len(p.actions))
	if half, some := p.running(); some && half.Title != p.ending.reason.Action {
		text += " Half done: " + oneLine(half.Title) + "."
	}
	if p.ending.resume != "" {
		text += " " + p.ending.resume + " goes on from here."
		if back := p.wayBackNow(); back != "" && back != pastNoReturn {
			text += " " + back + "."
		}
	}
	return c.wrap(text, c.theme.Text)
}

// outcome says how the last thing that was done on the page came out.
func (e ending) outcome(c canvas) []string {
	if e.said == "" {
		return nil
	}
	return append(c.wrap(e.said, c.theme.Chosen), "")
}

// askLog asks where the log goes.
func (e ending) askLog(c canvas) []string {
	lines := append(c.wrap("Which file is the log to go to?", c.theme.Title), "")
	lines = append(lines, e.typed.view(c)...)
	lines = append(lines, "")
	lines = append(lines, c.wrap("No secret is in it, and stand-ins are in the place of names, addresses and serial numbers. "+
		"What is kept in the memory of a live medium is gone after a restart: a stick is better.", c.theme.Dim)...)
	if e.fault.text != "" {
		lines = append(lines, "")
		lines = append(lines, c.fault(e.fault.text, e.fault.hint)...)
	}
	return lines
}
