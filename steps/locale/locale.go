// Package locale is the step about time, language and keyboard.
//
// Its rules:
//
//   - The keymap is asked before any secret is typed: the passphrase of the
//     disk is typed again at boot, in the keymap that is chosen here.
//   - What the running system uses is the proposal; the lists of what can be
//     chosen are in the program, so the page is the same on every machine.
//   - A value that is not in a list is kept: the lists are for choosing, not
//     for refusing.
package locale

import "codeberg.org/mnemonix/mnemonix/steps"

// Step asks for time, language and keyboard.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "locale" }

// Title heads the page.
func (Step) Title() string { return "Time, language and keyboard" }
