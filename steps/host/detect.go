package host

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Detect has nothing of its own: what the machine is called now is a fact of
// the hardware step.
func (Step) Detect(context.Context, run.Runner) steps.Finding { return steps.Nothing }
