package tui

import (
	"context"
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// review reads the plan out, asks, and carries it out.
func (p *plain) review(ctx context.Context, plan steps.Plan) (Result, error) {
	r := newReview(plan, p.talk.setup)
	p.say("\n%s: review\n", programName)
	p.lines(r.summary(p.c))
	for _, disk := range plan.Disks {
		p.say("")
		p.prose(diskName(disk))
		for _, state := range []struct {
			when string
			list []steps.Region
		}{{"before", disk.Before}, {"after", disk.After}} {
			for _, region := range state.list {
				p.say("%s: %s", state.when, strings.Join(strings.Fields(stripped(regionRow(p.c, region))), " "))
			}
		}
	}
	if err := p.decide(r); err != nil {
		return Result{}, err
	}
	return p.carryOut(ctx, plan), nil
}

func (p *plain) lines(lines []string) {
	for _, line := range lines {
		p.say("%s", strings.TrimRight(stripped(line), " "))
	}
}

// decide asks what to do until the plan is accepted.
func (p *plain) decide(r review) error {
	help := steps.Question{Help: fmt.Sprintf("%s accepts the plan. files reads the changes of the files, actions reads what is done in order.", r.verb)}
	choices := r.verb + ", files, actions, back or quit"
	if r.blocked() {
		choices = "files, actions, back or quit"
	}
	for {
		p.say("\nType %s.", choices)
		line, err := p.read(help, "> ")
		if err != nil {
			return err
		}
		switch strings.ToLower(line) {
		case "files":
			r.scroll[sectionFiles] = 0
			wide := p.c
			wide.width = longestLine // a file is read as it is
			p.lines(r.files(wide))
		case "actions":
			p.lines(r.actions(p.c))
		case r.verb:
			if r.blocked() {
				p.say("Error: this cannot begin: see what is in the way")
				continue
			}
			confirmed, err := p.confirm(r, help)
			if err != nil {
				return err
			}
			if confirmed {
				return nil
			}
		}
	}
}

// confirm asks for the word of each disk that is erased.
func (p *plain) confirm(r review, help steps.Question) (bool, error) {
	for _, disk := range r.confirm {
		word := confirmWord(disk)
		p.prose(fmt.Sprintf("To erase %s, type %s", diskName(disk), word))
		line, err := p.read(help, "> ")
		if err != nil {
			return false, err
		}
		if line != word {
			p.say("Error: that is not the word: nothing was erased")
			return false, nil
		}
	}
	return true, nil
}

// EventLine is an event as a line for a person, or empty: not every event is
// worth one. The lines of the programs are in the log.
func EventLine(event apply.Event) string {
	switch event.Kind {
	case apply.EventStarted:
		return fmt.Sprintf("%d of %d: %s", event.Number, event.Of, oneLine(event.Title))
	case apply.EventSkipped:
		return fmt.Sprintf("%d of %d: %s: was done already", event.Number, event.Of, oneLine(event.Title))
	case apply.EventFailed:
		return fmt.Sprintf("Error: %s: %s", oneLine(event.Title), oneLine(event.Text))
	case apply.EventLost:
		return LostCopy(event)
	case apply.EventStopping:
		return fmt.Sprintf("Stopping after this action: %s. Waiting for %s; ctrl+c once more ends it now, and leaves the action half done.", oneLine(event.Title), oneLine(event.Text))
	case apply.EventEnding:
		return fmt.Sprintf("Ending %s. Half done: %s", oneLine(event.Text), oneLine(event.Title))
	case apply.EventEnded:
		return "All of it was done."
	case apply.EventDone, apply.EventProgram, apply.EventLine, apply.EventProgress:
	}
	return ""
}

// LostCopy says of a copy of the journal where it ends.
func LostCopy(event apply.Event) string {
	return fmt.Sprintf("The copy of the journal, %s, could not be written any more: it ends before this was done: %s", oneLine(event.Text), oneLine(event.Title))
}
