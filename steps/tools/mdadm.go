package tools

import "codeberg.org/mnemonix/mnemonix/steps"

// StopArray takes an array apart that nobody uses; its members stay as they
// are.
// Source: mdadm(8), MISC MODE.
func StopArray(device string) steps.Command {
	return steps.Command{Argv: []string{"mdadm", "--stop", device}}
}
