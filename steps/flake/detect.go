package flake

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Detect has nothing to detect.
func (Step) Detect(context.Context, run.Runner) steps.Finding { return steps.Nothing }
