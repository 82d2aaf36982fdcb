package tui

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// longestLine is how long a typed line may be.
const longestLine = 64 << 10

// errTooLong is a line that nobody typed.
var errTooLong = errors.New("the line is too long")

// lineReader reads typed lines, and gives up when the context ends: a
// terminal is not a file that could be closed under a read.
type lineReader struct {
	ctx context.Context
	in  *bufio.Reader
	tty *os.File // set when the input is a terminal, where echo can be switched off
}

func newLineReader(ctx context.Context, in io.Reader) *lineReader {
	r := &lineReader{ctx: ctx, in: bufio.NewReaderSize(in, longestLine)}
	if file, ok := in.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		r.tty = file
	}
	return r
}

// got is a line or the end of them.
type got struct {
	line []byte
	err  error
}

// wait runs a read beside the context.
func (r *lineReader) wait(read func() ([]byte, error)) ([]byte, error) {
	answer := make(chan got, 1)
	go func() {
		line, err := read()
		answer <- got{line, err}
	}()
	select {
	case g := <-answer:
		return g.line, g.err
	case <-r.ctx.Done():
		return nil, r.ctx.Err()
	}
}

// line returns the next line without its end. What comes before the end of
// the input without a line feed is a line too.
func (r *lineReader) line() (string, error) {
	line, err := r.wait(r.next)
	return string(line), err
}

func (r *lineReader) next() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, errTooLong
	case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0):
		return nil, err
	}
	return bytes.TrimRight(bytes.Clone(line), "\r\n"), nil
}

// secret prints the prompt and returns the next line as a secret; on a
// terminal it is not shown.
func (r *lineReader) secret(prompt func()) (*secret.Secret, error) {
	read := r.next
	if r.tty != nil && r.in.Buffered() == 0 {
		defer Silence(r.tty)()
		read = func() ([]byte, error) { return hiddenLine(int(r.tty.Fd())) }
	}
	prompt()
	line, err := r.wait(read)
	if err != nil {
		return nil, err
	}
	return secret.New(line), nil
}

// Hidden prints the prompt and reads a line from a terminal, without showing
// it, until the context ends.
func Hidden(ctx context.Context, tty *os.File, prompt func()) (*secret.Secret, error) {
	return newLineReader(ctx, tty).secret(prompt)
}

// Prose breaks a text into lines for a terminal, without what could move its
// cursor.
func Prose(text string) []string { return breakLines(clean(text), plainWidth) }

// Line prints the prompt and reads a line from a terminal, until the context
// ends.
func Line(ctx context.Context, tty *os.File, prompt func()) (string, error) {
	prompt()
	return newLineReader(ctx, tty).line()
}

// hiddenLine reads a line from a terminal whose echo is off. term.ReadPassword
// never returns when ctrl+d ends the input.
func hiddenLine(fd int) ([]byte, error) {
	line := make([]byte, 0, longestLine) // never outgrown: no copies are left behind
	defer clear(line[:cap(line)])
	for len(line) < cap(line) {
		n, err := unix.Read(fd, line[len(line):len(line)+1])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, err
		case n == 0 && len(line) == 0:
			return nil, io.EOF
		case n == 0 || line[:len(line)+1][len(line)] == '\n':
			return bytes.Clone(line), nil
		}
		line = line[:len(line)+1]
	}
	return nil, errTooLong
}

// Silence switches the echo of a terminal off and returns what brings it back
// to what it was; it nests. It comes before the prompt, and stays between two
// prompts that belong together: who answers at once would be seen otherwise.
// And it is taken back by itself: a read may be left behind.
func Silence(tty *os.File) (restore func()) {
	fd := int(tty.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return func() {}
	}
	silent := *before
	silent.Lflag = silent.Lflag&^unix.ECHO | unix.ICANON | unix.ISIG // and in lines, with ctrl+c
	silent.Iflag |= unix.ICRNL
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &silent); err != nil {
		return func() {}
	}
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, before) }
}

// command splits a line into one of the words that are not answers, or an
// answer. A backslash before such a word makes it an answer.
func command(line string) (word, answer string) {
	line = strings.TrimSpace(line)
	switch strings.ToLower(line) {
	case "back", "help", "quit":
		return strings.ToLower(line), ""
	}
	return "", strings.TrimPrefix(line, `\`)
}
