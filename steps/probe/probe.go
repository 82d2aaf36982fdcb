// Package probe looks at the machine.
//
// Its rules:
//
//   - A probe only reads. Each has a time limit and runs beside the others: a
//     disk that hangs, or a program that does, costs its own facts and no
//     others.
//   - A probe that could not look says so in Facts.Absent. Nothing is made up
//     in its place.
//   - A recorded machine gives the same facts however busy the machine is that
//     reads it: there no probe has a limit.
//   - What the probes found is entered in the order in which they were named,
//     so the same machine gives the same facts.
//   - Names are absolute and read through run.Reader, so that a recorded
//     machine is looked at by the same code.
package probe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"sync"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// DefaultLimit is what a probe gets whose Limit is 0. Files in /sys and
// /proc answer within microseconds; what takes longer does not answer.
const DefaultLimit = 5 * time.Second

// Probe is one look at the machine.
type Probe struct {
	Name  string        // as Facts.Absent shows it: "tpm"
	Limit time.Duration // 0: DefaultLimit
	// Look returns what it found. With an error it may still return a
	// finding: what could be found without the part that failed.
	Look func(ctx context.Context) (steps.Finding, error)
}

// answer is what one probe came back with.
type answer struct {
	finding steps.Finding
	err     error
}

// Together runs the probes beside each other and returns one finding that
// enters all of theirs. It returns when the slowest has answered or is out of
// time; a probe that hangs is left behind.
func Together(ctx context.Context, probes ...Probe) steps.Finding {
	answers := make([]answer, len(probes))
	var looking sync.WaitGroup
	for i, one := range probes {
		limit := one.Limit
		if limit == 0 {
			limit = DefaultLimit
		}
		looking.Go(func() {
			answers[i].finding, answers[i].err = Within(ctx, limit, one.Look)
		})
	}
	looking.Wait()
	return func(facts *steps.Facts) {
		for i, got := range answers {
			if got.finding != nil {
				got.finding(facts)
			}
			if got.err != nil {
				Absent(probes[i].Name, got.err)(facts)
			}
		}
	}
}

// Absent is the finding of a probe that could not look.
func Absent(name string, err error) steps.Finding {
	reason := Reason(err)
	return func(facts *steps.Facts) {
		facts.Absent = append(facts.Absent, steps.Absence{Probe: name, Reason: reason})
	}
}

// Reason says why a probe could not look, without the folder of a recorded
// machine in it: the same record gives the same facts wherever it lies.
func Reason(err error) string {
	var missing *NotHere
	var path *fs.PathError
	var program *exec.Error
	switch {
	case errors.As(err, &missing):
		return missing.Error()
	case errors.As(err, &program):
		return NoProgram(program.Name).Error()
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return Shown(err.Error())
}

// NoProgram is the error of a probe that needs a program which is not there,
// or of which a recorded machine has no answer.
func NoProgram(name string) error { return fmt.Errorf("there is no program %s", name) }

// NotHere is the error of a probe whose place does not exist on this machine.
type NotHere struct{ Name string }

func (n *NotHere) Error() string { return n.Name + " does not exist here" }

// patient is the mark of a context in which no probe has a limit.
type patient struct{}

// Patient is the context of probes that read a recorded machine: its files do
// not hang, and what takes long is the machine that reads them, which must not
// change what the record says.
func Patient(ctx context.Context) context.Context { return context.WithValue(ctx, patient{}, true) }

// LimitOf is the limit of a probe in that context; below 0 it has none.
func LimitOf(ctx context.Context, limit time.Duration) time.Duration {
	if ctx.Value(patient{}) != nil {
		return -1
	}
	return limit
}

// Within calls a function and waits for it no longer than the limit: what
// hangs on a dead disk cannot be killed, and is left behind.
func Within[T any](ctx context.Context, limit time.Duration, call func(context.Context) (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	if limit = LimitOf(ctx, limit); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
		defer cancel()
	}
	result := make(chan outcome, 1) // has room, so that what was left behind can still end
	go func() {
		value, err := call(ctx)
		result <- outcome{value, err}
	}()
	select {
	case got := <-result:
		return got.value, got.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
