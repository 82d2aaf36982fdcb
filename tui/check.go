package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply/preflight"
)

// checking is the page of the checks before the first write: a list that
// fills in. It comes before the review, and what failed stands there in the
// way.
type checking struct {
	results []preflight.Result
	ended   bool
	scroll  int
	number  int // which round of checks this is
	told    chan preflight.Result
	stop    context.CancelFunc
}

// The messages of the checks, with the number of their round: those of a
// round that was given up are not taken.
type (
	checkTold struct {
		number int
		result preflight.Result
	}
	checksDone struct {
		number  int
		results []preflight.Result
	}
)

// check begins the checks of a plan; without any the review is next.
func (w Wizard) check() (Wizard, tea.Cmd) {
	if w.setup.Check == nil {
		return w.toReview(nil)
	}
	ctx, stop := context.WithCancel(context.Background())
	c := checking{number: w.checking.number + 1, told: make(chan preflight.Result), stop: stop}
	w.stage, w.checking = stageCheck, c
	check, facts, answers, plan := w.setup.Check, w.talk.facts, w.talk.answers, w.plan
	return w, tea.Batch(c.next(ctx), func() tea.Msg {
		results := check(ctx, facts, answers, plan, func(result preflight.Result) {
			select {
			case c.told <- result:
			case <-ctx.Done():
			}
		})
		return checksDone{number: c.number, results: results}
	})
}

// next is the command that returns the next result.
func (c checking) next(ctx context.Context) tea.Cmd {
	return func() tea.Msg {
		select {
		case result := <-c.told:
			return taken{checkTold{number: c.number, result: result}, c.next(ctx)}
		case <-ctx.Done():
			return nil
		}
	}
}

// taken is a message, and the command that returns the one after it.
type taken struct {
	told checkTold
	next tea.Cmd
}

// take enters one result.
func (c checking) take(told checkTold) checking {
	if told.number != c.number || c.ended {
		return c
	}
	c.results = slices.Clone(c.results)
	if at := slices.IndexFunc(c.results, func(r preflight.Result) bool { return r.ID == told.result.ID }); at >= 0 {
		c.results[at] = told.result
	} else {
		c.results = append(c.results, told.result)
	}
	return c
}

// done enters all of them.
func (c checking) done(msg checksDone) checking {
	if msg.number == c.number {
		c.results, c.ended = msg.results, true
		c.stop()
	}
	return c
}

func (w Wizard) checkKey(msg tea.KeyMsg) (Wizard, tea.Cmd) {
	switch {
	case isBack(msg):
		w.checking.stop()
		return w.backToQuestions("")
	case msg.String() == "enter" && w.checking.ended:
		return w.toReview(w.checking.results)
	case letter(msg) == 'r' && w.checking.ended:
		return w.check()
	}
	w.checking.scroll = min(max(w.checking.scroll+scrollStep(msg, 10), 0), w.sheet().furthest(w.canvas()))
	return w, nil
}

// toReview shows the plan, with what the checks found.
func (w Wizard) toReview(results []preflight.Result) (Wizard, tea.Cmd) {
	w.stage = stageReview
	w.review = newReview(withChecks(w.plan, results), w.setup)
	return w, nil
}

// withChecks is the plan as the review shows it: what a check found in the
// way stands beside what the plan itself knows. The plan that is carried out
// stays as it is.
func withChecks(plan steps.Plan, results []preflight.Result) steps.Plan {
	plan.Blockers, plan.Warnings = slices.Clone(plan.Blockers), slices.Clone(plan.Warnings)
	for _, result := range results {
		problem := steps.Problem{Text: result.Title + ": " + result.Text, Hint: result.Hint}
		switch result.Status {
		case preflight.Failed:
			plan.Block(problem)
		case preflight.Warning:
			plan.Warn(problem)
		case preflight.OK, preflight.Running:
		}
	}
	return plan
}

func (c checking) hints() []Hint {
	if !c.ended {
		return []Hint{{"esc", "change answers"}, {"ctrl+c", "leave"}}
	}
	return []Hint{{"enter", "go on to the review"}, {"r", "look again"}, {"esc", "change answers"}, {"ctrl+c", "leave"}}
}

// body draws the list. A mark and a word say how each came out, so that no
// colour is needed.
func (c checking) body(room canvas) []string {
	lines := append(c.verdict(room), "")
	for _, result := range c.results {
		lines = append(lines, checkLines(room, result)...)
	}
	return lines
}

// verdict is what all of it comes to.
func (c checking) verdict(room canvas) []string {
	failed, warned := 0, 0
	for _, result := range c.results {
		switch result.Status {
		case preflight.Failed:
			failed++
		case preflight.Warning:
			warned++
		case preflight.OK, preflight.Running:
		}
	}
	switch {
	case !c.ended:
		return room.wrap("Looking whether it can go through. Nothing is changed"+room.glyphs.More, room.theme.Dim)
	case failed > 0:
		return room.wrap(fmt.Sprintf("It cannot begin: %s", counted(failed, "thing is in the way", "things are in the way")), room.theme.Error)
	case warned > 0:
		return room.wrap(fmt.Sprintf("It can begin; %s", counted(warned, "thing is good to know", "things are good to know")), room.theme.Warning)
	}
	return room.wrap("It can begin: nothing is in the way.", room.theme.Chosen)
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// checkLines draws one check: its name and what was found beside it, or below
// it where there is no room.
func checkLines(c canvas, result preflight.Result) []string {
	mark, style := "  ", c.theme.Dim
	switch result.Status {
	case preflight.OK:
		mark, style = c.theme.Chosen.Render(pad(c.glyphs.Yes, 2)), c.theme.Text
	case preflight.Warning:
		mark, style = c.theme.Warning.Render("? "), c.theme.Text
	case preflight.Failed:
		mark, style = c.theme.Error.Render(pad(c.glyphs.No, 2)), c.theme.Error
	case preflight.Running:
		mark = c.theme.Dim.Render(pad(c.glyphs.Dot, 2))
	}
	text := oneLine(result.Text)
	if result.Status == preflight.Running && text == "" {
		text = c.glyphs.More
	}
	const names = 21 // the longest title, and a space
	indent := 3
	head := mark + " " + c.theme.Text.Render(oneLine(result.Title))
	var lines []string
	if c.width >= 60 {
		indent += names
		head = mark + " " + c.theme.Text.Render(pad(oneLine(result.Title), names))
	} else {
		lines, head = append(lines, c.cut(head)), strings.Repeat(" ", indent)
	}
	inner := c.inset(indent)
	for i, line := range inner.wrap(text, style) {
		if i == 0 {
			lines = append(lines, head+line)
		} else {
			lines = append(lines, strings.Repeat(" ", indent)+line)
		}
	}
	if result.Status == preflight.Warning || result.Status == preflight.Failed {
		for _, line := range inner.wrap(result.Hint, c.theme.Dim) {
			lines = append(lines, strings.Repeat(" ", indent)+line)
		}
	}
	return lines
}
