package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// plain is the conversation in lines: one question after the other, nothing
// redrawn, nothing moving, for screen readers, serial lines and terminals
// that cannot be drawn on.
type plain struct {
	talk talk
	in   *lineReader
	out  io.Writer
	c    canvas
	page int // the step whose heading was printed last
}

// The ways in which a question ends other than by an answer.
var (
	errBack = errors.New("back")
	errQuit = errors.New("quit")
)

// plainWidth is where lines of prose are broken.
const plainWidth = 78

// RunPlain holds the conversation in plain lines until it is over, the input
// ends, or ctx does.
func RunPlain(ctx context.Context, setup Setup, in io.Reader, out io.Writer) (Result, error) {
	t := newTalk(setup)
	p := &plain{talk: t, in: newLineReader(ctx, in), out: out, page: -1}
	// No colours, and no characters that a screen reader would spell.
	theme := NewTheme(false)
	p.c = canvas{width: plainWidth, height: 1 << 20, theme: theme, glyphs: ASCIIGlyphs()}
	result := p.run(ctx)
	result.Facts, result.Answers = p.talk.facts, p.talk.answers
	return result, nil
}

func (p *plain) say(format string, values ...any) {
	_, _ = fmt.Fprintf(p.out, format+"\n", values...)
}

// prose prints text broken into lines.
func (p *plain) prose(text string) {
	for _, line := range breakLines(clean(text), plainWidth) {
		p.say("%s", line)
	}
}

func (p *plain) run(ctx context.Context) Result {
	p.prose(programName + ", in plain lines. Enter alone takes what stands in brackets. " +
		"help explains a question, back goes to the one before, quit leaves; " +
		`to answer with one of these words, type a backslash before it.`)
	if p.talk.setup.Detect != nil {
		facts, err := p.talk.setup.Detect(ctx)
		if err != nil {
			return Result{Kind: KindFailed, Err: err}
		}
		p.talk = p.talk.begin(facts)
	}
	step, key, last := firstOf(p.talk.pages()), "", false
	for {
		if err := p.ask(ctx, step, key, last); err != nil {
			return p.ended(err)
		}
		settled, open, openKey, why := p.talk.settle()
		p.talk = settled
		if open >= 0 {
			p.problem(why)
			step, key, last = open, openKey, false
			continue
		}
		if p.talk.setup.Plan == nil {
			return Result{Kind: KindAccepted}
		}
		p.say("\nComputing the plan.")
		plan, err := p.talk.setup.Plan(ctx, p.talk.facts, p.talk.answers, p.talk.setup.Secrets)
		if err != nil {
			p.problem(err)
			pages := p.talk.pages()
			if len(pages) == 0 {
				return Result{Kind: KindFailed, Err: err}
			}
			step, key, last = pages[len(pages)-1], "", true
			continue
		}
		result, err := p.review(ctx, plan)
		if errors.Is(err, errBack) {
			pages := p.talk.pages()
			if len(pages) == 0 {
				return p.ended(errQuit)
			}
			step, key, last = pages[len(pages)-1], "", true
			continue
		}
		if err != nil {
			ended := p.ended(err)
			ended.Plan = plan
			return ended
		}
		return result
	}
}

// ended is the result of a conversation that stopped before its end.
func (p *plain) ended(err error) Result {
	switch {
	case errors.Is(err, errQuit):
		return Result{Kind: KindDeclined}
	case errors.Is(err, io.EOF):
		missing := p.missing()
		text := "the input ended before the plan was accepted"
		if len(missing) > 0 {
			text = "the input ended; still missing: " + strings.Join(missing, ", ")
		}
		return Result{Kind: KindInterrupted, Err: steps.Problem{Text: text, Hint: "give the rest in an answers file, with --answers"}}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Result{Kind: KindInterrupted}
	}
	return Result{Kind: KindFailed, Err: err}
}

// missing are the keys of the questions that have no answer yet.
func (p *plain) missing() []string {
	var keys []string
	for step := range p.talk.setup.Steps {
		for _, question := range p.talk.questions(step) {
			switch {
			case question.Optional, question.Kind == steps.KindReport:
			case isSecret(question) && !p.talk.given(question), !isSecret(question) && empty(question.Value):
				keys = append(keys, question.Key)
			}
		}
	}
	return keys
}

// ask goes through the questions from that one to the end.
func (p *plain) ask(ctx context.Context, step int, key string, last bool) error {
	if step < 0 {
		return nil
	}
	questions := p.talk.questions(step)
	at := max(slices.IndexFunc(questions, func(q steps.Question) bool { return q.Key == key && key != "" }), 0)
	if last {
		at = max(len(questions)-1, 0)
	}
	for {
		questions = p.talk.questions(step)
		if at >= len(questions) {
			pages := p.talk.pages()
			next := slices.Index(pages, step) + 1
			if next >= len(pages) {
				return nil
			}
			step, at = pages[next], 0
			continue
		}
		question := questions[at]
		p.heading(step)
		err := p.answer(ctx, question)
		switch {
		case errors.Is(err, errBack):
			step, at = p.before(step, at)
		case err != nil:
			return err
		default:
			// The answer may have changed what is asked. A report answers
			// nothing and has no key to be found by.
			again := p.talk.questions(step)
			if now := slices.IndexFunc(again, func(q steps.Question) bool { return q.Key == question.Key && q.Key != "" }); now >= 0 {
				at = now
			}
			at++
		}
	}
}

// before is the place of the question before this one. Reports are passed
// over: they would have to be left twice.
func (p *plain) before(step, at int) (int, int) {
	for {
		at--
		if at < 0 {
			pages := p.talk.pages()
			i := slices.Index(pages, step)
			if i <= 0 {
				p.say("This is the first question.")
				return step, 0
			}
			step = pages[i-1]
			at = len(p.talk.questions(step)) - 1
		}
		if questions := p.talk.questions(step); len(questions) > 0 && questions[at].Kind != steps.KindReport {
			return step, at
		}
		if pages := p.talk.pages(); at == 0 && slices.Index(pages, step) <= 0 {
			return step, 0
		}
	}
}

func (p *plain) heading(step int) {
	if p.page == step {
		return
	}
	p.page = step
	pages := p.talk.pages()
	place := ""
	if p.talk.setup.Plan != nil { // else it may not be known yet how many follow
		place = fmt.Sprintf("step %d of %d, ", slices.Index(pages, step)+1, len(pages)+1)
	}
	p.say("\n%s: %s%s", programName, place, oneLine(p.talk.setup.Steps[step].Title()))
}

// problem prints what is wrong and the way out.
func (p *plain) problem(err error) {
	text, hint := told(err)
	p.prose("Error: " + text)
	if hint != "" {
		p.prose("Hint: " + hint)
	}
}
