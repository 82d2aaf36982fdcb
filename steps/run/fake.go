package run

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing/fstest"
)

// Fake answers from a script and keeps its files in memory. It is strict: a
// command that the script does not name next, and one that it names and
// nobody ran, are errors.
type Fake struct {
	mutex   sync.Mutex
	files   fstest.MapFS
	script  []Expected
	missing map[string]bool
	faults  []string
	// Before, where it is set, is called before each command and each write
	// with what is about to happen; its error is the outcome. Tests pull
	// the plug there.
	Before func(what string) error
}

// Expected is one command of a Fake's script and what it answers.
type Expected struct {
	Argv   []string
	Stdout string
	Stderr string
	Status int
	Err    error  // in place of a status: a timeout, a signal
	Secret string // what standard input has to hold, where it matters
	Any    bool   // may come in any order, any number of times
	Hangs  bool   // prints what it prints, and ends only with its context
	// Effect is what the command does to the files.
	Effect func(files fstest.MapFS)
}

// NewFake returns a Fake with this script.
func NewFake(script ...Expected) *Fake {
	return &Fake{files: fstest.MapFS{}, script: script, missing: map[string]bool{}}
}

// Without makes programs missing.
func (f *Fake) Without(programs ...string) *Fake {
	for _, program := range programs {
		f.missing[program] = true
	}
	return f
}

// Put puts a file in its place, whatever was there before.
func (f *Fake) Put(name, content string) *Fake {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.files[key(name)] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
	return f
}

// Unmet says what the script expected and nobody ran, and what was run that
// it did not expect. A test ends with it; nil is what it wants.
func (f *Fake) Unmet() error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	var left []error
	for _, fault := range f.faults {
		left = append(left, errors.New(fault))
	}
	for _, expected := range f.script {
		if !expected.Any {
			left = append(left, fmt.Errorf("expected and never run: %s", strings.Join(quoted(expected.Argv), " ")))
		}
	}
	return errors.Join(left...)
}

// Run answers from the script.
func (f *Fake) Run(ctx context.Context, cmd Command) (Result, error) {
	if ctx.Err() != nil {
		return Result{Status: -1}, &Error{Argv: cmd.Argv, Status: -1, Err: context.Cause(ctx)}
	}
	if err := f.before("run " + strings.Join(quoted(cmd.Argv), " ")); err != nil {
		return Result{Status: -1}, err
	}
	expected, err := f.expected(cmd)
	if err != nil {
		return Result{Status: -1}, err
	}
	for line := range strings.Lines(expected.Stderr) {
		if cmd.Line != nil {
			cmd.Line([]byte(strings.TrimRight(line, "\r\n")))
		}
	}
	if expected.Hangs {
		<-ctx.Done()
		expected.Status, expected.Err = -1, context.Cause(ctx)
	}
	result := Result{Stdout: []byte(expected.Stdout), Stderr: []byte(expected.Stderr), Status: expected.Status}
	if expected.Err != nil || expected.Status != 0 {
		return result, &Error{Argv: cmd.Argv, Status: expected.Status, Last: lastLine(result.Stderr), Err: expected.Err}
	}
	return result, nil
}

// expected is what the script has for a command, whose effect it has then.
func (f *Fake) expected(cmd Command) (Expected, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	expected, found := f.take(cmd.Argv)
	if !found {
		fault := "not expected: " + strings.Join(quoted(cmd.Argv), " ")
		f.faults = append(f.faults, fault)
		return expected, &Error{Argv: cmd.Argv, Status: -1, Err: errors.New(fault)}
	}
	if expected.Secret != "" {
		given := ""
		if cmd.Secret != nil {
			cmd.Secret.Use(func(value []byte) { given = string(value) })
		}
		if given != expected.Secret {
			f.faults = append(f.faults, "another secret on standard input of "+cmd.Argv[0])
		}
	}
	if expected.Effect != nil {
		expected.Effect(f.files)
	}
	return expected, nil
}

// take finds the command in the script: the first one that is not Any must
// be it, or one that is Any equals it.
func (f *Fake) take(argv []string) (Expected, bool) {
	for i, expected := range f.script {
		if slices.Equal(expected.Argv, argv) {
			if !expected.Any {
				f.script = slices.Delete(slices.Clone(f.script), i, i+1)
			}
			return expected, true
		}
		if !expected.Any {
			for _, later := range f.script[i+1:] {
				if later.Any && slices.Equal(later.Argv, argv) {
					return later, true
				}
			}
			return Expected{}, false
		}
	}
	return Expected{}, false
}

// LookPath finds every program but those that are missing.
func (f *Fake) LookPath(program string) (string, error) {
	if f.missing[program] {
		return "", &exec.Error{Name: program, Err: exec.ErrNotFound}
	}
	return "/run/current-system/sw/bin/" + program, nil
}
