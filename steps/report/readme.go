package report

import (
	"fmt"
	"strings"
)

const readmeHead = `This is a report of mnemonix: what somebody needs who is to find a fault.

What names a person, a machine or a thing was replaced by a stand-in, the same
one everywhere. A text that nothing tells from other words cannot be found by
any program: have a look before you send it. The hash of a plan is the one of
the plan as it was; with the stand-ins it is another.
`

// readme says what is in the bundle and what was replaced.
func readme(made Report, found findings, replaced *replacer) string {
	var text strings.Builder
	text.WriteString(readmeHead)
	text.WriteString("\nWhat is in it:\n\n")
	for _, file := range made.Files {
		fmt.Fprintf(&text, "  %-34s %s\n", file.Path, meaning(file.Path))
	}
	text.WriteString("\nThe installations were found here:\n\n")
	for i, one := range found.runs {
		fmt.Fprintf(&text, "  installation-%d   %s\n", i+1, replaced.text(one.place))
	}
	if len(found.runs) == 0 {
		text.WriteString("  none was found\n")
	}
	text.WriteString("\nIt was looked for in:\n\n")
	for _, place := range found.looked {
		fmt.Fprintf(&text, "  %s\n", replaced.text(place))
	}
	text.WriteString("\nWhat was replaced:\n\n")
	none := true
	for _, what := range kinds {
		if count := replaced.counted[what]; count > 0 {
			fmt.Fprintf(&text, "  %4d  %s\n", count, what)
			none = false
		}
	}
	if none {
		text.WriteString("  nothing\n")
	}
	if len(made.Absent) > 0 {
		text.WriteString("\nWhat could not be read:\n\n")
		for _, reason := range made.Absent {
			fmt.Fprintf(&text, "  %s\n", reason)
		}
	}
	return text.String()
}

// meaning says what a file of the bundle is.
func meaning(name string) string {
	if _, inside, found := strings.Cut(name, "/"); found {
		if strings.HasPrefix(inside, "flake/") {
			return "a file of the flake that the plan writes"
		}
		name = inside
	}
	return map[string]string{
		"versions.json": "of mnemonix, the system and the programs",
		"facts.json":    "what the machine is: mnemonix detect",
		"plan.json":     "what was reviewed",
		"answers.yaml":  "what was chosen",
		"journal":       "what was begun and what was done",
		"log":           "what programs printed",
		"log.1":         "what they printed before",
	}[name]
}
