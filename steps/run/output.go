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

// longestLine is how much of a line is handed on; the rest of it is left out.
const longestLine = 1 << 20

// lines hands whole lines on as they come. A carriage return ends one too:
// programs that show how far they are write over their last line.
type lines struct {
	tail
	log  io.Writer
	line func([]byte)
	part []byte      // of a line whose end has not come yet
	gone atomic.Bool // nobody listens any more
}

func (l *lines) Write(p []byte) (int, error) {
	_, _ = l.tail.Write(p)
	rest := p
	for {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			break
		}
		l.whole(rest[:end])
		rest = rest[end+1:]
	}
	if end := bytes.LastIndexByte(rest, '\r'); end >= 0 {
		l.whole(rest[:end])
		rest = rest[end+1:]
	}
	l.keep(rest)
	return len(p), nil
}

// whole hands on what ends here, and what came of it before.
func (l *lines) whole(text []byte) {
	if len(l.part) > 0 {
		l.keep(text)
		text, l.part = l.part, l.part[:0]
	}
	for {
		end := bytes.IndexByte(text, '\r')
		if end < 0 {
			l.emit(text)
			return
		}
		l.emit(text[:end])
		text = text[end+1:]
	}
}

// keep keeps the beginning of a line.
func (l *lines) keep(text []byte) {
	l.part = append(l.part, text[:min(len(text), longestLine-len(l.part))]...)
}

func (l *lines) flush() {
	l.whole(nil)
	l.part = nil
}

func (l *lines) emit(line []byte) {
	if len(line) == 0 {
		return
	}
	line = line[:min(len(line), longestLine)]
	fmt.Fprintf(l.log, "  %s\n", line)
	if l.line != nil && !l.gone.Load() {
		l.line(line)
	}
}
