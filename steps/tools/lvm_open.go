package tools

import "codeberg.org/mnemonix/mnemonix/steps"

// Activate opens all volumes of a group.
// Source: vgchange(8).
func Activate(group string) steps.Command {
	return steps.Command{Argv: []string{"vgchange", "--activate", "y", group}}
}
