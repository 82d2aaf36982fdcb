package rig

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
)

// ForgetTPM throws the state of the TPM away, as a new mainboard or a reset in
// the firmware's menu does.
func (m *Machine) ForgetTPM() {
	m.t.Helper()
	tpm := filepath.Join(m.Dir, "tpm")
	if err := os.RemoveAll(tpm); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Mkdir(tpm, 0o700); err != nil {
		m.t.Fatal(err)
	}
	m.allocate(tpm)
}

// onlySHA256 leaves the TPM one bank of registers, as new machines have it:
// what a start measures, an emulated processor otherwise digests four times.
// TPM2_PCR_Allocate and TPM2_Shutdown (TPM 2.0 Library, part 3, 22.5 and 9.4)
// are not among the commands of go-tpm.
var onlySHA256 = [][]byte{
	{
		0x80, 0x02, 0, 0, 0, 55, 0, 0, 0x01, 0x2b, // with a session, 55 bytes, TPM2_PCR_Allocate
		0x40, 0, 0, 0x0c, // by the platform,
		0, 0, 0, 9, 0x40, 0, 0, 0x09, 0, 0, 0, 0, 0, // with an empty password
		0, 0, 0, 4,
		0, 0x04, 3, 0, 0, 0, // no register of SHA-1,
		0, 0x0b, 3, 0xff, 0xff, 0xff, // all 24 of SHA-256,
		0, 0x0c, 3, 0, 0, 0, // none of SHA-384
		0, 0x0d, 3, 0, 0, 0, // and SHA-512
	},
	{0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x45, 0, 0}, // TPM2_Shutdown(CLEAR)
}

// allocate prepares the state of a new TPM, as a factory does.
func (m *Machine) allocate(state string) {
	m.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	socket := filepath.Join(m.Dir, "tpm.sock")
	_ = os.Remove(socket)
	command := exec.CommandContext(ctx, need.Program(m.t, "swtpm"), "socket", "--tpm2", "--tpmstate", "dir="+state,
		"--server", "type=unixio,path="+socket, "--flags", "not-need-init,startup-clear")
	if err := command.Start(); err != nil {
		m.t.Fatalf("start swtpm: %v", err)
	}
	defer func() {
		cancel()
		_ = command.Wait()
		_ = os.Remove(socket)
	}()
	m.opened(socket)
	tpm, err := device.Open(device.SocketStart + socket)
	if err != nil {
		m.t.Fatalf("open the new TPM: %v", err)
	}
	defer tpm.Close()
	for _, order := range onlySHA256 {
		answer, err := tpm.Send(order)
		if err != nil || len(answer) < 10 || string(answer[6:10]) != "\x00\x00\x00\x00" {
			m.t.Fatalf("prepare the new TPM: %v: % x", err, answer)
		}
	}
}

// swtpm starts the TPM of one boot, which ends with QEMU.
func (m *Machine) swtpm() (socket string) {
	m.t.Helper()
	socket = filepath.Join(m.Dir, "tpm.sock")
	_ = os.Remove(socket)
	command := exec.Command(need.Program(m.t, "swtpm"), "socket", "--tpm2",
		"--tpmstate", "dir="+filepath.Join(m.Dir, "tpm"), "--ctrl", "type=unixio,path="+socket, "--terminate")
	if err := command.Start(); err != nil {
		m.t.Fatalf("start swtpm: %v", err)
	}
	m.chip = command.Process
	ended := make(chan struct{})
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	m.t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
	})
	m.opened(socket)
	return socket
}

// opened waits until the TPM has opened its socket.
func (m *Machine) opened(socket string) {
	m.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for range ticker.C {
		if _, err := os.Stat(socket); err == nil {
			return
		}
		if time.Now().After(deadline) {
			m.t.Fatal("swtpm did not open its socket")
		}
	}
}
