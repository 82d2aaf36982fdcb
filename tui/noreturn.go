package tui

import (
	"fmt"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// noReturn is the place of the first action that overwrites for good; -1:
// there is none.
func noReturn(actions []steps.Action) int {
	return slices.IndexFunc(actions, func(a steps.Action) bool { return a.NoReturn })
}

// pointOfNoReturn says before an action that it is the one.
const pointOfNoReturn = "the point of no return: what is erased from here on cannot be brought back"

// pastNoReturn says after it that it was.
const pastNoReturn = "past the point of no return"

// wayBack says in the summary how long an undo brings everything back; empty
// where nothing is erased at all.
func wayBack(plan steps.Plan, past bool) string {
	at := noReturn(plan.Actions)
	switch {
	case past:
		return pastNoReturn
	case at >= 0:
		return fmt.Sprintf("possible until action %d of %d begins (%s)", at+1, len(plan.Actions), oneLine(plan.Actions[at].Title))
	case len(erased(plan)) > 0:
		return "possible: nothing is overwritten that was there before"
	}
	return ""
}

// wayBackNow says the same while the actions run; empty where there is no
// such point.
func (p progress) wayBackNow() string {
	at := noReturn(p.actions)
	switch {
	case at < 0:
		return ""
	case p.states[at] == stateWaiting && !p.past:
		return "mnemonix undo can still bring everything back"
	}
	return pastNoReturn
}
