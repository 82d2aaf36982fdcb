// Package change is the step that runs again on a machine that mnemonix
// manages: it merges a new rendering of the flake into what the operator made
// of it, builds the system and switches to it.
//
// Its rules:
//
//   - What git computes before the review goes into a folder of its own: the
//     repository gets nothing until the review was accepted.
//   - A hand edit is never overwritten. Where one meets the change, the
//     operator's branch and files stay as they are, and the conflict is shown.
//   - What is not committed stays as it is, or is in the way and is said so.
//   - The operator's branch moves last. A run that was cut off before leaves
//     PendingRef behind, and the next one goes on from there.
//   - git and nix run as the owner of the repository.
package change

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Step plans what follows from a merge that was computed; it asks nothing.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "change" }

// Title heads the page.
func (Step) Title() string { return "Change" }

// Ask has no questions.
func (Step) Ask(steps.Facts, steps.Answers) []steps.Question { return nil }

// Detect has nothing to detect.
func (Step) Detect(context.Context, run.Runner) steps.Finding { return steps.Nothing }
