package keys

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// startTPM starts a software TPM that ends with the test and returns its
// socket.
func startTPM(t *testing.T) string {
	t.Helper()
	return start(t, "--tpm2")
}

// startTPM12 starts one of version 1.2.
func startTPM12(t *testing.T) string {
	t.Helper()
	return start(t)
}

func start(t *testing.T, version ...string) string {
	t.Helper()
	program := need.Program(t, "swtpm")
	folder, err := os.MkdirTemp("", "tpm") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(folder, "s")
	process := exec.Command(program, append([]string{
		"socket", "--tpmstate", "dir=" + folder,
		"--server", "type=unixio,path=" + socket, "--flags", "not-need-init,startup-clear",
	}, version...)...)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- process.Wait() }()
	t.Cleanup(func() {
		_ = process.Process.Kill()
		<-ended //nolint:errcheck // killed: it says so
		_ = os.RemoveAll(folder)
	})
	for {
		if connection, err := net.Dial("unix", socket); err == nil {
			_ = connection.Close()
			return socket
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("swtpm ended: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
