package run

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// Socket is a Unix socket that only this user can reach: it lies in a folder
// of its own that nobody else may enter.
type Socket struct {
	net.Listener
	folder string
}

// NewSocket makes one. Close takes it away with its folder.
func NewSocket() (*Socket, error) {
	folder, err := os.MkdirTemp("", "mnemonix-") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("make a socket: %w", err)
	}
	listener, err := net.Listen("unix", filepath.Join(folder, "agent"))
	if err != nil {
		return nil, fmt.Errorf("make a socket: %w", errors.Join(err, os.RemoveAll(folder)))
	}
	return &Socket{Listener: listener, folder: folder}, nil
}

// Folder is where the socket lies: others may put there what is to go with it.
func (s *Socket) Folder() string { return s.folder }

// Path is the name of the socket.
func (s *Socket) Path() string { return filepath.Join(s.folder, "agent") }

// Close implements net.Listener.
func (s *Socket) Close() error {
	closing := s.Listener.Close()
	if errors.Is(closing, net.ErrClosed) {
		closing = nil
	}
	return errors.Join(closing, os.RemoveAll(s.folder))
}
