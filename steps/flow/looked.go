package flow

import "codeberg.org/mnemonix/mnemonix/steps"

// looked is a step of which only the looking is wanted: others ask about what
// it finds.
type looked struct{ steps.Step }

// Ask has no questions.
func (looked) Ask(steps.Facts, steps.Answers) []steps.Question { return nil }

// Plan adds nothing.
func (looked) Plan(steps.Input, *steps.Plan) {}
