package enroll

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Detect has nothing of its own to detect: the step hardware reads what the
// kernel says of the TPM, and the chip itself is opened only to enrol.
func (Step) Detect(context.Context, run.Runner) steps.Finding { return steps.Nothing }
