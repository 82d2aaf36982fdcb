// Package verify is the step that looks whether what was installed is really
// there. Success is said only after it.
package verify

import "codeberg.org/mnemonix/mnemonix/steps"

// Step verifies.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "verify" }

// Title heads the page.
func (Step) Title() string { return "Verify" }
