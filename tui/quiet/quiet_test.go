package quiet_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// generous is how long the first frame may take on any machine that runs
// tests beside others. The wait that this package cures is 5 s; how fast the
// frame really is, is for the benchmark in the package tui.
const generous = 3 * time.Second

// TestSilentTerminal starts the wizard on a terminal that answers no question
// and looks for its first frame.
func TestSilentTerminal(t *testing.T) {
	program := filepath.Join(t.TempDir(), "demo")
	build := exec.Command("go", "build", "-o", program, "codeberg.org/mnemonix/mnemonix/tui/internal/demo")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the demo: %v\n%s", err, out)
	}
	for _, terminal := range []string{"xterm-256color", "linux", "vt220"} {
		t.Run(terminal, func(t *testing.T) {
			command := exec.Command(program)
			command.Env = []string{"TERM=" + terminal, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}
			screen, err := pty.StartWithSize(command, &pty.Winsize{Rows: 24, Cols: 80})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = command.Process.Kill()
				_ = command.Wait()
				_ = screen.Close()
			}()
			if err := screen.SetReadDeadline(time.Now().Add(generous)); err != nil {
				t.Fatal(err)
			}
			shown := readUntil(screen, "mnemonix")
			if !strings.Contains(shown, "mnemonix") {
				t.Fatalf("no frame within %v: the program waits for an answer; the terminal got %q", generous, shown)
			}
			for _, question := range []string{"\x1b]11;?", "\x1b[6n"} {
				if strings.Contains(shown, question) {
					t.Errorf("the terminal was asked %q", question)
				}
			}
		})
	}
}

func readUntil(screen *os.File, text string) string {
	var got bytes.Buffer
	buffer := make([]byte, 4096)
	for !strings.Contains(got.String(), text) {
		n, err := screen.Read(buffer)
		got.Write(buffer[:n])
		if err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, io.EOF) && !errors.Is(err, syscall.EIO) {
				got.WriteString(err.Error())
			}
			break
		}
	}
	return got.String()
}

// TestImportPath holds on to why it works: Go initialises packages in the
// order of their import paths.
func TestImportPath(t *testing.T) {
	const bubbletea = "github.com/charmbracelet/bubbletea"
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \",\"}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	path, imports, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if path >= bubbletea {
		t.Errorf("%s does not sort before %s: its init would run too late", path, bubbletea)
	}
	if imports != "github.com/charmbracelet/lipgloss" {
		t.Errorf("it imports %s: whatever else it waits for delays its init", imports)
	}
}
