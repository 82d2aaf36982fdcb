package run

import (
	"context"
	"sync"
)

// Record runs what it is asked to run through another Runner, and keeps the
// argument lists.
type Record struct {
	Runner
	mutex    sync.Mutex
	commands [][]string
}

// NewRecord returns a Runner that records what goes through it.
func NewRecord(through Runner) *Record { return &Record{Runner: through} }

// Run runs the command and keeps its arguments.
func (r *Record) Run(ctx context.Context, cmd Command) (Result, error) {
	r.mutex.Lock()
	r.commands = append(r.commands, cmd.Argv)
	r.mutex.Unlock()
	return r.Runner.Run(ctx, cmd)
}

// Commands returns the argument lists in the order in which they ran.
func (r *Record) Commands() [][]string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return append([][]string(nil), r.commands...)
}
