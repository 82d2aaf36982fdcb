package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// readFile reads a file that the operator named, up to a limit that no
// honest file reaches. "-" is standard input.
func readFile(name string, limit int64) ([]byte, error) {
	file := os.Stdin
	if name != "-" {
		var err error
		if file, err = os.Open(name); err != nil {
			return nil, usage(err, wayTo(name, err))
		}
		defer func() { _ = file.Close() }()
	}
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, usage(err, wayTo(name, err))
	}
	if int64(len(text)) > limit {
		return nil, usage(fmt.Errorf("%s is larger than %d MiB: that cannot be the right file", name, limit>>20), "")
	}
	return text, nil
}

// wayTo is what could help where a file cannot be read: how far its path leads,
// or who may read it.
func wayTo(name string, err error) string {
	absolute, lost := filepath.Abs(name)
	if lost != nil {
		return ""
	}
	info, stat := os.Stat(absolute)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "it cannot be read by this user: sudo, or another file"
	case stat == nil && info.IsDir():
		return "that is a folder: name a file in it"
	case !errors.Is(err, fs.ErrNotExist):
		return ""
	}
	folder := filepath.Dir(absolute)
	for {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			break
		}
		folder = filepath.Dir(folder)
	}
	if folder == filepath.Dir(absolute) {
		return "the folder " + folder + " is there, and has no " + filepath.Base(absolute) + ": is the name right?"
	}
	return "the path leads as far as " + folder + ": is the name right, and is what it lies on mounted?"
}
