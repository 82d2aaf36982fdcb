package finish

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Detect finds nothing.
func (Step) Detect(context.Context, run.Runner) steps.Finding { return steps.Nothing }
