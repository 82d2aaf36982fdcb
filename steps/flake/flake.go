// Package flake is the step that writes the configuration: the tree of
// files, and the git repository that keeps it.
//
// Its rules:
//
//   - The tree comes from the package render; nothing is written by hand
//     here.
//   - What mnemonix wrote is kept on a branch of its own, and the operator's
//     branch begins there: a later run merges, it never overwrites.
//   - The flake sees only files that git tracks, so everything is added.
package flake

import "codeberg.org/mnemonix/mnemonix/steps"

// Step asks where the flake is kept and plans its writing.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "flake" }

// Title heads the page.
func (Step) Title() string { return "Flake" }
