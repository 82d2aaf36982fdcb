package features

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Detect has nothing of its own: the facts that matter here are those of the
// hardware and the network.
func (Step) Detect(context.Context, run.Runner) steps.Finding { return steps.Nothing }
