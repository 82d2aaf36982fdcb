package install

import "codeberg.org/mnemonix/mnemonix/steps"

// Ask asks nothing: after the review there are no more questions.
func (Step) Ask(steps.Facts, steps.Answers) []steps.Question { return nil }
