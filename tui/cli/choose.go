package cli

import (
	"context"
	"os"
	"strings"

	"golang.org/x/term"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// page is one page of questions that are asked before it is known what a
// command does. They have no place in an answers file and come to no plan.
type page struct {
	title string
	// ask returns the questions, given the answers so far, by key. None: the
	// page is passed over.
	ask func(given map[string][]string) []steps.Question
}

// choose asks them, in the skin that fits, and returns the answers.
func (a *app) choose(ctx context.Context, note string, pages ...page) (map[string][]string, error) {
	given := map[string][]string{}
	asking := make([]steps.Step, len(pages))
	for i, one := range pages {
		asking[i] = pageStep{page: one, given: given}
	}
	err := a.converse(ctx, tui.Setup{
		Title: note, Steps: asking, Secrets: &steps.Secrets{}, Options: a.look(),
		Set: func(chosen steps.Answers, key string, values []string) (steps.Answers, error) {
			given[key] = values
			return chosen, nil
		},
	})
	return given, err
}

// only is the answer to a question that has one.
func only(values []string) string { return strings.Join(values, "") }

// onTerminal says whether somebody is here to be asked.
func (a *app) onTerminal() bool {
	out, isFile := a.streams.Out.(*os.File)
	return isFile && term.IsTerminal(int(a.streams.In.Fd())) && term.IsTerminal(int(out.Fd()))
}

// pageStep is a page as a skin shows it. What was answered is what it proposes
// when somebody comes back to it.
type pageStep struct {
	page
	given map[string][]string
}

// Name is the title.
func (s pageStep) Name() string { return s.title }

// Title heads the page.
func (s pageStep) Title() string { return s.title }

// Detect has nothing to look at.
func (s pageStep) Detect(context.Context, run.Runner) steps.Finding { return steps.Nothing }

// Plan adds nothing: there is no plan.
func (s pageStep) Plan(steps.Input, *steps.Plan) {}

// Ask returns the questions of the page.
func (s pageStep) Ask(steps.Facts, steps.Answers) []steps.Question {
	questions := s.ask(s.given)
	for i, question := range questions {
		if values, ok := s.given[question.Key]; ok {
			questions[i].Value = values
		}
	}
	return questions
}
