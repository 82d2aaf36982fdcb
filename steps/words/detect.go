package words

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Detect has nothing to detect: the words are on paper or not yet anywhere.
func (Step) Detect(context.Context, run.Runner) steps.Finding { return steps.Nothing }
