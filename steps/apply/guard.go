package apply

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Guard stands between the plan and the disks: nothing is written to a disk
// that is not the one which was reviewed. Package guard is the real one.
type Guard interface {
	// Begin is called once, before the first action: it looks at every disk
	// of the plan and shuts all others off. begun are the actions that an
	// earlier run has begun.
	Begin(ctx context.Context, plan steps.Plan, begun []string) error
	// Before is called before the commands of each action that is carried
	// out. An error means that nothing of the action happens.
	Before(ctx context.Context, action steps.Action) error
	// After is called when an action has ended, well or not: what it did to
	// its disks is now what is known of them.
	After(ctx context.Context, action steps.Action) error
	// End opens again what Begin shut, whatever happened in between.
	End(ctx context.Context) error
}

// unguarded is the guard of an apply that touches no disk.
type unguarded struct{}

// Begin lets everything begin.
func (unguarded) Begin(context.Context, steps.Plan, []string) error { return nil }

// Before looks at nothing.
func (unguarded) Before(context.Context, steps.Action) error { return nil }

// After learns nothing.
func (unguarded) After(context.Context, steps.Action) error { return nil }

// End has nothing to open again.
func (unguarded) End(context.Context) error { return nil }
