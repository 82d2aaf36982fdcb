package run

import (
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// Feed is a file that others read while it is written: a pipe, a terminal, a
// plain file that grows. Who adds to it never waits for who reads: one writer
// hands over what waits in memory, and once too much does, what may be left
// out is, and a line in its place says how much that was.
type Feed struct {
	name string
	file *os.File
	lost func(count int) []byte

	lock    sync.Mutex
	redact  func([]byte) []byte
	waiting [][]byte
	size    int // of what waits
	gap     int // how many were left out since the last that was not
	untaken int // how many were, or were never taken
	err     error
	closed  bool
	some    chan struct{}
	over    chan struct{}
}

const (
	// feedRoom is how many bytes may wait for a reader before anything is left
	// out. What must not be left out is little, and comes on top.
	feedRoom = 1 << 20
	// feedPatience is how long the end waits for a reader.
	feedPatience = 2 * time.Second
)

// OpenFeed opens a file for appending, readable by its owner only. lost makes
// the line that stands where others were left out.
func OpenFeed(name string, lost func(count int) []byte) (*Feed, error) {
	flags := os.O_APPEND | os.O_CREATE | os.O_WRONLY
	if info, err := os.Stat(name); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		// Opened for writing only, a pipe waits for its first reader.
		// Source: fifo(7).
		flags = os.O_RDWR
	}
	file, err := os.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, err
	}
	f := &Feed{name: name, file: file, lost: lost, some: make(chan struct{}, 1), over: make(chan struct{})}
	go f.write()
	return f, nil
}

// Redact sets what is done to a text before it is kept for the reader.
func (f *Feed) Redact(redact func([]byte) []byte) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.redact = redact
}

// Add adds a text, and keeps it. What is spare may be left out.
func (f *Feed) Add(text []byte, spare bool) {
	f.lock.Lock()
	defer f.lock.Unlock()
	if f.closed {
		return
	}
	if f.redact != nil {
		text = f.redact(text)
	}
	if spare && f.size+len(text) > feedRoom {
		f.gap++
		f.untaken++
		return
	}
	f.fill()
	f.keep(text)
}

// fill says what was left out before what comes now.
func (f *Feed) fill() {
	if f.gap > 0 {
		f.keep(f.lost(f.gap))
		f.gap = 0
	}
}

func (f *Feed) keep(text []byte) {
	f.waiting = append(f.waiting, text)
	f.size += len(text)
	select {
	case f.some <- struct{}{}:
	default:
	}
}

// write hands over what waits, until the feed is closed.
func (f *Feed) write() {
	defer close(f.over)
	for range f.some {
		for text, more := f.next(); more; text, more = f.next() {
			if _, err := f.file.Write(text); err != nil {
				f.failed(err)
			}
		}
	}
}

func (f *Feed) next() (text []byte, more bool) {
	f.lock.Lock()
	defer f.lock.Unlock()
	if len(f.waiting) == 0 {
		return nil, false
	}
	text = f.waiting[0]
	f.waiting = f.waiting[1:]
	f.size -= len(text)
	return text, true
}

func (f *Feed) failed(err error) {
	f.lock.Lock()
	defer f.lock.Unlock()
	if f.err == nil {
		f.err = fmt.Errorf("write %s: %w", f.name, reason(err))
	}
}

// Close waits a little until all is taken. It returns how many texts were not,
// and the first failure to write, which is another thing than a reader that
// does not read.
func (f *Feed) Close() (untaken int, err error) {
	f.lock.Lock()
	f.fill()
	f.closed = true
	close(f.some)
	f.lock.Unlock()
	stalled := false
	select {
	case <-f.over:
	case <-time.After(feedPatience):
		stalled = true
	}
	f.lock.Lock()
	untaken, err = f.untaken, f.err
	if stalled {
		untaken += len(f.waiting) + 1 // and the one that is being written
		f.waiting = nil
	}
	f.lock.Unlock()
	if closing := f.file.Close(); err == nil && closing != nil {
		err = fmt.Errorf("write %s: %w", f.name, reason(closing))
	}
	return untaken, err
}
