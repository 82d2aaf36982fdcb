package cli

import (
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/apply/guard"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// newGuard is what stands between a plan and the disks.
func newGuard(runner run.Runner) apply.Guard { return guard.New(runner, run.Exclusive) }
