package words

import "codeberg.org/mnemonix/mnemonix/steps"

// Plan adds nothing: the words never enter a plan. Their public keys do, as
// data, by the steps that use them.
func (Step) Plan(steps.Input, *steps.Plan) {}
