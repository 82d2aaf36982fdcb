package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// newFolder is the absolute name of a folder that is to become the flake,
// with symbolic links followed, or says why it cannot become one: it is in
// use, it is no folder, it cannot be moved or written to. All of that is
// known before the first question is asked and the first file is written.
func newFolder(reader run.Reader, out string) (string, error) {
	out, err := filepath.Abs(out)
	if err != nil {
		return "", fault(err)
	}
	switch real, err := filepath.EvalSymlinks(out); {
	case err == nil:
		out = real
	case errors.Is(err, fs.ErrNotExist) && isLink(out):
		return "", usage(fmt.Errorf("%s is a symbolic link that leads nowhere", out), "name the folder itself")
	}
	entries, err := reader.ReadDir(out)
	switch {
	case err == nil && len(entries) > 0:
		return "", usage(fmt.Errorf("%s is not empty: nothing was written", out), "name a folder that is new or empty; what stands there is never overwritten")
	case err == nil:
		if here, err := os.Getwd(); err == nil && sameFile(here, out) {
			return "", usage(fmt.Errorf("%s is the folder that you are in", out), "name a new folder in it")
		}
		if isMountPoint(out) {
			return "", usage(fmt.Errorf("%s is a mount point, which cannot be replaced by a flake that is whole", out), "name a new folder in it")
		}
	case !errors.Is(err, fs.ErrNotExist):
		return "", usage(fmt.Errorf("%s cannot be the folder of a flake: %w", out, err), "")
	}
	return out, writable(filepath.Dir(out))
}

// writable says why nothing can be made in a folder, or in the nearest one
// above it that exists.
func writable(folder string) error {
	const write, search = 2, 1 // W_OK and X_OK of access(2)
	for ; ; folder = filepath.Dir(folder) {
		switch err := syscall.Access(folder, write|search); {
		case err == nil:
			return nil
		case errors.Is(err, fs.ErrNotExist) && folder != filepath.Dir(folder):
		default:
			return lacks(fmt.Errorf("%s cannot be written to: %w", folder, err), "choose a folder that can be written to")
		}
	}
}

func isLink(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// isMountPoint says that a folder is the root of a file system: it is on
// another device than the folder that it stands in.
func isMountPoint(folder string) bool {
	own, errOwn := deviceOf(folder)
	above, errAbove := deviceOf(filepath.Dir(folder))
	return errOwn == nil && errAbove == nil && own != above
}

// deviceOf is the number of the device that a file is on.
func deviceOf(name string) (uint64, error) {
	var stat syscall.Stat_t
	if err := syscall.Stat(name, &stat); err != nil {
		return 0, err
	}
	return stat.Dev, nil
}

func sameFile(a, b string) bool {
	one, errOne := os.Stat(a)
	other, errOther := os.Stat(b)
	return errOne == nil && errOther == nil && os.SameFile(one, other)
}
