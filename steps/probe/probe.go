// Package probe looks at the machine.
//
// Its rules:
//
//   - A probe only reads. Each has a time limit and runs beside the others: a
//     disk that hangs, or a program that does, costs its own facts and no
//     others.
//   - A probe that could not look says so in Facts.Absent. Nothing is made up
//     in its place.
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
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// DefaultLimit is what a probe gets whose Limit is 0. Files in /sys and
// /proc answer within microseconds; what takes longer does not answer.
const DefaultLimit = 3 * time.Second

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
	answers := make([]<-chan answer, len(probes))
	contexts := make([]context.Context, len(probes))
	for i, one := range probes {
		limit := one.Limit
		if limit == 0 {
			limit = DefaultLimit
		}
		var cancel context.CancelFunc
		contexts[i], cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
		defer cancel()
		answers[i] = start(contexts[i], one)
	}
	findings := make([]steps.Finding, 0, len(probes))
	for i, one := range probes {
		var got answer
		select {
		case got = <-answers[i]:
		case <-contexts[i].Done():
			got.err = context.Cause(contexts[i])
		}
		if got.finding != nil {
			findings = append(findings, got.finding)
		}
		if got.err != nil {
			findings = append(findings, Absent(one.Name, got.err))
		}
	}
	return func(facts *steps.Facts) {
		for _, enter := range findings {
			enter(facts)
		}
	}
}

func start(ctx context.Context, one Probe) <-chan answer {
	// With room for one answer, a probe that is left behind can still end.
	result := make(chan answer, 1)
	go func() {
		finding, err := one.Look(ctx)
		result <- answer{finding: finding, err: err}
	}()
	return result
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
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

// NoProgram is the error of a probe that needs a program which is not there,
// or of which a recorded machine has no answer.
func NoProgram(name string) error { return fmt.Errorf("there is no program %s", name) }

// NotHere is the error of a probe whose place does not exist on this machine.
type NotHere struct{ Name string }

func (n *NotHere) Error() string { return n.Name + " does not exist here" }

// Within calls a function and waits for it no longer than the limit: what
// hangs on a dead disk cannot be killed, and is left behind.
func Within[T any](ctx context.Context, limit time.Duration, call func(context.Context) (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
	defer cancel()
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
