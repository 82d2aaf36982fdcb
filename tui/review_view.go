package tui

import (
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// body draws the section that is open, below a line of all of them. While
// the words are asked for, the disks stay in view above the prompt.
func (r review) body(c canvas) (head, lines, foot []string) {
	head = []string{r.tabs(c), ""}
	switch r.section {
	case sectionSummary:
		lines = r.summary(c)
	case sectionDisks:
		lines = r.disks(c)
	case sectionFiles:
		lines = r.files(c)
	case sectionActions:
		lines = r.actions(c)
	}
	if r.asking {
		foot = r.prompt(c)
	} else if r.fault != "" {
		foot = spaced(c.fault(r.fault, ""), true)
	}
	return head, lines, foot
}

// tabs marks the open section by brackets, not by colour alone.
func (r review) tabs(c canvas) string {
	titles := make([]string, 0, sections)
	for i, title := range sectionTitles {
		if section(i) == r.section {
			titles = append(titles, c.theme.Cursor.Render("["+title+"]"))
		} else {
			titles = append(titles, c.theme.Dim.Render(" "+title+" "))
		}
	}
	return c.cut(strings.Join(titles, " "))
}

func (r review) prompt(c canvas) []string {
	disk := r.confirm[r.at]
	text := fmt.Sprintf("To erase %s, type %s", diskName(disk), confirmWord(disk))
	if len(r.confirm) > 1 {
		text = fmt.Sprintf("Disk %d of %d. %s", r.at+1, len(r.confirm), text)
	}
	lines := append([]string{""}, c.wrap(text, c.theme.Error)...)
	lines = append(lines, r.typed.view(c)...)
	if r.fault != "" {
		lines = append(lines, c.fault(r.fault, "")...)
	}
	return lines
}

func (r review) summary(c canvas) []string {
	var lines []string
	section := func(title string, problems []steps.Problem, mark func(string) string) {
		if len(problems) == 0 {
			return
		}
		lines = append(lines, c.theme.Title.Render(c.cut(title)))
		for _, problem := range problems {
			for i, line := range c.inset(2).wrap(problem.Text, c.theme.Text) {
				if i == 0 {
					lines = append(lines, mark(c.glyphs.No)+" "+line)
				} else {
					lines = append(lines, "  "+line)
				}
			}
			for _, line := range c.inset(2).wrap(problem.Hint, c.theme.Dim) {
				lines = append(lines, "  "+line)
			}
		}
		lines = append(lines, "")
	}
	refusal := "In the way"
	if r.harmless {
		refusal = "An installation here would refuse to begin"
	}
	section(refusal, r.plan.Blockers, func(s string) string { return c.theme.Error.Render(s) })
	section("Good to know", r.plan.Warnings, func(s string) string { return c.theme.Warning.Render(s) })

	lines = append(lines, c.theme.Title.Render("What happens"))
	fact := func(name, value string) {
		lines = append(lines, hang(c, fmt.Sprintf("%-9s  %s", name, value))...)
	}
	if r.plan.Host != "" {
		fact("Host", r.plan.Host)
	}
	for _, disk := range r.plan.Disks {
		what := "nothing is erased"
		if losses := lost(disk); loses(r.plan, disk) && len(losses) > 0 {
			what = "erases " + strings.Join(losses, "; ")
		} else if loses(r.plan, disk) {
			what = "formatted; it holds nothing now"
		}
		fact("Disk", diskName(disk)+": "+what)
	}
	fact("Files", fileCounts(r.plan.Files, r.present))
	fact("Actions", fmt.Sprint(len(r.plan.Actions)))
	if back := wayBack(r.plan, r.past); back != "" {
		fact("Undo", back)
	}
	if len(r.plan.Hash) >= 16 {
		fact("Plan", r.plan.Hash[:16])
	}
	return lines
}

// actions lists what is done in order, grouped by the step that it belongs
// to, with what each action erases.
func (r review) actions(c canvas) []string {
	var lines []string
	group := ""
	for i, action := range r.plan.Actions {
		if step, _, _ := strings.Cut(action.ID, "/"); step != group {
			if len(lines) > 0 {
				lines = append(lines, "")
			}
			group = step
			lines = append(lines, c.theme.Title.Render(c.cut(oneLine(strings.ToUpper(step[:min(1, len(step))])+step[min(1, len(step)):]))))
		}
		if i == noReturn(r.plan.Actions) {
			for _, line := range c.inset(4).fault(pointOfNoReturn, "") {
				lines = append(lines, "    "+line)
			}
		}
		lines = append(lines, hang(c, fmt.Sprintf("%2d  %s", i+1, action.Title))...)
		for _, command := range action.Commands {
			for _, line := range c.inset(6).wrap(commandLine(command), c.theme.Dim) {
				lines = append(lines, "      "+line)
			}
		}
		for _, erasure := range action.Erases {
			for _, line := range c.inset(4).fault("erases "+regionsOf(erasure), "") {
				lines = append(lines, "    "+line)
			}
		}
	}
	if len(lines) == 0 {
		return []string{c.theme.Dim.Render("nothing is done")}
	}
	return lines
}

// commandLine is a command as a person would type it. Arguments that a
// shell would take apart are quoted.
func commandLine(command steps.Command) string {
	words := make([]string, 0, len(command.Argv))
	for _, word := range command.Argv {
		if word == "" || strings.ContainsAny(word, " \t\n'\"\\$`*?[]{}()<>|&;#~!") {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func regionsOf(erasure steps.Erasure) string {
	name := erasure.Disk.Model
	if name == "" {
		name = erasure.Disk.ID
	}
	parts := make([]string, 0, len(erasure.Regions))
	for _, region := range erasure.Regions {
		parts = append(parts, regionName(region)+", "+size(region.Size))
	}
	if len(parts) == 0 {
		return "all of " + name
	}
	return strings.Join(parts, "; ") + "; on " + name
}
