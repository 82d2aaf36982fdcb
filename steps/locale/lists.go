package locale

import (
	_ "embed" // the lists
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

var (
	//go:embed lists/keymaps.txt
	keymapsText string
	//go:embed lists/layouts.txt
	layoutsText string
	//go:embed lists/languages.txt
	languagesText string
	//go:embed lists/timezones.txt
	timezonesText string
)

// rows reads a list: one row a line, its fields behind tabulators; lines that
// begin with # are comments.
func rows(text string) [][]string {
	var list [][]string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, strings.Split(line, "\t"))
		}
	}
	return list
}

// options makes options of a list: its first field is the value, its last the
// name that people know it by. Value and name both stand in the title, so
// that either can be searched for. The present value is among the options
// even if the list lacks it.
func options(text, present string) []steps.Option {
	var list []steps.Option
	for _, row := range rows(text) {
		list = append(list, steps.Option{Value: row[0], Title: row[0] + ": " + row[len(row)-1]})
	}
	missing := !slices.ContainsFunc(list, func(option steps.Option) bool { return option.Value == present })
	if present != "" && missing {
		list = append([]steps.Option{{Value: present, Title: present}}, list...)
	}
	return list
}

// layoutOf is the X layout of the keyboard that a console keymap is for;
// empty: the list does not know it.
func layoutOf(keymap string) string {
	for _, row := range rows(keymapsText) {
		if row[0] == keymap {
			return row[1]
		}
	}
	return ""
}

// keymapOf is the first console keymap for a keyboard with that X layout.
func keymapOf(layout string) string {
	layout, _, _ = strings.Cut(layout, ",")
	best := ""
	for _, row := range rows(keymapsText) {
		if row[1] != layout {
			continue
		}
		if row[0] == layout {
			return row[0]
		}
		if best == "" {
			best = row[0]
		}
	}
	return best
}
