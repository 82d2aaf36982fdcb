// Package enroll is the step that puts the machine's keys into its TPM.
//
// Its rules:
//
//   - The keys that the machine itself uses (host/*) never have a PIN: they
//     work at boot, when nobody is there to type one.
//   - The operator's keys (user/*) are put on a machine only where that was
//     chosen, with a PIN unless it was declined.
//   - Without a TPM the keys are files, and the difference is said plainly.
package enroll

import "codeberg.org/mnemonix/mnemonix/steps"

// Step asks which keys go where, and plans their enrolment.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "enroll" }

// Title heads the page.
func (Step) Title() string { return "Keys" }
