package features

import "codeberg.org/mnemonix/mnemonix/steps"

// Plan adds the warnings. The features themselves are data of the flake,
// which package render writes.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	for _, problem := range Warnings(in.Facts, in.Answers) {
		plan.Warn(problem)
	}
}
