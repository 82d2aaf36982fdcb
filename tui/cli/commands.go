package cli

import (
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// commandLines shows what the actions of a plan run, as a person would type
// it into a shell. A secret on standard input is named, not shown; what
// mnemonix does itself is said in a comment.
func commandLines(actions []steps.Action) []string {
	var lines []string
	for _, action := range actions {
		lines = append(lines, "# "+action.Title)
		if len(action.Commands) == 0 {
			lines = append(lines, "#   (mnemonix does this itself)")
		}
		for _, command := range action.Commands {
			lines = append(lines, commandLine(command))
		}
	}
	return lines
}

func commandLine(command steps.Command) string {
	words := make([]string, len(command.Argv))
	for i, arg := range command.Argv {
		words[i] = run.Quote(arg)
		if name, ok := strings.CutPrefix(arg, "$"); ok {
			words[i] = `"$` + name + `"` // what an earlier command printed
		}
	}
	line := strings.Join(words, " ")
	if command.Dir != "" {
		line = fmt.Sprintf("(cd %s && %s)", run.Quote(command.Dir), line)
	}
	if command.Keep != "" {
		line = command.Keep + "=$(" + line + ")"
	}
	switch {
	case command.Stdin != "":
		line += "   # standard input: " + command.Stdin
	case command.Text != "":
		line += " <<'END'\n" + strings.TrimSuffix(command.Text, "\n") + "\nEND"
	}
	return line
}
