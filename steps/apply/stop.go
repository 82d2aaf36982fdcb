package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// A run is stopped in two steps. The first is the wish to stop: the end of
// its context, which is heard between two actions, and inside one only where
// the plan says so. The second is the order to end what runs now: a program
// that hangs would be waited for otherwise, for ever. It leaves an action half
// done, and a later run repairs that: to the journal it was begun and has not
// ended, as after a power cut.

// orderKey is where a context holds the order.
type orderKey struct{}

// WithEnd returns a context for Run, and the function that gives the order to
// end what runs now. An order that the parent holds counts too.
func WithEnd(parent context.Context) (ctx context.Context, end context.CancelFunc) {
	order, end := context.WithCancel(orderOf(parent))
	return context.WithValue(parent, orderKey{}, order), end
}

// orderOf is the context that ends with the order.
func orderOf(ctx context.Context) context.Context {
	if order, ok := ctx.Value(orderKey{}).(context.Context); ok {
		return order
	}
	return context.Background()
}

// ErrEnded is what becomes of a program that ran when the order came.
var ErrEnded = errors.New("was ended by the operator")

// ErrStuck is what becomes of an action that does not end even then: it waits
// in the kernel for a device that does not answer.
var ErrStuck = errors.New("does not end: it waits for a device that does not answer")

// stuckAfter is how long an action has to end after the order: longer than a
// Runner takes to end a program.
const stuckAfter = 15 * time.Second

// wishes are the contexts of one run.
type wishes struct {
	stop  context.Context // ends with the wish to stop
	order context.Context // ends with the order to end what runs now
	last  context.Context // never ends: for what has to be finished
}

// wished takes the wishes out of the context of a run. release gives back what
// it took.
func wished(ctx context.Context) (w wishes, release func()) {
	last := context.WithoutCancel(ctx)
	order, end := context.WithCancelCause(last)
	heard := context.AfterFunc(orderOf(ctx), func() { end(ErrEnded) })
	return wishes{stop: ctx, order: order, last: last}, func() {
		heard()
		end(nil)
	}
}

// inside is the context of the programs of an action.
func (w wishes) inside(action steps.Action) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(w.order)
	if !action.Stoppable {
		return ctx, func() { end(nil) }
	}
	heard := context.AfterFunc(w.stop, func() { end(ErrEnded) })
	return ctx, func() {
		heard()
		end(nil)
	}
}

// wasEnded says that an action ended so because its context did.
func wasEnded(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, ErrEnded) || errors.Is(err, context.Canceled))
}

// stopped says that nothing more is to begin.
func (w wishes) stopped() bool { return w.stop.Err() != nil || w.order.Err() != nil }

// before is the end of a run that stopped between two actions.
func before(action steps.Action) error {
	return fmt.Errorf("%w before: %s", ErrInterrupted, action.Title)
}

// halfDone is the end of a run that stopped inside of an action.
type halfDone struct {
	action steps.Action
	err    error  // which program was ended
	hint   string // what brings back what is half done
}

func (h *halfDone) Error() string {
	return fmt.Sprintf("%v inside: %s: %v", ErrInterrupted, h.action.Title, h.err)
}

func (h *halfDone) Unwrap() []error { return []error{ErrInterrupted, h.err} }

// Hint says what brings back what is half done.
func (h *halfDone) Hint() string {
	if stuck(h.err) {
		return stuckHint
	}
	return cmp.Or(h.hint, "it is half done; mnemonix resume does it again, from its beginning")
}

// stuck says that something of the run still hangs in the kernel: nothing can
// go on beside it.
func stuck(err error) bool { return errors.Is(err, ErrStuck) || errors.Is(err, run.ErrUnkillable) }

// stuckHint is what helps then.
const stuckHint = "start the machine again; then: mnemonix resume"

// attend waits for the end of what do does, but after the order not for ever.
func (w wishes) attend(do func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- do() }()
	select {
	case err := <-ended:
		return err
	case <-w.order.Done():
	}
	patience := time.NewTimer(stuckAfter)
	defer patience.Stop()
	select {
	case err := <-ended:
		return err
	case <-patience.C:
		return ErrStuck
	}
}
