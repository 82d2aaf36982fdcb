// Package host is the step that names the machine and its people.
//
// Its rules:
//
//   - The first name of a machine is also the NAME in its key labels; a later
//     rename leaves the keys alone.
//   - Exactly one person is the operator, and is asked for first. Further
//     people are asked for one after the other, until a name is left empty.
//   - A password goes to the secrets, never to the answers.
package host

import "codeberg.org/mnemonix/mnemonix/steps"

// Step asks for names and people.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "host" }

// Title heads the page.
func (Step) Title() string { return "Machine and people" }
