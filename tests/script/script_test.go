// Package script runs the command line as a person or a script would: the
// files in testdata say what is typed, what is printed and how it ends.
package script

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tui/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"mnemonix": func() {
			os.Exit(cli.Main(cli.Build{Version: "1.2.3", Commit: "0123abc", Date: "2026-01-02T03:04:05Z"}))
		},
	})
}

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("every command with every status: not in the inner loop")
	}
	// Under nohup a hang-up is ignored, also by every child. A signal that is
	// caught here is a child's own business again.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	testscript.Run(t, params(t, "testdata"))
}

// Scripts that need a TPM get software ones: "tpm ONE" starts one, and $ONE
// is what --tpm takes.
func TestTPM(t *testing.T) {
	swtpm := need.Program(t, "swtpm")
	with := params(t, "testdata/tpm")
	with.Cmds["tpm"] = func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: tpm VARIABLE")
		}
		ts.Setenv(args[0], "swtpm:"+startTPM(ts, swtpm))
	}
	testscript.Run(t, with)
}

// startTPM starts a software TPM that ends with the script, and returns its
// socket when it listens.
func startTPM(ts *testscript.TestScript, swtpm string) string {
	// A script's own folder is too long for a socket.
	folder, err := os.MkdirTemp("", "tpm")
	ts.Check(err)
	socket := filepath.Join(folder, "s")
	process := exec.Command(swtpm, "socket", "--tpm2", "--tpmstate", "dir="+folder,
		"--server", "type=unixio,path="+socket, "--flags", "not-need-init,startup-clear")
	ts.Check(process.Start())
	ended := make(chan error, 1)
	go func() { ended <- process.Wait() }()
	ts.Defer(func() {
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
			ts.Fatalf("swtpm ended: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// params are what the scripts of a folder have at hand.
func params(t *testing.T, folder string) testscript.Params {
	t.Helper()
	machines, err := filepath.Abs("../machines")
	if err != nil {
		t.Fatal(err)
	}
	snix, err := os.ReadFile("../answers/snix.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return testscript.Params{
		Dir:                 folder,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("MACHINES", machines)
			// testscript puts our own commands first in PATH; BIN alone has
			// nothing else.
			env.Setenv("BIN", strings.Split(env.Getenv("PATH"), string(os.PathListSeparator))[0])
			env.Setenv("TERM", "dumb")
			env.Setenv("NO_COLOR", "1")
			return os.WriteFile(filepath.Join(env.WorkDir, "snix.yaml"), snix, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status,
			"big":    big,
			"elf":    program,
		},
	}
}

// status runs a command and requires the status that it ends with: "status 2
// mnemonix plan". What was printed is there for stdout and stderr.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status STATUS COMMAND [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		coded, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = coded.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s ended with status %d, want %d", args[1], got, want)
	}
}

// program makes the head of a program: "elf FILE MACHINE [interpreter]", with
// an interpreter when it is linked with libraries. Nothing can run it.
func program(ts *testscript.TestScript, neg bool, args []string) {
	machines := map[string]elf.Machine{"x86-64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "386": elf.EM_386}
	if neg || len(args) < 2 || machines[args[1]] == 0 {
		ts.Fatalf("usage: elf FILE x86-64|arm64|386 [interpreter]")
	}
	head := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(machines[args[1]]), Version: uint32(elf.EV_CURRENT),
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	part := elf.Prog64{Type: uint32(elf.PT_LOAD)}
	if len(args) > 2 {
		part.Type = uint32(elf.PT_INTERP)
	}
	var text bytes.Buffer
	ts.Check(binary.Write(&text, binary.LittleEndian, head))
	ts.Check(binary.Write(&text, binary.LittleEndian, part))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text.Bytes(), 0o755))
}

// big makes a file of so many MiB: "big 10 answers.yaml".
func big(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: big MIB FILE")
	}
	size, err := strconv.Atoi(args[0])
	ts.Check(err)
	line := []byte("# nobody writes so much by hand, and no answer is longer than a line\n")
	text := make([]byte, 0, size<<20+len(line))
	for len(text) < size<<20 {
		text = append(text, line...)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o600))
}
