package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// talk is the conversation without a skin: which questions there are, what
// was answered, what is still missing. The full screen and the plain lines
// both hold one.
type talk struct {
	setup   Setup
	facts   steps.Facts
	answers steps.Answers
	asking  []int // see pages
}

func newTalk(setup Setup) talk {
	setup.Options = setup.Options.filled()
	if setup.Secrets == nil {
		setup.Secrets = &steps.Secrets{}
	}
	return talk{setup: setup, answers: setup.Answers}.paged()
}

// begin is the conversation, now that the machine is known.
func (t talk) begin(facts steps.Facts) talk {
	t.facts = facts
	if t.setup.Begin != nil {
		t.answers = t.setup.Begin(facts)
	}
	return t.paged()
}

// questions are those of a step, as it asks now.
func (t talk) questions(step int) []steps.Question {
	if step < 0 || step >= len(t.setup.Steps) {
		return nil
	}
	return t.setup.Steps[step].Ask(t.facts, t.answers)
}

// pages are the indices of the steps that ask something.
func (t talk) pages() []int { return t.asking }

// paged asks every step whether it asks anything, now that an answer
// changed: a title line that counts them is drawn more often than that.
func (t talk) paged() talk {
	t.asking = nil
	for i := range t.setup.Steps {
		if len(t.questions(i)) > 0 {
			t.asking = append(t.asking, i)
		}
	}
	return t
}

// answer checks the values and returns the conversation with them in place.
func (t talk) answer(question steps.Question, values []string) (talk, error) {
	next, err := t.set(question, values)
	if err != nil {
		return t, err
	}
	return next.paged(), nil
}

func (t talk) set(question steps.Question, values []string) (talk, error) {
	if err := allowed(question, values, t.setup.Harmless); err != nil {
		return t, err
	}
	chosen, err := t.setup.Set(t.answers, question.Key, values)
	if err != nil {
		return t, err
	}
	t.answers = chosen
	return t, nil
}

// keep stores a secret under its name.
func (t talk) keep(question steps.Question, value *secret.Secret) error {
	if value.Len() == 0 && question.Optional {
		return nil
	}
	if value.Len() == 0 {
		return missing(question)
	}
	if t.setup.CheckSecret != nil {
		if err := t.setup.CheckSecret(question.Key, value); err != nil {
			return err
		}
	}
	if !t.setup.Secrets.Put(question.Key, value) {
		return fmt.Errorf("keep %s: no secret has that name", question.Key)
	}
	return nil
}

// given says whether a question that yields a secret was answered.
func (t talk) given(question steps.Question) bool {
	return t.setup.Secrets.Named(question.Key).Len() > 0
}

// missing is the fault of a question without an answer.
func missing(question steps.Question) error {
	return steps.Problem{Key: question.Key, Text: "this needs an answer"}
}

// allowed checks what can be seen from the question alone. Where nothing is
// going to be touched, a choice that this machine does not offer may be made:
// the disk that is in use is the only one of the machine at hand, and the
// plan says what an installation would refuse.
func allowed(question steps.Question, values []string, harmless bool) error {
	if empty(values) && !question.Optional {
		return missing(question)
	}
	if question.Kind != steps.KindChoice && question.Kind != steps.KindChoices {
		return nil
	}
	for _, value := range values {
		if value == "" {
			continue
		}
		at := slices.IndexFunc(question.Options, func(o steps.Option) bool { return o.Value == value })
		switch {
		case at < 0:
			return steps.Problem{Key: question.Key, Text: fmt.Sprintf("%q is not one of the choices", value)}
		case question.Options[at].Unavailable != "" && (!harmless || question.Kind == steps.KindChoices):
			return steps.Problem{Key: question.Key, Text: question.Options[at].Title + " is not available: " + question.Options[at].Unavailable}
		}
	}
	return nil
}

func empty(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return v != "" })
}

// isSecret says whether the answer goes to the secrets.
func isSecret(question steps.Question) bool {
	return question.Kind == steps.KindSecret || question.Kind == steps.KindWords
}

// settle accepts every proposal that was not contradicted, also of questions
// that came up after their page was left, and returns the step and the key
// of the first question that still has no answer, or a step below 0.
func (t talk) settle() (talk, int, string, error) {
	for step := range t.setup.Steps {
		for _, question := range t.questions(step) {
			switch {
			case question.Kind == steps.KindReport:
			case isSecret(question):
				if !t.given(question) && !question.Optional {
					return t.paged(), step, question.Key, missing(question)
				}
			case empty(question.Value) && question.Optional:
			default:
				next, err := t.set(question, question.Value)
				if err != nil {
					return t.paged(), step, question.Key, err
				}
				t = next
			}
		}
	}
	return t.paged(), -1, "", nil
}

// warnings are those that concern the questions, with one of them answered
// like this.
func (t talk) warnings(questions []steps.Question, focused steps.Question, values []string) []steps.Problem {
	if t.setup.Warnings == nil {
		return nil
	}
	if focused.Key != "" && !isSecret(focused) && focused.Kind != steps.KindReport {
		if next, err := t.set(focused, values); err == nil {
			t = next
		}
	}
	var found []steps.Problem
	for _, problem := range t.setup.Warnings(t.facts, t.answers) {
		if slices.ContainsFunc(questions, func(q steps.Question) bool {
			return problem.Key != "" && (problem.Key == q.Key || strings.HasPrefix(problem.Key, q.Key+".") || strings.HasPrefix(q.Key, problem.Key+"."))
		}) {
			found = append(found, problem)
		}
	}
	return found
}

// told splits an error into what happened and what can be done. The keys of
// faults are left out: the question stands beside them.
func told(err error) (text, hint string) {
	var problem steps.Problem
	if errors.As(err, &problem) {
		return problem.Text, problem.Hint
	}
	var faults answers.Faults
	if errors.As(err, &faults) {
		texts := make([]string, 0, len(faults))
		for _, fault := range faults {
			texts = append(texts, fault.Text)
		}
		return strings.Join(texts, "\n"), ""
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return err.Error(), hinted.Hint()
	}
	return err.Error(), ""
}

// keyOf is the answer that an error is about, or empty.
func keyOf(err error) string {
	var problem steps.Problem
	if errors.As(err, &problem) {
		return problem.Key
	}
	var fault answers.Fault
	if errors.As(err, &fault) {
		return fault.Key
	}
	return ""
}

// shown is a question's value as a person reads it.
func (t talk) shown(question steps.Question) string {
	switch {
	case question.Kind == steps.KindReport:
		return ""
	case isSecret(question) && t.given(question):
		return "given"
	case isSecret(question), empty(question.Value):
		return ""
	case question.Kind == steps.KindConfirm:
		if question.Value[0] == "true" {
			return "yes"
		}
		return "no"
	}
	titles := make([]string, 0, len(question.Value))
	for _, value := range question.Value {
		title := value
		for _, option := range question.Options {
			if option.Value == value && option.Title != "" {
				title = option.Title
			}
		}
		titles = append(titles, title)
	}
	return strings.Join(titles, ", ")
}
