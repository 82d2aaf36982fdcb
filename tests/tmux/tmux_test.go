package tmux_test

import (
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/tmux"
)

func TestKeysAndScreen(t *testing.T) {
	s := tmux.Start(t, tmux.Options{Columns: 40, Rows: 10}, "sh", "-c",
		`printf 'name? '; read -r n; printf '\033[31mhello %s\033[0m\n' "$n"; exit 7`)
	s.Wait("name?")
	s.Type("ro se; -l")
	s.Keys("Enter")
	if screen := s.Wait("hello ro se; -l"); strings.Contains(screen, "\x1b") {
		t.Errorf("the screen holds escapes: %q", screen)
	}
	if colors := s.Colors(); !strings.Contains(colors, "\x1b[31mhello") {
		t.Errorf("the red is not there: %q", colors)
	}
	if got := s.Status(); got != 7 {
		t.Errorf("ended with %d, want 7", got)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("CI", "true")
	s := tmux.Start(t, tmux.Options{Term: "linux", Env: []string{"MARK=here"}}, "sh", "-c",
		`echo "term=$TERM tmux=$TMUX ci=$CI mark=$MARK"; stty size; read -r _`)
	s.Wait("term=linux tmux= ci= mark=here")
	s.Wait("24 80")
}

func TestResize(t *testing.T) {
	s := tmux.Start(t, tmux.Options{}, "sh", "-c", `trap 'stty size; exit' WINCH; stty size; sleep 60 & wait`)
	s.Wait("24 80")
	s.Resize(40, 15)
	s.Wait("15 40")
}

func TestSignal(t *testing.T) {
	s := tmux.Start(t, tmux.Options{}, "sh", "-c", `kill -9 $$`)
	if got := s.Status(); got != 128+9 {
		t.Errorf("ended with %d, want %d for SIGKILL", got, 128+9)
	}
}

// An interrupt from the keyboard reaches the program, and its status us.
func TestInterrupt(t *testing.T) {
	s := tmux.Start(t, tmux.Options{}, "sh", "-c", `trap 'exit 130' INT; echo ready; while :; do sleep 60 & wait; done`)
	s.Wait("ready")
	s.Keys("C-c")
	if got := s.Status(); got != 130 {
		t.Errorf("ended with %d, want 130", got)
	}
}
