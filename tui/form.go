package tui

import (
	"maps"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// form is the page of one step: its questions below each other, one of them
// open. What was typed and not accepted is kept as a draft, so that going
// back loses nothing.
type form struct {
	talk      talk
	step      int
	questions []steps.Question
	at        int
	field     field
	problem   error               // stands beside the open question
	drafts    map[string][]string // by key
	warnings  []steps.Problem
	scroll    int // lines that the body was scrolled by hand
}

// move is where a form wants to go.
type move int

const (
	moveNone move = iota
	moveNext
	moveBack
)

// answered is the key of a question that was just answered, for the effects.
type answered struct{ key string }

// openForm opens the page of a step at the question of that key, or at the
// first or the last one that can be answered.
func openForm(t talk, step int, key string, last bool, drafts map[string][]string) form {
	f := form{talk: t, step: step, drafts: drafts}
	f.questions = t.questions(step)
	at := -1
	for i, question := range f.questions {
		if f.skipped(question) {
			continue
		}
		if question.Key == key && key != "" {
			at = i
			break
		}
		if at < 0 || last {
			at = i
		}
	}
	return f.open(max(at, 0))
}

// skipped says that the focus passes over a question: a report has nothing to
// answer. A page of reports alone is read as a whole, from its first.
func (f form) skipped(question steps.Question) bool { return question.Kind == steps.KindReport }

// open gives a question the focus.
func (f form) open(at int) form {
	f.at, f.problem, f.scroll = at, nil, 0
	if len(f.questions) == 0 {
		f.field = reportField{}
		return f
	}
	question := f.questions[at]
	f.field = newField(question, f.drafts[question.Key], f.talk)
	return f.warn()
}

func (f form) question() steps.Question {
	if f.at >= len(f.questions) {
		return steps.Question{}
	}
	return f.questions[f.at]
}

func (f form) warn() form {
	f.warnings = f.talk.warnings(f.questions, f.question(), f.field.values())
	return f
}

// next and previous return the place of the nearest question that can have
// the focus, or below 0.
func (f form) next() int {
	for i := f.at + 1; i < len(f.questions); i++ {
		if !f.skipped(f.questions[i]) {
			return i
		}
	}
	return -1
}

func (f form) previous() int {
	for i := f.at - 1; i >= 0; i-- {
		if !f.skipped(f.questions[i]) {
			return i
		}
	}
	return -1
}

func (f form) update(msg tea.Msg) (form, move, tea.Cmd) {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		next, cmd := f.field.update(msg)
		f.field = next
		return f, moveNone, cmd
	}
	switch {
	case f.field.takes(key):
	case isBack(key):
		return f.back()
	case isNext(key):
		return f.commit()
	case f.scrolls(key):
		return f.scrolled(key), moveNone, nil
	case (key.Type == tea.KeyUp || key.Type == tea.KeyDown) && f.isLine():
		return f.line(key)
	}
	before := f.field.values()
	var cmd tea.Cmd
	f.field, cmd = f.field.update(key)
	f.problem, f.scroll = nil, 0
	if !slices.Equal(before, f.field.values()) {
		f = f.warn()
	}
	if done, ok := f.field.(wordsField); ok && done.mode == wordsDone && f.talk.setup.Secrets.Named(f.question().Key).Len() == 0 {
		// Words that were typed correctly are kept at once: they are too many
		// to be lost by leaving the page the wrong way.
		f.problem = f.store()
	}
	return f, moveNone, cmd
}

// isLine says that the open field is one line, in which up and down have no
// meaning of their own and lead to the neighbours.
func (f form) isLine() bool {
	_, ok := f.field.(textField)
	return ok
}

func (f form) line(key tea.KeyMsg) (form, move, tea.Cmd) {
	if key.Type == tea.KeyUp && f.previous() >= 0 {
		return f.back()
	}
	if key.Type == tea.KeyDown && f.next() >= 0 {
		return f.commit()
	}
	return f, moveNone, nil
}

// scrolls says that a key moves the page: where there is nothing to choose.
func (f form) scrolls(key tea.KeyMsg) bool {
	if _, ok := f.field.(reportField); !ok {
		return false
	}
	return scrollStep(key, 1) != 0
}

func (f form) scrolled(key tea.KeyMsg) form {
	f.scroll = max(f.scroll+scrollStep(key, 10), 0)
	return f
}

// scrollStep is how far a key scrolls, where a page has that many lines.
func scrollStep(key tea.KeyMsg, page int) int {
	switch key.String() {
	case "up", "k":
		return -1
	case "down", "j":
		return 1
	case "pgup", "ctrl+u", "b":
		return -page
	case "pgdown", "ctrl+d", " ":
		return page
	case "home", "g":
		return -scrollEnd
	case "end", "G":
		return scrollEnd
	}
	return 0
}

// scrollEnd is beyond the end of everything.
const scrollEnd = 1 << 20

// store keeps the secret that the open field holds.
func (f form) store() error {
	holder, ok := f.field.(secretField)
	if !ok {
		return nil
	}
	value, err := holder.taken()
	if err != nil || value == nil {
		return err
	}
	return f.talk.keep(f.question(), value)
}

// commit accepts the open question and goes on.
func (f form) commit() (form, move, tea.Cmd) {
	question := f.question()
	switch {
	case question.Kind == steps.KindReport, len(f.questions) == 0:
	case isSecret(question):
		if f.problem = f.store(); f.problem != nil {
			return f, moveNone, nil
		}
		if holder, ok := f.field.(secretField); ok {
			holder.wipe()
		}
	default:
		next, err := f.talk.answer(question, f.field.values())
		if err != nil {
			f.problem = err
			return f, moveNone, nil
		}
		f.talk = next
		f = f.forget(question.Key)
	}
	f = f.again(question.Key)
	done := func() tea.Msg { return answered{key: question.Key} }
	if next := f.next(); next >= 0 {
		return f.open(next), moveNone, done
	}
	return f.open(f.at), moveNext, done
}

// back keeps what was typed and goes to the question before.
func (f form) back() (form, move, tea.Cmd) {
	question := f.question()
	switch {
	case question.Kind == steps.KindReport, len(f.questions) == 0:
	case isSecret(question):
		if holder, ok := f.field.(secretField); ok {
			holder.wipe()
		}
	default:
		f = f.leave(question)
	}
	f = f.again(question.Key)
	if previous := f.previous(); previous >= 0 {
		return f.open(previous), moveNone, nil
	}
	return f.open(f.at), moveBack, nil
}

// leave accepts what is typed where that is allowed, and keeps it as a draft
// where it is not.
func (f form) leave(question steps.Question) form {
	values := f.field.values()
	if slices.Equal(values, question.Value) {
		return f.forget(question.Key)
	}
	if next, err := f.talk.answer(question, values); err == nil {
		f.talk = next
		return f.forget(question.Key)
	}
	f.drafts = maps.Clone(f.drafts)
	if f.drafts == nil {
		f.drafts = map[string][]string{}
	}
	f.drafts[question.Key] = values
	return f
}

func (f form) forget(key string) form {
	if _, ok := f.drafts[key]; ok {
		f.drafts = maps.Clone(f.drafts)
		delete(f.drafts, key)
	}
	return f
}

// again asks the step anew, now that something was answered, and stays at
// the question of that key where it is still asked.
func (f form) again(key string) form {
	f.questions = f.talk.questions(f.step)
	at := slices.IndexFunc(f.questions, func(q steps.Question) bool { return q.Key == key })
	if at < 0 || key == "" {
		at = min(f.at, max(len(f.questions)-1, 0))
	}
	f.at = at
	return f
}
