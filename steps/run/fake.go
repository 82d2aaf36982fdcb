package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os/exec"
	"path"
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
	if err := ctx.Err(); err != nil {
		return Result{Status: -1}, &Error{Argv: cmd.Argv, Status: -1, Err: err}
	}
	if err := f.before("run " + strings.Join(quoted(cmd.Argv), " ")); err != nil {
		return Result{Status: -1}, err
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	expected, found := f.take(cmd.Argv)
	if !found {
		fault := "not expected: " + strings.Join(quoted(cmd.Argv), " ")
		f.faults = append(f.faults, fault)
		return Result{Status: -1}, &Error{Argv: cmd.Argv, Status: -1, Err: errors.New(fault)}
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
	for line := range strings.Lines(expected.Stderr) {
		if cmd.Line != nil {
			cmd.Line([]byte(strings.TrimRight(line, "\r\n")))
		}
	}
	result := Result{Stdout: []byte(expected.Stdout), Stderr: []byte(expected.Stderr), Status: expected.Status}
	if expected.Err != nil || expected.Status != 0 {
		return result, &Error{Argv: cmd.Argv, Status: expected.Status, Last: lastLine(result.Stderr), Err: expected.Err}
	}
	return result, nil
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

// Root is "/": a Fake is a machine.
func (f *Fake) Root() string { return "/" }

// ReadFile reads from memory.
func (f *Fake) ReadFile(name string) ([]byte, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.files.ReadFile(key(name))
}

// ReadPart reads a part of a file in memory.
func (f *Fake) ReadPart(name string, offset, size uint64) ([]byte, error) {
	data, err := f.ReadFile(name)
	if err != nil {
		return nil, err
	}
	data = data[min(offset, uint64(len(data))):]
	return data[:min(size, uint64(len(data)))], nil
}

// ReadDir lists from memory.
func (f *Fake) ReadDir(name string) ([]fs.DirEntry, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.files.ReadDir(key(name))
}

// ReadLink reads a link from memory.
func (f *Fake) ReadLink(name string) (string, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	file, ok := f.files[key(name)]
	if !ok || file.Mode&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrNotExist}
	}
	return string(file.Data), nil
}

// Stat describes a file in memory.
func (f *Fake) Stat(name string) (fs.FileInfo, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.files.Stat(key(name))
}

// WriteFile writes to memory.
func (f *Fake) WriteFile(name string, data []byte, perm fs.FileMode) error {
	return f.change("write "+name, func() {
		f.files[key(name)] = &fstest.MapFile{Data: slices.Clone(data), Mode: perm}
	})
}

// AppendFile appends in memory.
func (f *Fake) AppendFile(name string, data []byte, perm fs.FileMode) error {
	return f.change("append "+name, func() {
		file, ok := f.files[key(name)]
		if !ok {
			file = &fstest.MapFile{Mode: perm}
			f.files[key(name)] = file
		}
		file.Data = append(file.Data, data...)
	})
}

// Sync is told to Before, whose error has nobody to go to.
func (f *Fake) Sync() { _ = f.before("sync") }

// MkdirAll makes a folder in memory.
func (f *Fake) MkdirAll(name string, perm fs.FileMode) error {
	return f.change("mkdir "+name, func() {
		f.files[key(name)] = &fstest.MapFile{Mode: perm | fs.ModeDir}
	})
}

// Remove removes a file from memory.
func (f *Fake) Remove(name string) error {
	return f.change("remove "+name, func() { delete(f.files, key(name)) })
}

// RemoveAll removes a folder from memory.
func (f *Fake) RemoveAll(name string) error {
	return f.change("remove all "+name, func() {
		for file := range f.files {
			if file == key(name) || strings.HasPrefix(file, key(name)+"/") {
				delete(f.files, file)
			}
		}
	})
}

// Rename moves a file or a folder in memory.
func (f *Fake) Rename(from, to string) error {
	return f.change("rename "+from+" "+to, func() {
		for name, file := range maps.Clone(f.files) {
			if name == key(from) || strings.HasPrefix(name, key(from)+"/") {
				delete(f.files, name)
				f.files[key(to)+strings.TrimPrefix(name, key(from))] = file
			}
		}
	})
}

// Symlink makes a link in memory.
func (f *Fake) Symlink(target, name string) error {
	return f.change("link "+name, func() {
		f.files[key(name)] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
	})
}

func (f *Fake) change(what string, do func()) error {
	if err := f.before(what); err != nil {
		return err
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	do()
	return nil
}

func (f *Fake) before(what string) error {
	if f.Before == nil {
		return nil
	}
	return f.Before(what)
}

func key(name string) string {
	if cleaned := strings.TrimPrefix(path.Clean("/"+name), "/"); cleaned != "" {
		return cleaned
	}
	return "."
}
