package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// body draws the questions: answered ones and those to come as one line
// each, the open one with all that belongs to it. It returns the lines that
// the open question takes.
func (f form) body(c canvas) (lines []string, focus [2]int) {
	if wide, ok := f.field.(zoomed); ok && wide.zoom() {
		return f.field.view(c), [2]int{0, c.height}
	}
	if f.question().Kind == steps.KindReport {
		return f.reports(c), focus
	}
	air := c.height >= 14
	label := f.labelWidth(c)
	var above, below []string
	for i, question := range f.questions {
		switch {
		case i == f.at:
		case i < f.at:
			above = append(above, f.row(c, question, label, true)...)
		default:
			below = append(below, f.row(c, question, label, false)...)
		}
	}
	warnings := f.warningLines(c)
	if air {
		above, below, warnings = spaced(above, false), spaced(below, true), spaced(warnings, true)
	}
	// The open question gets what the others leave, and at least what it
	// needs: those to come can wait below the edge.
	room := max(c.height-len(above)-len(below)-len(warnings), min(f.needs(), c.height-1))
	lines = append(lines, above...)
	focus[0] = len(lines)
	lines = append(lines, f.opened(c, room)...)
	lines = append(lines, warnings...)
	focus[1] = len(lines)
	return append(lines, below...), focus
}

// reports draws a page that has nothing to answer.
func (f form) reports(c canvas) []string {
	var lines []string
	for _, question := range f.questions {
		lines = append(lines, spaced(f.report(question).view(c), len(lines) > 0)...)
	}
	return lines
}

// fieldHeight is how many lines the open field wants, and needs is that with
// its title, a help of the usual length and empty lines.
func (f form) fieldHeight() int {
	if list, ok := f.field.(choiceField); ok {
		return min(len(list.options), 8)
	}
	return 4
}

func (f form) needs() int { return f.fieldHeight() + 6 }

// spaced puts an empty line before or after lines, where there are any.
func spaced(lines []string, before bool) []string {
	switch {
	case len(lines) == 0:
		return nil
	case before:
		return append([]string{""}, lines...)
	case lines[len(lines)-1] == "":
		return lines
	}
	return append(lines, "")
}

// labelWidth is the width of the column of the titles.
func (f form) labelWidth(c canvas) int {
	width := 0
	for _, question := range f.questions {
		if question.Kind != steps.KindReport {
			width = max(width, ansi.StringWidth(oneLine(question.Title)))
		}
	}
	return min(width, max(c.width*45/100, 10))
}

// row is a question that is not open.
func (f form) row(c canvas, question steps.Question, label int, past bool) []string {
	if question.Kind == steps.KindReport {
		lines := f.report(question).view(c.inset(2))
		for i, line := range lines {
			if line != "" {
				lines[i] = "  " + c.theme.Dim.Render(line)
			}
		}
		return append(lines, "")
	}
	value := f.talk.shown(question)
	draft, unaccepted := f.drafts[question.Key]
	if unaccepted {
		value = strings.Join(draft, ", ")
	}
	value = oneLine(value)
	name := pad(cut(oneLine(question.Title), label, c.glyphs), label)
	switch {
	case unaccepted:
		return []string{c.cut("  " + name + "   " + c.theme.Error.Render(c.glyphs.No+" "+value))}
	case past && value == "":
		return []string{c.cut("  " + c.theme.Dim.Render(name+"   none"))}
	case past:
		return []string{c.cut("  " + c.theme.Dim.Render(name) + "   " + value)}
	case value == "":
		return []string{c.cut("  " + c.theme.Dim.Render(oneLine(question.Title)))}
	}
	return []string{c.cut("  " + c.theme.Dim.Render(name+"   "+value))}
}

// report is a question that is nothing to answer; its title is left out where
// it is the page's own.
func (f form) report(question steps.Question) reportField {
	report := reportField{title: question.Title, lines: question.Lines}
	if report.title == f.talk.setup.Steps[f.step].Title() {
		report.title = ""
	}
	return report
}

// opened draws the open question: a bar at its left, its title, its help, its
// field, and what is wrong with it.
func (f form) opened(c canvas, room int) []string {
	question := f.question()
	inner := c.inset(2)
	head := []string{c.theme.Label.Render(inner.cut(oneLine(question.Title)))}
	fault := f.problemLines(inner)
	// The help gives way to the field, and the empty lines to both.
	wanted := f.fieldHeight()
	head = append(head, inner.some(inner.wrap(question.Help, c.theme.Text), room-len(head)-len(fault)-wanted)...)
	if room-len(head)-len(fault) >= wanted+2 {
		head, fault = append(head, ""), spaced(fault, true)
	}
	inner.height = max(room-len(head)-len(fault), 1)
	lines := append(append(head, f.field.view(inner)...), fault...)
	bar := c.theme.Bar.Render(c.glyphs.Bar)
	for i, line := range lines {
		lines[i] = strings.TrimRight(bar+" "+line, " ")
	}
	return lines
}

func (f form) problemLines(c canvas) []string {
	if f.problem == nil {
		return nil
	}
	text, hint := told(f.problem)
	return c.fault(text, hint)
}

// warningLines are the warnings that the answers so far give rise to.
func (f form) warningLines(c canvas) []string {
	var lines []string
	inner := c.inset(4)
	for _, problem := range f.warnings {
		for i, line := range inner.wrap(problem.String(), c.theme.Warning) {
			mark := "  "
			if i == 0 {
				mark = c.theme.Warning.Render(c.glyphs.No) + " "
			}
			lines = append(lines, "  "+mark+line)
		}
	}
	if limit := max(c.height/3, 2); len(lines) > limit {
		lines = append(lines[:limit-1], c.theme.Dim.Render("    and more: see the review"))
	}
	return lines
}

// hints are the keys of the open question.
func (f form) hints() []Hint {
	var hints []Hint
	own := f.field.hints()
	if wide, ok := f.field.(zoomed); ok && wide.zoom() {
		return append(own, Hint{"f1", "help"}, Hint{"ctrl+c", "leave"})
	}
	if _, ok := f.field.(reportField); ok {
		hints = append(hints, Hint{"enter", "next"}, Hint{"up/down", "scroll"}, Hint{"esc", "back"})
	} else if len(own) > 0 && own[0].Key == "enter" {
		hints = append(append(hints, own...), Hint{"esc", "back"})
	} else {
		hints = append(append([]Hint{{"enter", "next"}}, own...), Hint{"esc", "back"})
	}
	seen := map[string]bool{}
	var unique []Hint
	for _, hint := range hints {
		if !seen[hint.Key] {
			seen[hint.Key] = true
			unique = append(unique, hint)
		}
	}
	return append(unique, Hint{"f1", "help"}, Hint{"ctrl+c", "leave"})
}
