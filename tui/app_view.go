package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

func (w Wizard) canvas() canvas {
	return roomFor(w.width, w.height, *w.setup.Options.Theme, w.setup.Options.Glyphs)
}

// drawsSecret says that the frame shows words.
func (w Wizard) drawsSecret() bool {
	field, ok := w.form.field.(wordsField)
	return ok && w.stage == stageAsk && !w.over && !w.leaving && !w.helping && field.drawsSecret()
}

// View draws the frame.
func (w Wizard) View() string {
	switch {
	case w.over:
		return ""
	case w.width < leastWidth || w.height < leastHeight:
		return tooSmall(w.width, w.height)
	}
	return w.sheet().draw(w.width, w.height, *w.setup.Options.Theme, w.setup.Options.Glyphs)
}

// sheet is the page that is shown now.
func (w Wizard) sheet() sheet {
	c := w.canvas()
	switch {
	case w.leaving:
		return w.leaveSheet(c)
	case w.helping:
		return w.helpSheet(c)
	}
	s := sheet{heading: w.heading()}
	switch w.stage {
	case stageDetect:
		s.body = []string{"Reading this machine" + c.glyphs.More, "", c.theme.Dim.Render(c.cut("Nothing is changed before you have seen the plan."))}
		s.hints = []Hint{{"ctrl+c", "leave"}}
	case stageAsk:
		s.body, s.focus = w.form.body(c)
		s.scroll, s.hints = w.form.scroll, w.form.hints()
	case stagePlan:
		s.body = []string{"Computing the plan" + c.glyphs.More}
		s.hints = []Hint{{"esc", "back"}, {"ctrl+c", "leave"}}
	case stageCheck:
		s.body, s.scroll, s.hints = w.checking.body(c), w.checking.scroll, w.checking.hints()
	case stageReview:
		s = w.reviewSheet(c, s)
	case stageApply, stageEnd:
		s.body, s.hints = w.work.body(c), w.work.hints()
		if w.stage == stageEnd && !w.work.showLog {
			s.scroll = w.work.scroll
		}
	}
	return s
}

// heading is the title line: the pages that ask, and the review as the last.
func (w Wizard) heading() heading {
	h := heading{note: w.note()}
	pages := w.talk.pages()
	switch w.stage {
	case stageDetect:
		h.title = "Welcome"
	case stageAsk:
		h.at, h.of = slices.Index(pages, w.form.step)+1, len(pages)+1
		if w.setup.Plan == nil { // it may not be known yet how many follow
			h.at, h.of = 0, 0
		}
		h.title = w.setup.Steps[w.form.step].Title()
	case stageCheck:
		h.at, h.of, h.title = len(pages)+1, len(pages)+1, "Checks"
	case stagePlan, stageReview:
		h.at, h.of, h.title = len(pages)+1, len(pages)+1, "Review"
	case stageApply, stageEnd:
		h.title = w.work.title()
		if w.setup.Title != "" && h.title == "At work" {
			h.title = strings.ToUpper(w.setup.Title[:1]) + w.setup.Title[1:]
		}
		h.at, h.of = 0, 0
	}
	return h
}

// note stands at the right of the title: what is going on, for which host.
func (w Wizard) note() string {
	parts := slices.DeleteFunc([]string{w.setup.Title, w.talk.answers.Host.Name}, func(s string) bool { return s == "" })
	return strings.Join(parts, " "+w.setup.Options.Glyphs.Dot+" ")
}

// reviewSheet keeps the sections' line and the prompt in place and scrolls
// what is between.
func (w Wizard) reviewSheet(c canvas, s sheet) sheet {
	s.hints = w.review.hints()
	head, lines, foot := w.review.body(c)
	inner := c
	inner.height = max(c.height-len(head)-len(foot), 1)
	part := sheet{body: lines, scroll: w.review.scroll[w.review.section]}
	s.body = append(append(head, part.visible(inner)...), foot...)
	s.focus = [2]int{0, len(s.body)}
	return s
}

// reviewEnd is the largest scroll of the open section.
func (w Wizard) reviewEnd() int {
	c := w.canvas()
	head, lines, foot := w.review.body(c)
	c.height = max(c.height-len(head)-len(foot), 1)
	return sheet{body: lines}.furthest(c)
}

func (w Wizard) leaveSheet(c canvas) sheet {
	s := sheet{heading: w.heading()}
	if w.stage == stageApply {
		return w.stopSheet(c, s)
	}
	s.body = append(c.wrap("Leave "+programName+"?", c.theme.Title), "")
	s.body = append(s.body, c.wrap("Nothing was changed on this machine. The answers are forgotten.", c.theme.Text)...)
	s.hints = []Hint{{"y", "leave"}, {"n", "stay"}}
	return s
}

// stopSheet asks whether an apply is to stop, and then, whether what runs is to
// be ended: what becomes of it, and what brings it back.
func (w Wizard) stopSheet(c canvas, s sheet) sheet {
	say := func(style lipgloss.Style, text string) { s.body = append(s.body, c.wrap(text, style)...) }
	running, some := w.work.running()
	title := oneLine(running.Title)
	again := w.setup.Resumable
	if w.work.stopping {
		say(c.theme.Title, "End "+w.work.atWork()+" now?")
		s.body = append(s.body, "")
		if some {
			say(c.theme.Text, "This stays half done: "+title+".")
		}
		if len(running.Erases) > 0 {
			say(c.theme.Text, "The disk is then neither as it was nor as it is to be.")
		}
		if again != "" {
			say(c.theme.Text, again+" repairs it: it is done again, from its beginning.")
		}
		s.hints = []Hint{{"y", "end it now"}, {"n", "wait for it"}}
		return s
	}
	say(c.theme.Title, "Stop after the present action?")
	s.body = append(s.body, "")
	switch {
	case some && running.Stoppable:
		say(c.theme.Text, "It is ended where it is, and begun again by whoever goes on: "+title+".")
	case some:
		say(c.theme.Text, "It is finished first: "+title+".")
	}
	say(c.theme.Text, fmt.Sprintf("%d of %d actions are done.", w.work.count(), len(w.work.actions)))
	if again != "" {
		say(c.theme.Text, again+" goes on from there.")
	}
	s.hints = []Hint{{"y", "stop"}, {"n", "go on"}}
	return s
}

// helpSheet is the whole help of the question and all the keys.
func (w Wizard) helpSheet(c canvas) sheet {
	s := sheet{heading: w.heading(), hints: []Hint{{"any key", "back"}}}
	s.heading.title += ": help"
	if w.stage == stageAsk {
		question := w.form.question()
		s.body = append(s.body, c.wrap(question.Title, c.theme.Title)...)
		s.body = append(s.body, c.wrap(question.Help, c.theme.Text)...)
		s.body = append(s.body, "")
	}
	keys := []Hint{
		{"enter, tab", "accept and go on"},
		{"esc", "back; shift+tab and alt+tab too. Answers are kept"},
		{"up, down", "move; also k and j"},
		{"pgup, pgdn", "move faster; also ctrl+u and ctrl+d"},
		{"space", "take an option or leave it"},
		{"/", "filter a list"},
		{"ctrl+c", "leave; asks first"},
	}
	if w.stage == stageEnd {
		keys = w.work.ending.keys()
	}
	for _, hint := range keys {
		s.body = append(s.body, hang(c, fmt.Sprintf("%-10s  %s", hint.Key, hint.Does))...)
	}
	return s
}
