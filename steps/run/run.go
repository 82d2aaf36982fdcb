// Package run is the one door to the outside: no other package of mnemonix
// starts a process or writes a file.
//
// Its rules:
//
//   - A command is a list of arguments, never a shell string. It runs with
//     LC_ALL=C, a timeout, and an environment that holds no secret.
//   - Secrets reach a command by its standard input or by an inherited
//     descriptor; the Runner never prints, logs or records what they hold.
//   - Devices are read by a process of their own (ReadPart): what a dead disk
//     holds fast is left behind, and not the wizard.
//   - A file is written whole or not at all: beside its place, synced,
//     renamed. Many files may be synced together (PutFile, Sync).
//   - An error names the command, its status and the last line that it wrote
//     to standard error; all of what it wrote is in the log.
//   - Real does it, Dry tells it, Fake fails on what a test did not expect,
//     Record keeps what was asked for. Dry run is the same code with another
//     Runner.
package run

import (
	"context"
	"io/fs"
	"time"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// Runner runs commands and reads and writes files.
type Runner interface {
	// Run runs the command to its end. A status other than 0 is an *Error.
	Run(ctx context.Context, cmd Command) (Result, error)
	// LookPath finds a program; the error wraps exec.ErrNotFound.
	LookPath(program string) (string, error)

	Reader
	Writer
}

// Reader reads files. Names are absolute; a Runner that reads a recorded
// machine looks them up below the record's folder.
type Reader interface {
	ReadFile(name string) ([]byte, error)
	// ReadPart reads a part of a file or a device, by bytes; what ends before
	// it does is read to its end. It waits as long as the device does: where
	// one may hang, it is called through probe.Within.
	ReadPart(name string, offset, size uint64) ([]byte, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	ReadLink(name string) (string, error)
	Stat(name string) (fs.FileInfo, error)
	// Root is the folder below which names are looked up: "/" on the
	// machine itself.
	Root() string
}

// Writer changes files.
type Writer interface {
	// WriteFile puts a whole file in its place: written beside it, synced,
	// renamed.
	WriteFile(name string, data []byte, perm fs.FileMode) error
	// PutFile does the same but for the waiting: what it wrote is on the disk
	// after the next Sync. For many files at once.
	PutFile(name string, data []byte, perm fs.FileMode) error
	// AppendFile adds data to the end of a file and syncs it.
	AppendFile(name string, data []byte, perm fs.FileMode) error
	MkdirAll(name string, perm fs.FileMode) error
	// Remove removes a file or an empty folder; one that is not there is no
	// error.
	Remove(name string) error
	// RemoveAll removes a folder with all that is in it.
	RemoveAll(name string) error
	Rename(from, to string) error
	Symlink(target, name string) error
	// Sync returns when all that was written so far, also by programs, is on
	// its disks.
	// Source: sync(2).
	Sync()
}

// DefaultTimeout ends a command whose Timeout is 0.
const DefaultTimeout = 30 * time.Second

// Command is one program run.
type Command struct {
	Argv    []string
	Dir     string
	Env     []string       // added to LC_ALL=C and the few variables that programs need
	Text    string         // standard input that is no secret
	Secret  *secret.Secret // standard input that is one; wins over Text
	Timeout time.Duration  // 0: DefaultTimeout; below 0: none
	Owner   string         // run as this user; empty: as we are
	// Line receives each line of standard error as it comes, for progress.
	Line func(line []byte)
}

// Result is what a command printed and how it ended.
type Result struct {
	Stdout []byte
	Stderr []byte
	Status int
}
