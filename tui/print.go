package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// printWidth is how wide a plan is drawn where there is no screen.
const printWidth = 100

// PlanLines is the review as lines of text, for a pager or a file: what is in
// the way and what is good to know, the disks before and after, the actions
// with what each erases, and the files as a diff against those that are
// present.
func PlanLines(plan steps.Plan, present map[string]string, options Options) []string {
	options.Colour, options.Theme = false, nil
	options = options.filled()
	c := canvas{width: printWidth, height: 1 << 20, theme: *options.Theme, glyphs: options.Glyphs}
	r := newReview(plan, Setup{Present: present})
	var lines []string
	for _, part := range []struct {
		title string
		lines []string
	}{{"", r.summary(c)}, {"Disks", r.disks(c)}, {"Actions", r.actions(c)}, {"Files", r.diff}} {
		if part.title != "" {
			lines = append(lines, "", part.title, strings.Repeat("-", len(part.title)), "")
		}
		for _, line := range part.lines {
			lines = append(lines, strings.TrimRight(ansi.Strip(line), " "))
		}
	}
	return lines
}
