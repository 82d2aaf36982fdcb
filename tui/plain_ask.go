package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// answer asks one question until it is answered.
func (p *plain) answer(ctx context.Context, question steps.Question) error {
	p.say("")
	if question.Kind == steps.KindReport {
		return p.report(question)
	}
	p.prose(question.Title + p.proposal(question))
	if question.Kind == steps.KindChoice || question.Kind == steps.KindChoices {
		p.options(question.Options)
	}
	for {
		err := p.once(question)
		switch {
		case err == nil:
			p.warn(question)
			return p.effect(ctx, question)
		case p.isEnd(err):
			return err
		}
		p.problem(err)
	}
}

// isEnd says that an error is no fault of the answer.
func (p *plain) isEnd(err error) bool {
	var fault faulty
	return !errors.As(err, &fault)
}

// faulty marks an answer that is asked for again.
type faulty struct{ error }

func (f faulty) Unwrap() error { return f.error }

// once reads one answer and enters it.
func (p *plain) once(question steps.Question) error {
	switch question.Kind {
	case steps.KindSecret:
		return p.secret(question)
	case steps.KindWords:
		return p.words(question)
	case steps.KindList:
		return p.list(question)
	}
	line, err := p.read(question, "> ")
	if err != nil {
		return err
	}
	values, err := p.values(question, line)
	if err != nil {
		return faulty{err}
	}
	return p.enter(question, values)
}

func (p *plain) enter(question steps.Question, values []string) error {
	next, err := p.talk.answer(question, values)
	if err != nil {
		return faulty{err}
	}
	p.talk = next
	return nil
}

// read reads a line that is an answer; help is given on the spot.
func (p *plain) read(question steps.Question, prompt string) (string, error) {
	for {
		_, _ = fmt.Fprint(p.out, prompt)
		line, err := p.in.line()
		if err != nil {
			p.say("")
			return "", err
		}
		word, answer := command(line)
		switch word {
		case "back":
			return "", errBack
		case "quit":
			return "", errQuit
		case "help":
			p.help(question)
			continue
		}
		return answer, nil
	}
}

func (p *plain) help(question steps.Question) {
	if question.Help != "" {
		p.prose(question.Help)
	}
	switch question.Kind {
	case steps.KindChoice:
		p.prose("Answer with a number, a name, or a part of a name.")
	case steps.KindChoices:
		p.prose("Answer with numbers or names, separated by commas; none for none of them.")
	case steps.KindConfirm:
		p.prose("Answer yes or no.")
	case steps.KindList:
		p.prose("One on each line; an empty line ends. none for none of them.")
	case steps.KindSecret:
		p.prose("It is typed twice and not shown.")
	case steps.KindText, steps.KindWords, steps.KindReport:
	}
	p.options(question.Options)
}

// proposal is what Enter alone takes.
func (p *plain) proposal(question steps.Question) string {
	if shown := oneLine(p.talk.shown(question)); shown != "" {
		return " [" + shown + "]"
	}
	if question.Optional {
		return " [none]"
	}
	return ""
}

// fewOptions is how many options are read out without being asked for.
const fewOptions = 20

func (p *plain) options(options []steps.Option) {
	if len(options) > fewOptions {
		p.prose(fmt.Sprintf("There are %d to choose from: type a part of the name to find them.", len(options)))
		return
	}
	for i, option := range options {
		p.option(i, option)
	}
}

func (p *plain) option(i int, option steps.Option) {
	text := title(option)
	if more := beside(option); more != "" {
		text += ": " + more
	}
	for j, line := range breakLines(text, plainWidth-5) {
		if j == 0 {
			p.say("%3d  %s", i+1, line)
		} else {
			p.say("     %s", line)
		}
	}
}

// values reads a line as the answer to a question.
func (p *plain) values(question steps.Question, line string) ([]string, error) {
	if line == "" {
		return question.Value, nil
	}
	switch question.Kind {
	case steps.KindChoice:
		value, err := p.pick(question.Options, line)
		return []string{value}, err
	case steps.KindChoices:
		if strings.EqualFold(line, "none") {
			return []string{}, nil
		}
		values := []string{}
		for _, part := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' }) {
			value, err := p.pick(question.Options, part)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
		return values, nil
	case steps.KindConfirm:
		switch strings.ToLower(line) {
		case "y", "yes":
			return []string{"true"}, nil
		case "n", "no":
			return []string{"false"}, nil
		}
		return nil, steps.Problem{Text: fmt.Sprintf("%q is neither yes nor no", line)}
	}
	if question.Optional && strings.EqualFold(line, "none") {
		return []string{""}, nil
	}
	return []string{line}, nil
}

// pick finds an option by number, value or title, or by a part of one.
func (p *plain) pick(options []steps.Option, wanted string) (string, error) {
	if n, err := strconv.Atoi(wanted); err == nil {
		if n < 1 || n > len(options) {
			return "", steps.Problem{Text: fmt.Sprintf("there is no number %d: the last is %d", n, len(options))}
		}
		return options[n-1].Value, nil
	}
	for _, option := range options {
		if strings.EqualFold(option.Value, wanted) || strings.EqualFold(title(option), wanted) {
			return option.Value, nil
		}
	}
	var found []int
	for i, option := range options {
		if strings.Contains(strings.ToLower(option.Value+" "+title(option)), strings.ToLower(wanted)) {
			found = append(found, i)
		}
	}
	switch {
	case len(found) == 1:
		return options[found[0]].Value, nil
	case len(found) == 0:
		return "", steps.Problem{Text: fmt.Sprintf("%q is not one of the choices", wanted)}
	}
	for _, i := range found[:min(len(found), fewOptions)] {
		p.option(i, options[i])
	}
	if len(found) > fewOptions {
		p.say("     and %d more", len(found)-fewOptions)
	}
	return "", steps.Problem{Text: fmt.Sprintf("%d of them fit %q", len(found), wanted), Hint: "type its number, or more of its name"}
}

// list reads lines until an empty one.
func (p *plain) list(question steps.Question) error {
	var values []string
	for {
		line, err := p.read(question, fmt.Sprintf("%d> ", len(values)+1))
		if err != nil {
			return err
		}
		switch {
		case line == "" && len(values) == 0:
			return p.enter(question, question.Value)
		case line == "":
			return p.enter(question, values)
		case strings.EqualFold(line, "none") && len(values) == 0 && question.Optional:
			return p.enter(question, []string{})
		}
		values = append(values, line)
	}
}

// report prints lines to read.
func (p *plain) report(question steps.Question) error {
	if question.Title != "" && question.Title != p.talk.setup.Steps[p.page].Title() {
		p.prose(question.Title)
	}
	for _, line := range question.Lines {
		p.say("%s", oneLine(line))
	}
	_, err := p.read(question, "Enter goes on> ")
	return err
}

// warn prints the warnings that the answer gives rise to.
func (p *plain) warn(question steps.Question) {
	for _, problem := range p.talk.warnings([]steps.Question{question}, steps.Question{}, nil) {
		p.prose("Warning: " + problem.String())
	}
}

// effect carries out what has to happen at once. When it fails, that is
// told, and the question is asked again.
func (p *plain) effect(ctx context.Context, question steps.Question) error {
	if p.talk.setup.Effect == nil {
		return nil
	}
	if err := p.talk.setup.Effect(ctx, question.Key, p.talk.answers, p.talk.setup.Secrets); err != nil {
		p.problem(err)
	}
	return nil
}
