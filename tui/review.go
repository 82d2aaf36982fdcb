package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// section is one of the parts of the review, each with its own scroll.
type section int

const (
	sectionSummary section = iota
	sectionDisks
	sectionFiles
	sectionActions
	sections
)

var sectionTitles = [sections]string{"Summary", "Disks", "Files", "Actions"}

// review shows a plan before anything happens. When something is erased,
// accepting needs a word from each disk that is; the words come from the
// plan.
type review struct {
	plan     steps.Plan
	present  map[string]string
	harmless bool
	past     bool // an earlier run has begun what cannot be brought back
	verb     string
	section  section
	scroll   [sections]int
	diff     []string // of the files, computed once

	asking  bool // the words are being typed
	confirm []steps.DiskPlan
	at      int
	typed   textField
	fault   string
}

func newReview(plan steps.Plan, setup Setup) review {
	r := review{plan: plan, present: setup.Present, harmless: setup.Harmless, past: setup.Past, verb: setup.AcceptVerb}
	if r.verb == "" {
		r.verb = "accept"
	}
	r.diff = diffFiles(plan.Files, setup.Present)
	if !setup.Harmless && !setup.Confirmed {
		r.confirm = erased(plan)
	}
	return r
}

// erased are the disks on which the plan's actions erase something. They
// are found from what is erased, so that none can be left out.
func erased(plan steps.Plan) []steps.DiskPlan {
	var found []steps.DiskPlan
	for _, action := range plan.Actions {
		for _, erasure := range action.Erases {
			disk := planned(plan, erasure.Disk)
			if !slices.ContainsFunc(found, func(d steps.DiskPlan) bool { return d.Disk == disk.Disk }) {
				found = append(found, disk)
			}
		}
	}
	return found
}

// planned is what the plan says of a disk, or at least what it is known by.
func planned(plan steps.Plan, print steps.Fingerprint) steps.DiskPlan {
	for _, disk := range plan.Disks {
		if disk.Disk == print {
			return disk
		}
	}
	for _, disk := range plan.Disks {
		if print.ID != "" && disk.Disk.ID == print.ID || print.Path != "" && disk.Disk.Path == print.Path {
			return disk
		}
	}
	return steps.DiskPlan{Disk: print}
}

// loses says whether an action of the plan erases something on the disk.
func loses(plan steps.Plan, disk steps.DiskPlan) bool {
	return slices.ContainsFunc(erased(plan), func(d steps.DiskPlan) bool { return d.Disk == disk.Disk })
}

// confirmWord is what is typed before a disk is erased. It comes from the
// disk, and it is never empty: Enter alone must not erase.
func confirmWord(disk steps.DiskPlan) string {
	for _, word := range []string{disk.Confirm, disk.Disk.Serial, disk.Disk.ID, disk.Device, disk.Disk.Path} {
		if word = strings.TrimSpace(oneLine(word)); word != "" {
			return word
		}
	}
	return "erase"
}

// verdict is what the operator decided.
type verdict int

const (
	verdictNone verdict = iota
	verdictBack
	verdictAccept
)

// blocked says that the plan refuses to begin.
func (r review) blocked() bool { return len(r.plan.Blockers) > 0 && !r.harmless }

func (r review) update(msg tea.KeyMsg) (review, verdict) {
	if r.asking {
		return r.typeWord(msg)
	}
	switch msg.String() {
	case "tab", "right", "l":
		r.section = (r.section + 1) % sections
		return r, verdictNone
	case "left", "h":
		r.section = (r.section + sections - 1) % sections
		return r, verdictNone
	case "shift+tab", "alt+tab":
		r.section = (r.section + sections - 1) % sections
		return r, verdictNone
	case "esc":
		return r, verdictBack
	case "1", "2", "3", "4":
		r.section = section(msg.String()[0] - '1')
		return r, verdictNone
	case "enter":
		switch {
		case r.blocked():
			r.fault = "this cannot begin: see what is in the way"
			r.section = sectionSummary
			return r, verdictNone
		case len(r.confirm) == 0:
			return r, verdictAccept
		}
		r.asking, r.at, r.typed, r.section = true, 0, newText(""), sectionDisks
		return r, verdictNone
	}
	if step := scrollStep(msg, 10); step != 0 {
		r.scroll[r.section] = max(r.scroll[r.section]+step, 0)
	}
	return r, verdictNone
}

// typeWord takes the confirmation of one disk after the other.
func (r review) typeWord(msg tea.KeyMsg) (review, verdict) {
	switch {
	case isBack(msg):
		r.asking, r.fault = false, ""
		return r, verdictNone
	case msg.String() == "enter":
		word := confirmWord(r.confirm[r.at])
		if strings.TrimSpace(r.typed.text()) != word {
			r.fault = "that is not the word: nothing was erased"
			r.typed = newText("")
			return r, verdictNone
		}
		r.at++
		r.typed, r.fault = newText(""), ""
		if r.at < len(r.confirm) {
			return r, verdictNone
		}
		r.asking, r.at = false, 0
		return r, verdictAccept
	case msg.Type == tea.KeyTab:
		return r, verdictNone
	}
	r.fault = ""
	r.typed.update(msg)
	return r, verdictNone
}

func (r review) hints() []Hint {
	if r.asking {
		return []Hint{{"enter", "erase and " + r.verb}, {"esc", "back"}, {"ctrl+c", "leave"}}
	}
	hints := []Hint{{"tab", "section"}, {"up/down", "scroll"}, {"esc", "change answers"}, {"ctrl+c", "leave"}}
	if r.blocked() {
		return hints
	}
	return append([]Hint{{"enter", r.verb}}, hints...)
}
