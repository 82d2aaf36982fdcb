package tui

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// carryOut tells the events of Accept, a line each. When it fails, what can
// be done about it is asked.
func (p *plain) carryOut(ctx context.Context, plan steps.Plan) Result {
	result := Result{Kind: KindAccepted, Plan: plan}
	setup := p.talk.setup
	if setup.Accept == nil {
		return result
	}
	result.Applied = true
	work := newProgress(plan)
	work.past = setup.Past
	for accept := setup.Accept; ; accept = setup.Again {
		pulse := NewPulse(func(line string) { p.say("%s", line) })
		summary, err := accept(ctx, plan, p.talk.answers, setup.Secrets, func(event apply.Event) {
			before := work
			work = work.take(event)
			at := noReturn(plan.Actions)
			if at >= 0 && event.Kind == apply.EventStarted && event.Action == plan.Actions[at].ID {
				pulse.Say("Now comes " + pointOfNoReturn + ".")
			}
			switch {
			case event.Kind == apply.EventFailed: // it is told below, with what can be done
			case event.Kind == apply.EventSkipped && before.done(event.Action): // and that was told before
			default:
				pulse.Take(event)
			}
		})
		pulse.Stop()
		result.Summary, result.Err, result.Kind = summary, err, kindOf(err)
		work = work.end(endingOf(setup, true, summary, err))
		if err == nil || ctx.Err() != nil || !p.tryAgain(ctx, work) {
			return result
		}
		work = work.again()
	}
}

// kindOf is how a conversation ended whose Accept ended so.
func kindOf(err error) Kind {
	switch {
	case err == nil:
		return KindAccepted
	case errors.Is(err, apply.ErrInterrupted), errors.Is(err, context.Canceled):
		return KindInterrupted
	}
	return KindFailed
}

// tryAgain says why it ended, and asks what to do about it until that is to
// try again or to leave.
func (p *plain) tryAgain(ctx context.Context, work progress) bool {
	end := work.ending
	var choices []string
	for _, choice := range []struct {
		word    string
		offered bool
	}{{againWord(end), end.again}, {"save", p.talk.setup.SaveLog != nil}, {"shell", p.talk.setup.Shell != nil && p.in.tty != nil}} {
		if choice.offered {
			choices = append(choices, choice.word)
		}
	}
	if len(choices) == 0 {
		return false
	}
	choices = append(choices, "log")
	p.why(work)
	help := steps.Question{Help: againWord(end) + " does the same action again, and then the rest. save writes the log to a file, log reads it out. " +
		"shell starts one on this terminal; exit leads back. quit leaves; what is done stays done."}
	for {
		p.say("\nType %s or quit.", strings.Join(choices, ", "))
		line, err := p.read(help, "> ")
		word := strings.ToLower(line)
		switch {
		case errors.Is(err, errBack):
			p.say("Nothing of it can be answered anew. quit leaves.")
		case err != nil:
			return false
		case word == "log":
			p.lines(work.log)
		case !slices.Contains(choices, word):
			p.say("Error: that is none of them")
		case word == "save":
			p.saveLog(ctx, help)
		case word == "shell":
			p.say("%s", shellSays)
			if err := p.talk.setup.Shell(p.in.tty, p.out); err != nil {
				p.problem(err)
			}
		default:
			return true
		}
	}
}

// againWord is what another try is called.
func againWord(end ending) string {
	if end.reason.Stopped {
		return "go on"
	}
	return "again"
}

// why says why it ended.
func (p *plain) why(work progress) {
	p.say("")
	reason := work.ending.reason
	what, text := reason.Action, reason.String()
	if what == "" {
		what, text = text, ""
	}
	if reason.Stopped {
		p.prose("Stopped: " + what)
	} else {
		p.prose("Error: " + what)
	}
	if text != "" {
		p.prose(text)
	}
	if reason.Hint != "" {
		p.prose("Hint: " + reason.Hint)
	}
	p.lines(work.account(p.c))
}

// saveLog asks where the log goes and writes it there.
func (p *plain) saveLog(ctx context.Context, help steps.Question) {
	name := p.talk.setup.LogName
	p.prose("Which file is the log to go to? [" + name + "] No secret is in it. On a live medium a stick is better: what is in memory is gone after a restart.")
	line, err := p.read(help, "> ")
	if err != nil {
		return
	}
	saved, err := p.talk.setup.SaveLog(ctx, cmp.Or(line, name))
	if err != nil {
		p.problem(err)
		return
	}
	p.say("The log is in %s", oneLine(saved))
}
