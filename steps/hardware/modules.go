package hardware

import (
	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
)

// InitrdModules are the kernel modules that the initrd needs to reach the
// disks and a keyboard, as the flake will name them.
func InitrdModules(facts steps.Facts) []string { return render.InitrdModules(facts) }
