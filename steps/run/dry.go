package run

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Dry reads like the Runner that it stands before, and tells what it would
// run and write instead of doing it.
type Dry struct {
	Reader
	Out  io.Writer
	Look func(program string) (string, error)
}

// NewDry returns a Runner that reads through real and changes nothing.
func NewDry(real Runner, out io.Writer) *Dry {
	return &Dry{Reader: real, Out: out, Look: real.LookPath}
}

// Run tells the command.
func (d *Dry) Run(_ context.Context, cmd Command) (Result, error) {
	_, err := fmt.Fprintf(d.Out, "would run: %s\n", strings.Join(quoted(cmd.Argv), " "))
	return Result{}, err
}

// LookPath finds a program, as the Runner behind does.
func (d *Dry) LookPath(program string) (string, error) { return d.Look(program) }

// WriteFile tells the file.
func (d *Dry) WriteFile(name string, data []byte, perm fs.FileMode) error {
	_, err := fmt.Fprintf(d.Out, "would write: %s (%d bytes, mode %04o)\n", name, len(data), perm)
	return err
}

// PutFile tells the file.
func (d *Dry) PutFile(name string, data []byte, perm fs.FileMode) error {
	return d.WriteFile(name, data, perm)
}

// AppendFile tells the file.
func (d *Dry) AppendFile(name string, data []byte, _ fs.FileMode) error {
	_, err := fmt.Fprintf(d.Out, "would append to: %s (%d bytes)\n", name, len(data))
	return err
}

// Sync has nothing to wait for.
func (d *Dry) Sync() {}

// MkdirAll tells the folder.
func (d *Dry) MkdirAll(name string, _ fs.FileMode) error {
	_, err := fmt.Fprintf(d.Out, "would make folder: %s\n", name)
	return err
}

// Remove tells the file.
func (d *Dry) Remove(name string) error {
	_, err := fmt.Fprintf(d.Out, "would remove: %s\n", name)
	return err
}

// RemoveAll tells the folder.
func (d *Dry) RemoveAll(name string) error {
	_, err := fmt.Fprintf(d.Out, "would remove with all that is in it: %s\n", name)
	return err
}

// Rename tells both names.
func (d *Dry) Rename(from, to string) error {
	_, err := fmt.Fprintf(d.Out, "would move: %s -> %s\n", from, to)
	return err
}

// Symlink tells the link.
func (d *Dry) Symlink(target, name string) error {
	_, err := fmt.Fprintf(d.Out, "would link: %s -> %s\n", name, target)
	return err
}
