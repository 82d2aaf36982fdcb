package finish

import "codeberg.org/mnemonix/mnemonix/steps"

// Ask asks nothing.
func (Step) Ask(steps.Facts, steps.Answers) []steps.Question { return nil }
