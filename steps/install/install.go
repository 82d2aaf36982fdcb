// Package install is the step that builds the system and makes it bootable.
//
// Its rules: the closure is built straight into the target's store, because
// the live system's own store is in RAM; nixos-install then finds everything
// there and only links, activates and writes the boot loader.
package install

import "codeberg.org/mnemonix/mnemonix/steps"

// Step builds and installs.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "install" }

// Title heads the page.
func (Step) Title() string { return "Install" }
