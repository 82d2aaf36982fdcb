package run

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing/fstest"
)

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

// PutFile writes to memory.
func (f *Fake) PutFile(name string, data []byte, perm fs.FileMode) error {
	return f.WriteFile(name, data, perm)
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
