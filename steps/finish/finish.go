// Package finish is the step that ends an installation: what was done is kept
// on the new machine, and its disks are given back.
//
// Its rules: it comes after everything was verified, and from here on there
// is nothing to go on with. A machine that is switched off before the last
// action starts from its new disk all the same.
package finish

import "codeberg.org/mnemonix/mnemonix/steps"

// Step finishes.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "finish" }

// Title heads the page.
func (Step) Title() string { return "Finish" }
