package run

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// LockedError is a lock that somebody else holds.
type LockedError struct {
	Name   string // of the lock's file
	Holder string // what the holder wrote into it: "mnemonix install, process 4711"
}

func (e *LockedError) Error() string {
	if e.Holder == "" {
		return e.Name + " is held by another process"
	}
	return e.Name + " is held by " + e.Holder
}

// Lock takes the lock of that name for this process and writes down who holds
// it. It ends with the process, however that ends, or by release. A lock that
// is held is a *LockedError.
// Source: flock(2); the lock is of the open file and not of its name.
func Lock(name, holder string) (release func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, fmt.Errorf("take the lock: %w", err)
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("take the lock: %w", err)
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		text, _ := io.ReadAll(io.LimitReader(file, 1<<10)) // who holds it is a courtesy
		_ = file.Close()
		return nil, &LockedError{Name: name, Holder: strings.TrimSpace(string(text))}
	}
	if err == nil {
		err = errors.Join(file.Truncate(0), writeAt(file, holder+"\n"))
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("take the lock %s: %w", name, reason(err))
	}
	return func() error {
		return errors.Join(file.Truncate(0), file.Close())
	}, nil
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}
