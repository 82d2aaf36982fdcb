package tui

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// stage is which part of the way the wizard is on.
type stage int

const (
	stageDetect stage = iota
	stageAsk
	stagePlan
	stageCheck
	stageReview
	stageApply
	stageEnd
)

// Wizard is the conversation in full screen. It is a bubbletea model; Run
// shows it.
type Wizard struct {
	setup    Setup
	talk     talk
	stage    stage
	form     form
	checking checking
	review   review
	work     progress
	plan     steps.Plan
	result   Result

	width, height int
	helping       bool // the page of keys is shown
	leaving       bool // Ctrl-C was pressed once
	events        *eventBox
	stop, end     context.CancelFunc // ask Accept to stop, and to end what runs
	over          bool
	computing     int // which computation of the plan is the present one
}

// The messages of the wizard's own commands.
type (
	detected struct {
		facts steps.Facts
		err   error
	}
	planComputed struct {
		number int
		plan   steps.Plan
		err    error
	}
	effectDone struct{ err error }
)

// NewWizard makes the wizard. It begins by reading the machine.
func NewWizard(setup Setup) Wizard {
	t := newTalk(setup)
	return Wizard{
		setup: t.setup, talk: t, width: 80, height: 24,
		result: Result{Kind: KindInterrupted, Answers: setup.Answers},
	}
}

// Result is what the conversation came to, once it is over.
func (w Wizard) Result() Result {
	w.result.Facts, w.result.Answers, w.result.Plan = w.talk.facts, w.talk.answers, w.plan
	return w.result
}

// Init starts reading the machine.
func (w Wizard) Init() tea.Cmd {
	detect := w.setup.Detect
	if detect == nil {
		return func() tea.Msg { return detected{} }
	}
	return func() tea.Msg {
		facts, err := detect(context.Background())
		return detected{facts: facts, err: err}
	}
}

// Update takes one message.
func (w Wizard) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	secretBefore := w.drawsSecret()
	next, cmd := w.take(msg)
	if secretBefore && !next.drawsSecret() {
		cmd = tea.Sequence(tea.ClearScreen, cmd)
	}
	return next, cmd
}

func (w Wizard) take(msg tea.Msg) (Wizard, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		w.width, w.height = max(msg.Width, 1), max(msg.Height, 1)
		return w, nil
	case tea.KeyMsg:
		return w.key(msg)
	case detected:
		if msg.err != nil {
			return w.fail(msg.err)
		}
		w.talk = w.talk.begin(msg.facts)
		return w.ask(firstOf(w.talk.pages()), "", false)
	case planComputed:
		return w.planned(msg)
	case answered:
		return w, w.effect(msg.key)
	case effectDone:
		if msg.err != nil && w.stage == stageAsk {
			w.form.problem = msg.err
		}
		return w, nil
	case taken:
		w.checking = w.checking.take(msg.told)
		return w, msg.next
	case checksDone:
		w.checking = w.checking.done(msg)
		return w, nil
	case happened:
		if msg.box != w.events { // of an earlier try
			return w, nil
		}
		for _, event := range msg.box.take() {
			w.work = w.work.take(event)
		}
		return w, w.events.wait(w.setup.Options.Slow)
	case ticked:
		if w.stage != stageApply {
			return w, nil
		}
		w.work = w.work.tick(msg.at)
		return w, w.events.tick(tickEvery)
	case finished:
		return w.finish(msg)
	case logSaved:
		w.work.ending = w.work.ending.saved(msg)
		return w, nil
	case shellEnded:
		w.work.ending = w.work.ending.back(msg)
		return w, nil
	}
	if w.stage == stageAsk {
		var cmd tea.Cmd
		w.form, _, cmd = w.form.update(msg)
		return w, cmd
	}
	return w, nil
}

func firstOf(pages []int) int {
	if len(pages) == 0 {
		return -1
	}
	return pages[0]
}

// ask opens the page of a step; without one the plan is next.
func (w Wizard) ask(step int, key string, last bool) (Wizard, tea.Cmd) {
	if step < 0 {
		return w.compute()
	}
	w.stage = stageAsk
	w.form = openForm(w.talk, step, key, last, w.form.drafts)
	return w, nil
}

// key takes one key, whichever page is shown.
func (w Wizard) key(msg tea.KeyMsg) (Wizard, tea.Cmd) {
	switch {
	case msg.String() == "ctrl+c":
		return w.leave()
	case w.leaving:
		return w.leaveAnswer(msg)
	case w.width < leastWidth || w.height < leastHeight:
		return w, nil // what cannot be seen is not answered
	case w.helping:
		w.helping = false
		return w, nil
	case msg.Type == tea.KeyF1, w.asksForHelp(msg):
		w.helping = true
		return w, nil
	}
	switch w.stage {
	case stageAsk:
		return w.formKey(msg)
	case stageCheck:
		return w.checkKey(msg)
	case stageReview:
		return w.reviewKey(msg)
	case stageApply:
		if msg.String() == "esc" {
			return w.leave()
		}
		w.work = w.work.update(msg)
	case stageEnd:
		return w.endKey(msg)
	case stagePlan:
		if isBack(msg) {
			return w.backToQuestions("")
		}
	case stageDetect:
	}
	return w, nil
}

// asksForHelp says whether ? means help here: not where text is typed.
func (w Wizard) asksForHelp(msg tea.KeyMsg) bool {
	if letter(msg) != '?' {
		return false
	}
	if w.stage == stageReview {
		return !w.review.asking
	}
	if w.stage != stageAsk {
		return true
	}
	switch f := w.form.field.(type) {
	case choiceField:
		return !f.filtering
	case confirmField, reportField:
		return true
	}
	return false
}

func (w Wizard) formKey(msg tea.KeyMsg) (Wizard, tea.Cmd) {
	next, where, cmd := w.form.update(msg)
	w.form, w.talk = next, next.talk
	if w.form.scroll > 0 {
		w.form.scroll = min(w.form.scroll, w.sheet().furthest(w.canvas()))
	}
	pages := w.talk.pages()
	at := slices.Index(pages, w.form.step)
	switch where {
	case moveNext:
		var second tea.Cmd
		if at+1 < len(pages) {
			w, second = w.ask(pages[at+1], "", false)
		} else {
			w, second = w.compute()
		}
		return w, tea.Batch(cmd, second)
	case moveBack:
		if at > 0 {
			return w.ask(pages[at-1], "", true)
		}
		if w.setup.Plan == nil {
			return w.quitAs(KindDeclined)
		}
	case moveNone:
	}
	return w, cmd
}

// compute settles the answers and asks for the plan, or goes to the first
// question that is still open.
func (w Wizard) compute() (Wizard, tea.Cmd) {
	settled, step, key, err := w.talk.settle()
	w.talk = settled
	if step >= 0 {
		w, _ = w.ask(step, key, false)
		w.form.problem = err
		return w, nil
	}
	if w.setup.Plan == nil {
		return w.quitAs(KindAccepted)
	}
	w.stage = stagePlan
	w.computing++
	number, compute, t := w.computing, w.setup.Plan, w.talk
	return w, func() tea.Msg {
		plan, err := compute(context.Background(), t.facts, t.answers, t.setup.Secrets)
		return planComputed{number: number, plan: plan, err: err}
	}
}

func (w Wizard) planned(msg planComputed) (Wizard, tea.Cmd) {
	if w.stage != stagePlan || msg.number != w.computing {
		return w, nil // an answer was changed meanwhile
	}
	if msg.err != nil {
		w, cmd := w.backToQuestions(keyOf(msg.err))
		w.form.problem = msg.err
		return w, cmd
	}
	w.plan = msg.plan
	return w.check()
}

// backToQuestions opens the page on which a key is asked, or the last one.
func (w Wizard) backToQuestions(key string) (Wizard, tea.Cmd) {
	pages := w.talk.pages()
	for _, step := range pages {
		for _, question := range w.talk.questions(step) {
			if key != "" && (question.Key == key || strings.HasPrefix(key, question.Key+".")) {
				return w.ask(step, question.Key, false)
			}
		}
	}
	if len(pages) == 0 {
		return w.quitAs(KindDeclined)
	}
	return w.ask(pages[len(pages)-1], "", true)
}

func (w Wizard) reviewKey(msg tea.KeyMsg) (Wizard, tea.Cmd) {
	next, decision := w.review.update(msg)
	w.review = next
	if scroll := &w.review.scroll[w.review.section]; *scroll > 0 {
		*scroll = min(*scroll, w.reviewEnd())
	}
	switch decision {
	case verdictBack:
		return w.backToQuestions("")
	case verdictAccept:
		return w.accept()
	case verdictNone:
	}
	return w, nil
}

func (w Wizard) effect(key string) tea.Cmd {
	if w.setup.Effect == nil || key == "" {
		return nil
	}
	effect, answers, secrets := w.setup.Effect, w.talk.answers, w.setup.Secrets
	return func() tea.Msg {
		return effectDone{err: effect(context.Background(), key, answers, secrets)}
	}
}

// fail ends the conversation because something of ours did not work.
func (w Wizard) fail(err error) (Wizard, tea.Cmd) {
	w.result.Kind, w.result.Err = KindFailed, err
	w.stage = stageEnd
	w.work = w.work.end(endingOf(w.setup, false, nil, err))
	return w, nil
}

func (w Wizard) quitAs(kind Kind) (Wizard, tea.Cmd) {
	w.result.Kind = kind
	return w.quit()
}

// quit leaves. The last frame is empty: on the Linux console, which has no
// second screen, it is what stays.
func (w Wizard) quit() (Wizard, tea.Cmd) {
	w.over = true
	if w.checking.stop != nil {
		w.checking.stop()
	}
	if holder, ok := w.form.field.(secretField); ok {
		holder.wipe()
	}
	return w, tea.Quit
}
