// Package pty runs a program on a pseudo terminal and reads its screen.
//
// Its rules:
//
//   - The terminal never answers a query, as a serial line or an expect script
//     never does, unless the test asks for one that does.
//   - Nothing sleeps: every wait looks again after each output of the program
//     and ends at a deadline, with the screen in the failure.
//   - What the program wrote is there twice: as the screen that a person sees,
//     and as the bytes, in which a test can look for secrets.
package pty

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"golang.org/x/sys/unix"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// Options say what terminal it is. The zero value is one of 80 columns and 24
// rows, an xterm, that waits 30 seconds at most.
type Options struct {
	Columns, Rows int
	Term          string        // TERM
	Env           []string      // more of the environment: "NO_COLOR=1"
	Dir           string        // where the program runs
	Answers       bool          // answers where the cursor is, as a real terminal does
	Patience      time.Duration // how long a wait may take
}

// Terminal is a running program and its screen.
type Terminal struct {
	t        testing.TB
	command  *exec.Cmd
	file     *os.File
	screen   vt10x.Terminal
	started  time.Time
	patience time.Duration
	ended    chan struct{} // closed when all output was read and the program is gone
	status   int

	mutex   sync.Mutex
	raw     bytes.Buffer
	changed chan struct{} // closed and replaced after each output
}

// Start runs a program on a new terminal. It is killed when the test ends.
func Start(t testing.TB, options Options, argv ...string) *Terminal {
	t.Helper()
	if options.Columns == 0 {
		options.Columns, options.Rows = 80, 24
	}
	if options.Term == "" {
		options.Term = "xterm-256color"
	}
	if options.Patience == 0 {
		options.Patience = 30 * time.Second
	}
	command := exec.Command(argv[0], argv[1:]...)
	command.Dir = options.Dir
	command.Env = need.Terminal(options.Term, options.Env...)
	started := time.Now()
	file, err := start(command, options)
	if err != nil {
		t.Fatalf("start %s: %v", argv[0], err)
	}
	var answers io.Writer = io.Discard
	if options.Answers {
		answers = file
	}
	terminal := &Terminal{
		t: t, command: command, file: file, started: started, patience: options.Patience,
		screen:  vt10x.New(vt10x.WithSize(options.Columns, options.Rows), vt10x.WithWriter(answers)),
		ended:   make(chan struct{}),
		changed: make(chan struct{}),
	}
	go terminal.read()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = file.Close() // what the program started may hold the other side for long
		<-terminal.ended
	})
	return terminal
}

// start runs the command and returns the terminal's other side. That is made
// non-blocking, because closing a file waits for a read that blocks in it, and
// HangUp closes it under the reader.
func start(command *exec.Cmd, options Options) (*os.File, error) {
	size := pty.Winsize{Cols: uint16(options.Columns), Rows: uint16(options.Rows)}
	blocking, err := pty.StartWithSize(command, &size)
	if err != nil {
		return nil, err
	}
	defer blocking.Close()
	fd, err := unix.FcntlInt(blocking.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "pty"), nil
}

// read draws what the program writes until there is no more. Reading the
// master side fails with EIO when the last one has closed the other side.
func (t *Terminal) read() {
	defer close(t.ended)
	input := bufio.NewReader(io.TeeReader(t.file, (*tee)(t)))
	for t.screen.Parse(input) == nil {
		t.mutex.Lock()
		close(t.changed)
		t.changed = make(chan struct{})
		t.mutex.Unlock()
	}
	err := t.command.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		t.status = exit.ExitCode()
	case err != nil:
		t.status = -1
	}
}

// tee keeps what a Terminal reads.
type tee Terminal

func (t *tee) Write(data []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.raw.Write(data)
}

// Screen returns the lines of the screen as they stand, without the spaces
// that end them.
func (t *Terminal) Screen() string {
	lines := strings.Split(t.screen.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \x00")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// View gives access to the cells of the screen and the cursor.
func (t *Terminal) View() vt10x.View { return t.screen }

// Written returns every byte that the program wrote so far.
func (t *Terminal) Written() []byte {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return bytes.Clone(t.raw.Bytes())
}

// Wait waits until the text is on the screen, and returns the screen.
func (t *Terminal) Wait(text string) string {
	t.t.Helper()
	return t.WaitFor("the text "+text, func(screen string) bool { return strings.Contains(screen, text) })
}

// WaitFor waits until the screen is as the test wants it, and returns it. A
// program that ends before fails the test.
func (t *Terminal) WaitFor(what string, good func(screen string) bool) string {
	t.t.Helper()
	deadline := time.NewTimer(t.patience)
	defer deadline.Stop()
	for {
		t.mutex.Lock()
		changed := t.changed
		t.mutex.Unlock()
		screen := t.Screen()
		if good(screen) {
			return screen
		}
		select {
		case <-changed:
		case <-t.ended:
			if screen = t.Screen(); good(screen) {
				return screen
			}
			t.t.Fatalf("the program ended with status %d before %s; the screen:\n%s", t.status, what, screen)
		case <-deadline.C:
			t.t.Fatalf("no sign of %s within %v; the screen:\n%s", what, t.patience, t.Screen())
		}
	}
}

// Since tells how long ago the program was started.
func (t *Terminal) Since() time.Duration { return time.Since(t.started) }

// Type writes keys as the terminal sends them, all at once: "rose\r".
func (t *Terminal) Type(keys string) {
	t.t.Helper()
	if _, err := t.file.WriteString(keys); err != nil {
		t.t.Fatalf("type into the terminal: %v", err)
	}
}

// Resize gives the terminal another size; the program gets SIGWINCH.
func (t *Terminal) Resize(columns, rows int) {
	t.t.Helper()
	t.screen.Resize(columns, rows)
	size := unix.Winsize{Col: uint16(columns), Row: uint16(rows)}
	// Not by Fd, which would make the file blocking again.
	conn, err := t.file.SyscallConn()
	var refused error
	if err == nil {
		err = conn.Control(func(fd uintptr) { refused = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &size) })
	}
	if err = errors.Join(err, refused); err != nil {
		t.t.Fatalf("resize the terminal: %v", err)
	}
}

// Signal sends the program a signal.
func (t *Terminal) Signal(signal syscall.Signal) {
	t.t.Helper()
	if err := t.command.Process.Signal(signal); err != nil {
		t.t.Fatalf("send %v: %v", signal, err)
	}
}

// HangUp closes the terminal under the program, which gets SIGHUP.
func (t *Terminal) HangUp() { _ = t.file.Close() }

// Status waits for the end of the program and returns its exit status, -1
// when a signal ended it.
func (t *Terminal) Status() int {
	t.t.Helper()
	deadline := time.NewTimer(t.patience)
	defer deadline.Stop()
	select {
	case <-t.ended:
	case <-deadline.C:
		t.t.Fatalf("the program has not ended within %v; the screen:\n%s", t.patience, t.Screen())
	}
	return t.status
}
