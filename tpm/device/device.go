// Package device talks to a TPM 2.0: it opens one, says what state it is in and
// finds or makes the storage root key under which keys are kept.
//
// Its rules:
//
//   - The TPM is the only thing that is opened, and nothing is written but the
//     storage root key where there is none.
//   - Every command goes through Run, which turns response codes into named
//     conditions and survives answers that are cut short or garbled.
//   - What goes wrong is an *Error with a Condition: what was tried, on what,
//     and, standing apart, a hint and a way on.
//   - What the TPM claims about a key is computed anew and compared.
package device

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxtpm"
)

// Choices for Open besides the path of a device.
const (
	Auto        = "auto"   // the kernel's resource manager, /dev/tpmrm0
	None        = "none"   // as on a machine without a TPM
	SocketStart = "swtpm:" // and the path of swtpm's data socket
)

// System says where the kernel's files are; the zero value is this machine's.
type System struct {
	Dev string // "/dev" when empty
	Sys string // "/sys" when empty
}

func (s System) dev(name string) string { return filepath.Join(orElse(s.Dev, "/dev"), name) }
func (s System) sys(name string) string { return filepath.Join(orElse(s.Sys, "/sys"), name) }

func orElse(value, standard string) string {
	if value == "" {
		return standard
	}
	return value
}

// Open opens the TPM of a choice: Auto, None, "swtpm:SOCKET" or the path of a
// device. The error is an *Error.
func Open(choice string) (transport.TPMCloser, error) { return System{}.Open(choice) }

// Open is the function Open on a system whose files lie elsewhere.
func (s System) Open(choice string) (transport.TPMCloser, error) {
	socket, isSocket := strings.CutPrefix(choice, SocketStart)
	switch {
	case choice == None:
		return nil, fault(NoTPM, "no TPM is to be used", nil)
	case isSocket:
		return openSocket(socket)
	case choice == Auto || choice == "":
		path := s.dev("tpmrm0")
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil, s.missing(path)
		}
		return openDevice(path)
	default:
		return openDevice(choice)
	}
}

// missing says why there is no resource manager device.
func (s System) missing(path string) *Error {
	version, err := os.ReadFile(s.sys("class/tpm/tpm0/tpm_version_major"))
	switch {
	case err != nil:
		return fault(NoTPM, "no TPM was found: "+path+" does not exist", nil)
	case strings.TrimSpace(string(version)) == "1":
		return fault(TPM12, "the TPM of this machine is of version 1.2", nil)
	default:
		return fault(DeviceMissing, "there is a TPM, but "+path+" does not exist", nil)
	}
}

func openDevice(path string) (transport.TPMCloser, error) {
	tpm, err := linuxtpm.Open(path)
	if err != nil {
		return nil, openFault(path, err)
	}
	return tpm, nil
}

func openFault(path string, err error) error {
	for _, known := range []struct {
		err       error
		condition Condition
	}{
		{os.ErrPermission, NotPermitted},
		{syscall.EBUSY, Busy},
		{os.ErrNotExist, DeviceMissing},
		{syscall.ENODEV, DeviceMissing},
		{syscall.ENXIO, DeviceMissing},
		{linuxtpm.ErrFileIsNotDevice, DeviceMissing},
	} {
		if errors.Is(err, known.err) {
			return fault(known.condition, "open "+path, err)
		}
	}
	return fault(Failed, "open "+path, err)
}

// maxSocketPath is the room in sockaddr_un without the closing zero (unix(7)).
const maxSocketPath = 107

func openSocket(path string) (transport.TPMCloser, error) {
	if len(path) > maxSocketPath {
		return nil, fault(DeviceMissing, fmt.Sprintf("the path of swtpm's socket has %d bytes, %d are possible: %s", len(path), maxSocketPath, path), nil)
	}
	tpm := &socketTPM{path: path}
	connection, err := tpm.dial()
	if err != nil {
		return nil, err
	}
	_ = connection.Close()
	return tpm, nil
}

// socketTPM is swtpm's data socket, one connection for each command: swtpm
// serves one client at a time, and others must not wait for us between two.
type socketTPM struct{ path string }

// Sizes and patience for one command. A hardware TPM may take seconds to create
// a key; a software TPM that says nothing for so long is gone.
const (
	headerBytes   = 10
	maxResponse   = 4096 // TPM 2.0 part 2, annex: no TPM has a larger buffer
	socketTimeout = 30 * time.Second
	socketPause   = 200 * time.Microsecond
)

func (s *socketTPM) dial() (net.Conn, error) {
	connection, err := net.Dial("unix", s.path)
	// swtpm listens for one client; until it has noticed that the connection
	// of the command before is closed, the kernel says "try again".
	for limit := time.Now().Add(socketTimeout); errors.Is(err, syscall.EAGAIN) && time.Now().Before(limit); {
		time.Sleep(socketPause) //nolint:forbidigo // the kernel has no event for it
		connection, err = net.Dial("unix", s.path)
	}
	switch {
	case err == nil:
		return connection, nil
	case errors.Is(err, os.ErrPermission):
		return nil, fault(NotPermitted, "connect to swtpm at "+s.path, err)
	}
	return nil, fault(DeviceMissing, "connect to swtpm at "+s.path, err)
}

// Send implements transport.TPM.
func (s *socketTPM) Send(command []byte) ([]byte, error) {
	connection, err := s.dial()
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(time.Now().Add(socketTimeout)); err != nil {
		return nil, fault(Failed, "talk to swtpm at "+s.path, err)
	}
	if _, err := connection.Write(command); err != nil {
		return nil, fault(Failed, "send a command to swtpm at "+s.path, err)
	}
	response := make([]byte, headerBytes, maxResponse)
	if _, err := io.ReadFull(connection, response); err != nil {
		return nil, fault(Failed, "read the answer of swtpm at "+s.path, err)
	}
	length := binary.BigEndian.Uint32(response[2:])
	if length < headerBytes || length > maxResponse {
		return nil, fault(Failed, fmt.Sprintf("read the answer of swtpm at %s: it says it has %d bytes", s.path, length), nil)
	}
	response = response[:length]
	if _, err := io.ReadFull(connection, response[headerBytes:]); err != nil {
		return nil, fault(Failed, "read the answer of swtpm at "+s.path, err)
	}
	return response, nil
}

// Close implements io.Closer; there is no connection between two commands.
func (s *socketTPM) Close() error { return nil }
