package pty_test

import (
	"bytes"
	"strings"
	"syscall"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/pty"
)

func TestTypeAndWait(t *testing.T) {
	terminal := pty.Start(t, pty.Options{}, "sh", "-c", `printf 'name? '; read -r n; printf '\033[31mhello %s\033[0m\n' "$n"; exit 7`)
	terminal.Wait("name?")
	terminal.Type("rosé\r")
	if screen := terminal.Wait("hello rosé"); !strings.HasPrefix(screen, "name? rosé\n") {
		t.Errorf("the screen is %q", screen)
	}
	if got := terminal.Status(); got != 7 {
		t.Errorf("ended with %d, want 7", got)
	}
	if !bytes.Contains(terminal.Written(), []byte("\x1b[31mhello")) {
		t.Errorf("the bytes lack the colour: %q", terminal.Written())
	}
}

// A query stays without an answer, unless the terminal is one that answers.
func TestAnswers(t *testing.T) {
	ask := `stty raw -echo min 0 time 5; printf '\033[6n'; if [ -n "$(dd bs=1 count=3 2>/dev/null)" ]; then echo answered; else echo silence; fi`
	pty.Start(t, pty.Options{}, "sh", "-c", ask).Wait("silence")
	pty.Start(t, pty.Options{Answers: true}, "sh", "-c", ask).Wait("answered")
}

func TestResize(t *testing.T) {
	terminal := pty.Start(t, pty.Options{Columns: 40, Rows: 15}, "sh", "-c", `trap 'stty size; kill $!; exit' WINCH; sleep 60 & stty size; wait`)
	terminal.Wait("15 40")
	terminal.Resize(20, 5)
	terminal.Wait("5 20")
}

func TestSignal(t *testing.T) {
	terminal := pty.Start(t, pty.Options{Term: "linux"}, "sh", "-c", `trap 'exit 130' INT; echo "ready on $TERM"; while :; do read -r _; done`)
	terminal.Wait("ready on linux")
	terminal.Signal(syscall.SIGINT)
	if got := terminal.Status(); got != 130 {
		t.Errorf("ended with %d, want 130", got)
	}
}

func TestHangUp(t *testing.T) {
	terminal := pty.Start(t, pty.Options{}, "sh", "-c", `echo ready; read -r _`)
	terminal.Wait("ready")
	terminal.HangUp()
	terminal.Status()
}
