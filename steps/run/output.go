package run

import (
	"bytes"
	"fmt"
	"io"
	"sync/atomic"
)

// Limits of what is kept of a command's output in memory. Standard error is
// for people: its end says what went wrong, and all of it is in the log.
const (
	maxStdout = 64 << 20
	maxStderr = 64 << 10
)

// tail keeps the end of what is written to it, or with head the beginning.
type tail struct {
	buffer bytes.Buffer
	limit  int
	head   bool
	full   bool
}

func (t *tail) Write(p []byte) (int, error) {
	switch {
	case t.head && t.buffer.Len()+len(p) > t.limit:
		t.full = true
	case t.head:
		t.buffer.Write(p)
	default:
		t.buffer.Write(p)
		if over := t.buffer.Len() - t.limit; over > t.limit {
			t.buffer.Next(over)
			t.full = true
		}
	}
	return len(p), nil
}

func (t *tail) bytes() []byte { return t.buffer.Bytes() }

// lines hands whole lines on as they come.
type lines struct {
	tail
	log  io.Writer
	line func([]byte)
	part []byte
	gone atomic.Bool // nobody listens any more
}

func (l *lines) Write(p []byte) (int, error) {
	_, _ = l.tail.Write(p)
	l.part = append(l.part, p...)
	for {
		end := bytes.IndexAny(l.part, "\r\n")
		if end < 0 {
			break
		}
		l.emit(l.part[:end])
		l.part = l.part[end+1:]
	}
	if len(l.part) > maxStderr { // a program that never ends its line
		l.flush()
	}
	return len(p), nil
}

func (l *lines) flush() {
	if len(l.part) > 0 {
		l.emit(l.part)
	}
	l.part = nil
}

func (l *lines) emit(line []byte) {
	if len(line) == 0 {
		return
	}
	fmt.Fprintf(l.log, "  %s\n", line)
	if l.line != nil && !l.gone.Load() {
		l.line(line)
	}
}
