package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// shown runs mnemonix alone on a terminal, on a machine whose flake is in that
// folder, with what is typed. It returns what came on the terminal.
func shown(t *testing.T, managed, typed string, args ...string) (string, error) {
	t.Helper()
	t.Setenv("TERM", "dumb")
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	screen := make(chan string)
	go func() {
		var text strings.Builder
		_, _ = master.WriteTo(&text) // ends with EIO, when the other side is closed
		screen <- text.String()
	}()
	if _, err := master.WriteString(typed); err != nil {
		t.Fatal(err)
	}
	a := &app{streams: Streams{In: terminal, Out: terminal, Err: terminal}, managed: managed, hangUp: func() {}}
	root := a.root()
	root.SetArgs(append([]string{"--tpm", "none"}, args...))
	root.SetOut(terminal)
	err = root.ExecuteContext(t.Context())
	terminal.Close()
	return <-screen, err
}

// flakeOf makes a folder that knows this machine, as far as its answers go.
func flakeOf(t *testing.T) string {
	t.Helper()
	answers, err := os.ReadFile("../../tests/answers/snix.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "hosts", hostName())
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "answers.yaml"), answers, 0o644); err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(filepath.Dir(folder))
}

// Alone it offers what fits a machine that it manages, and runs what is chosen.
func TestAlone(t *testing.T) {
	flake := flakeOf(t)
	for name, test := range map[string]struct {
		managed, typed string
		args           []string
		want, not      string
		status         int
	}{
		"help elsewhere":        {t.TempDir(), "", nil, "Available Commands", "What is to be done?", exitDone},
		"help for a recording":  {flake, "", []string{"--sysroot", t.TempDir()}, "Available Commands", "What is to be done?", exitDone},
		"the menu is left":      {flake, "quit\n", nil, "1  Change", "Available Commands", exitDeclined},
		"recover is chosen":     {flake, "recover\nquit\n", nil, "What was lost?", "nobody is here", exitDeclined},
		"a recovery that fits":  {flake, "keys\n", []string{"recover"}, "the flake does not say which keys the machine had", "", exitUsage},
		"one that does not fit": {flake, "machine\nquit\n", []string{"recover"}, "Error: Machine: as it was, from its flake is not available", "", exitDeclined},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := shown(t, test.managed, test.typed, test.args...)
			status := exitDone
			var known *exit
			if errors.As(err, &known) {
				status, text = known.status, text+known.Error()
			} else if err != nil {
				t.Error(err)
			}
			if status != test.status || !strings.Contains(text, test.want) || test.not != "" && strings.Contains(text, test.not) {
				t.Errorf("status %d, want %d, %q and no %q:\n%s", status, test.status, test.want, test.not, text)
			}
		})
	}
}
