// Package tmux runs a program in a terminal that people really use, and reads
// its screen.
//
// Its rules:
//
//   - Every session is a tmux server of its own, with its own socket and no
//     configuration of the person who runs the test.
//   - Nothing sleeps for a fixed time: a wait looks at the screen every few
//     milliseconds until it is as wanted or the deadline passes, and then the
//     failure shows it.
package tmux

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// Options say what terminal it is. The zero value is one of 80 columns and 24
// rows with TERM=tmux-256color, that waits 30 seconds at most.
type Options struct {
	Columns, Rows int
	Term          string
	Env           []string // more of the environment: "NO_COLOR=1"
	Dir           string   // where the program runs
	Patience      time.Duration
}

// Session is a running program and its screen.
type Session struct {
	t        testing.TB
	tmux     string
	socket   string
	status   string // the file that tells how the program ended
	env      []string
	patience time.Duration
}

// look is how often a wait looks at the screen.
const look = 20 * time.Millisecond

// configuration makes tmux a plain terminal: no bar of its own, escape passed
// on at once, and a screen that stays after the program has ended.
const configuration = `
set -g status off
set -s escape-time 0
set -g remain-on-exit on
set -g remain-on-exit-format ""
set -g history-limit 10000
`

// watch is the shell script around the program. tmux can tell an exit status
// itself, but at times never learns it. A signal from the keyboard is for the
// program and not for this.
const watch = `trap : INT QUIT HUP TERM
status=$1
shift
"$@"
echo $? >"$status.new"
mv "$status.new" "$status"`

// Start runs a program in a new tmux, which ends with the test.
func Start(t testing.TB, options Options, argv ...string) *Session {
	t.Helper()
	if options.Columns == 0 {
		options.Columns, options.Rows = 80, 24
	}
	if options.Term == "" {
		options.Term = "tmux-256color"
	}
	if options.Patience == 0 {
		options.Patience = 30 * time.Second
	}
	// Not t.TempDir, whose paths can be longer than a socket's may be.
	folder, err := os.MkdirTemp("", "tmux")
	if err != nil {
		t.Fatal(err)
	}
	s := &Session{
		t: t, tmux: need.Program(t, "tmux"), socket: filepath.Join(folder, "socket"), status: filepath.Join(folder, "status"),
		// tmux's server hands its environment on to the program, and sets
		// TERM and TMUX in it: `env` puts right what the program may see.
		env: need.Terminal(options.Term), patience: options.Patience,
	}
	t.Cleanup(func() {
		_ = exec.Command(s.tmux, "-S", s.socket, "kill-server").Run()
		_ = os.RemoveAll(folder)
	})
	conf := filepath.Join(folder, "tmux.conf")
	text := configuration + "set -g default-terminal " + options.Term + "\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-u", "-f", conf, "new-session", "-d", "-x", strconv.Itoa(options.Columns), "-y", strconv.Itoa(options.Rows)}
	if options.Dir != "" {
		args = append(args, "-c", options.Dir)
	}
	args = append(args, "--", "env", "-u", "TMUX", "-u", "TMUX_PANE", "-u", "TERM_PROGRAM", "-u", "TERM_PROGRAM_VERSION")
	args = append(append(args, options.Env...), "sh", "-c", watch, "watch", s.status)
	args = append(args, argv...)
	s.run(args...)
	return s
}

// run calls tmux and returns what it printed.
func (s *Session) run(args ...string) string {
	s.t.Helper()
	command := exec.Command(s.tmux, append([]string{"-S", s.socket}, args...)...)
	command.Env = s.env
	output, err := command.CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %s: %v: %s", strings.Join(args, " "), err, output)
	}
	return string(output)
}

// Keys presses keys by tmux's names for them: "Down", "Enter", "C-c", "M-Tab".
func (s *Session) Keys(names ...string) {
	s.t.Helper()
	s.run(append([]string{"send-keys", "--"}, names...)...)
}

// Type types a text as it stands.
func (s *Session) Type(text string) {
	s.t.Helper()
	s.run("send-keys", "-l", "--", text)
}

// Screen returns the lines of the screen, without colours and without the
// spaces that end them.
func (s *Session) Screen() string {
	s.t.Helper()
	return strings.TrimRight(s.run("capture-pane", "-p"), "\n")
}

// Colors returns the screen with the escape sequences of its colours, as
// tests/picture reads it.
func (s *Session) Colors() string {
	s.t.Helper()
	return s.run("capture-pane", "-p", "-e", "-N")
}

// Wait waits until the text is on the screen, and returns the screen.
func (s *Session) Wait(text string) string {
	s.t.Helper()
	return s.WaitFor("the text "+text, func(screen string) bool { return strings.Contains(screen, text) })
}

// WaitFor waits until the screen is as the test wants it, and returns it. A
// program that ends before fails the test.
func (s *Session) WaitFor(what string, good func(screen string) bool) string {
	s.t.Helper()
	var screen string
	s.poll(what, func() bool {
		// Asked before the screen is read: the last screen counts too.
		_, ended := s.end()
		screen = s.Screen()
		if ended && !good(screen) {
			s.t.Fatalf("the program ended before %s; the screen:\n%s", what, screen)
		}
		return good(screen)
	})
	return screen
}

// Status waits for the end of the program and returns its exit status, as a
// shell has it: 128 and the signal's number when a signal ended it.
func (s *Session) Status() int {
	s.t.Helper()
	var status int
	s.poll("the program's end", func() (ended bool) {
		status, ended = s.end()
		return ended
	})
	return status
}

// end tells whether the program has ended, and how: when the status is there
// and tmux has read the last of what was written.
func (s *Session) end() (status int, ended bool) {
	s.t.Helper()
	text, err := os.ReadFile(s.status)
	if errors.Is(err, fs.ErrNotExist) || strings.TrimSpace(s.run("display-message", "-p", "#{pane_dead}")) != "1" {
		return 0, false
	}
	if err == nil {
		status, err = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	if err != nil {
		s.t.Fatalf("read how the program ended: %v", err)
	}
	return status, true
}

// poll looks until done says so or the patience is at its end.
func (s *Session) poll(what string, done func() bool) {
	s.t.Helper()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for deadline := time.Now().Add(s.patience); !done(); <-ticker.C {
		if time.Now().After(deadline) {
			s.t.Fatalf("no sign of %s within %v; the screen:\n%s", what, s.patience, s.Screen())
		}
	}
}

// Resize gives the terminal another size; the program gets SIGWINCH.
func (s *Session) Resize(columns, rows int) {
	s.t.Helper()
	s.run("resize-window", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows))
}
