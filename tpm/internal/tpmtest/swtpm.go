// Package tpmtest gives tests a software TPM and transports that listen or lie.
package tpmtest

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Machine is a software TPM of its own, with its own seeds.
type Machine struct {
	transport.TPMCloser
	Socket string
}

// Tool finds a program on PATH or in MNEMONIX_TOOLS. Where it is missing the
// test is skipped, or fails when MNEMONIX_CHECK is 1.
func Tool(t testing.TB, name string) string {
	t.Helper()
	if folder := os.Getenv("MNEMONIX_TOOLS"); folder != "" {
		for _, path := range []string{filepath.Join(folder, name), filepath.Join(folder, "bin", name)} {
			if found, err := exec.LookPath(path); err == nil { //nolint:forbidigo // for tests
				return found
			}
		}
	}
	path, err := exec.LookPath(name) //nolint:forbidigo // for tests
	if err != nil {
		if os.Getenv("MNEMONIX_CHECK") == "1" {
			t.Fatalf("%s is missing: %v", name, err)
		}
		t.Skipf("%s is missing: %v", name, err)
	}
	return path
}

// Start starts a software TPM that ends with the test.
func Start(t testing.TB) *Machine {
	t.Helper()
	program := Tool(t, "swtpm")
	// t.TempDir is too long for a socket.
	folder, err := os.MkdirTemp("", "tpm") //nolint:forbidigo // for tests
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(folder, "s")
	command := exec.Command(program, "socket", "--tpm2", //nolint:forbidigo // for tests
		"--tpmstate", "dir="+folder, "--server", "type=unixio,path="+socket,
		"--flags", "not-need-init,startup-clear")
	log, err := os.Create(filepath.Join(folder, "log")) //nolint:forbidigo // for tests
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended //nolint:errcheck // killed: it says so
		_ = log.Close()
		_ = os.RemoveAll(folder) //nolint:forbidigo // for tests
	})
	waitFor(t, socket, ended, log.Name())
	tpm, err := device.Open(device.SocketStart + socket)
	if err != nil {
		t.Fatal(err)
	}
	return &Machine{TPMCloser: tpm, Socket: socket}
}

// waitFor waits until swtpm answers, which takes a few milliseconds.
func waitFor(t testing.TB, socket string, ended <-chan error, log string) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit); {
		if connection, err := net.Dial("unix", socket); err == nil {
			_ = connection.Close()
			return
		}
		select {
		case err := <-ended:
			text, _ := os.ReadFile(log)
			t.Fatalf("swtpm ended: %v\n%s", err, text)
		case <-time.After(5 * time.Millisecond):
		}
	}
	t.Fatal("swtpm does not listen")
}

// Clear clears the TPM, as its firmware does: every key in it is lost.
func (m *Machine) Clear(t testing.TB) {
	t.Helper()
	_, err := tpm2.Clear{AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHLockout, Auth: tpm2.PasswordAuth(nil)}}.Execute(m)
	if err != nil {
		t.Fatal(err)
	}
}

// SetOwnerAuth gives the owner hierarchy a password.
func (m *Machine) SetOwnerAuth(t testing.TB, password string) {
	t.Helper()
	_, err := tpm2.HierarchyChangeAuth{
		AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		NewAuth:    tpm2.TPM2BAuth{Buffer: []byte(password)},
	}.Execute(m)
	if err != nil {
		t.Fatal(err)
	}
}

// Persist creates a primary key of the owner hierarchy and stores it.
func (m *Machine) Persist(t testing.TB, template tpm2.TPMTPublic, at tpm2.TPMHandle) error {
	t.Helper()
	made, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		InPublic:      tpm2.New2B(template),
	}.Execute(m)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tpm2.EvictControl{
		Auth:             tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		ObjectHandle:     tpm2.NamedHandle{Handle: made.ObjectHandle, Name: made.Name},
		PersistentHandle: at,
	}.Execute(m)
	_, flush := tpm2.FlushContext{FlushHandle: made.ObjectHandle}.Execute(m)
	if flush != nil {
		t.Fatal(flush)
	}
	return err
}

// Loaded lists what is left in the TPM's memory: keys and sessions.
func (m *Machine) Loaded(t testing.TB) []tpm2.TPMHandle {
	t.Helper()
	var all []tpm2.TPMHandle
	for _, first := range []uint32{0x80000000, 0x02000000, 0x03000000} {
		response, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: first, PropertyCount: 16}.Execute(m)
		if err != nil {
			t.Fatal(err)
		}
		list, err := response.CapabilityData.Data.Handles()
		if err != nil {
			t.Fatal(errors.Join(errors.New("handles"), err))
		}
		all = append(all, list.Handle...)
	}
	return all
}
