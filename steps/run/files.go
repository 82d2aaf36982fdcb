package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"syscall"
)

// Files reads and writes files below a root folder.
type Files struct{ root string }

// NewFiles returns the files below root; "" is "/".
func NewFiles(root string) Files {
	if root == "" {
		root = "/"
	}
	return Files{root: filepath.Clean(root)}
}

// Root is the folder below which names are looked up.
func (f Files) Root() string { return f.root }

// ReadFile reads a whole file.
func (f Files) ReadFile(name string) ([]byte, error) { return os.ReadFile(f.at(name)) }

// ReadPart reads a part of a file or a device. It opens it for reading and
// nothing else: a device that was open for writing is looked at anew by udev.
func (f Files) ReadPart(name string, offset, size uint64) ([]byte, error) {
	file, err := os.Open(f.at(name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if offset > math.MaxInt64 || size > maxPart {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("there is no part of %d bytes at %d", size, offset)}
	}
	part := make([]byte, size)
	count, err := file.ReadAt(part, int64(offset))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return part[:count], err
}

// maxPart is more than anybody reads of a device at once.
const maxPart = 64 << 20

// ReadDir lists a folder, sorted by name.
func (f Files) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(f.at(name)) }

// ReadLink reads where a symbolic link points to.
func (f Files) ReadLink(name string) (string, error) { return os.Readlink(f.at(name)) }

// Stat describes a file.
func (f Files) Stat(name string) (fs.FileInfo, error) { return os.Stat(f.at(name)) }

// WriteFile puts a whole file in its place. What stood there before stays
// until the new content is on the disk.
func (f Files) WriteFile(name string, data []byte, perm fs.FileMode) error {
	return replace(f.at(name), data, perm, func(part *os.File) error { return part.Sync() }, syncFolder)
}

// PutFile puts a whole file in its place and waits for no disk.
func (f Files) PutFile(name string, data []byte, perm fs.FileMode) error {
	return replace(f.at(name), data, perm, func(*os.File) error { return nil }, func(string) error { return nil })
}

// replace puts a file in the place of another; sync and syncFolder wait until
// what is written, and under which name, is on the disk.
func replace(name string, data []byte, perm fs.FileMode, sync func(*os.File) error, syncFolder func(string) error) (err error) {
	part, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, reason(err))
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.Name())
			err = fmt.Errorf("write %s: %w", name, reason(err))
		}
	}()
	_, writing := part.Write(data)
	if err := errors.Join(writing, part.Chmod(perm), sync(part)); err != nil {
		return errors.Join(err, part.Close())
	}
	renaming := os.Rename(part.Name(), name)
	// Synced once more under its new name: on FAT the length of a file stands
	// in its folder, and a power cut now would leave it empty there.
	if err := errors.Join(renaming, sync(part), part.Close()); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// AppendFile adds data to the end of a file and syncs it.
func (f Files) AppendFile(name string, data []byte, perm fs.FileMode) error {
	name = f.at(name)
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, perm)
	if err != nil {
		return fmt.Errorf("append to %s: %w", name, reason(err))
	}
	_, writing := file.Write(data)
	if err := errors.Join(writing, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("append to %s: %w", name, reason(err))
	}
	return nil
}

// Sync waits until all that was written is on its disks. On another machine's
// record there is nothing to wait for.
func (f Files) Sync() {
	if f.root == "/" {
		syscall.Sync()
	}
}

// MkdirAll makes a folder and those above it.
func (f Files) MkdirAll(name string, perm fs.FileMode) error { return os.MkdirAll(f.at(name), perm) }

// Remove removes a file or an empty folder; one that is not there is no
// error.
func (f Files) Remove(name string) error {
	if err := os.Remove(f.at(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// RemoveAll removes a folder with all that is in it.
func (f Files) RemoveAll(name string) error { return os.RemoveAll(f.at(name)) }

// Rename moves a file or a folder; an empty folder in its place is
// replaced.
func (f Files) Rename(from, to string) error {
	// os.Rename refuses every folder that exists, also an empty one, which
	// rename(2) replaces in one go.
	if err := syscall.Rename(f.at(from), f.at(to)); err != nil {
		return &os.LinkError{Op: "rename", Old: f.at(from), New: f.at(to), Err: err}
	}
	return nil
}

// Symlink makes a symbolic link.
func (f Files) Symlink(target, name string) error { return os.Symlink(target, f.at(name)) }

// at is the file's name on this machine; a name cannot climb out of root.
func (f Files) at(name string) string {
	if f.root == "/" {
		return name
	}
	return below(f.root, name)
}

// reason drops the name that the error repeats.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func syncFolder(name string) error {
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
