// Package features is the step that asks what the machine is for: features,
// desktop, and the modules of the flake with their settings.
//
// Its rules:
//
//   - What can be chosen, what it needs and what is worth a warning stands
//     in the catalog (assets/catalog.yaml). Here is only how its conditions
//     are looked up in facts and answers.
//   - What cannot be chosen is shown with the reason, never hidden.
//   - A warning never stops anybody. What cannot work is refused by
//     steps/answers, with the same catalog.
package features

import "codeberg.org/mnemonix/mnemonix/steps"

// Step asks for features, desktop and modules.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "features" }

// Title heads the page.
func (Step) Title() string { return "Features" }
