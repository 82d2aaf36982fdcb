package run

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// Log is a file that only grows: what programs print. A write that fails does
// not stop what is told of; the first failure is remembered, and Close returns
// it.
type Log struct {
	mutex  sync.Mutex
	name   string
	file   *os.File
	size   int64
	limit  int64
	redact func([]byte) []byte
	err    error
}

// OpenLog opens a log for appending, readable by its owner only. When it has
// grown over the limit, in bytes, it is renamed to NAME.1, over an older one,
// and begun again; 0 is no limit.
func OpenLog(name string, limit int64) (*Log, error) {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	log := &Log{name: name, file: file, limit: limit}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		log.size = info.Size()
	} else {
		log.limit = 0 // a pipe or a terminal cannot be begun again
	}
	return log, nil
}

// Redact sets what is done to a text before it is written: secrets are cut
// out of what a program repeats.
func (l *Log) Redact(redact func([]byte) []byte) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.redact = redact
}

// Write adds a text. It always says that it did; see Close.
func (l *Log) Write(text []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	written := text
	if l.redact != nil {
		written = l.redact(text)
	}
	if l.limit > 0 && l.size > 0 && l.size+int64(len(written)) > l.limit {
		l.keep(l.begin())
	}
	if l.file == nil {
		return len(text), nil
	}
	count, err := l.file.Write(written)
	l.size += int64(count)
	l.keep(err)
	return len(text), nil
}

// begin puts the full log aside and opens a new one.
func (l *Log) begin() error {
	closing := l.file.Close()
	l.file, l.size = nil, 0
	moving := os.Rename(l.name, l.name+".1")
	file, err := os.OpenFile(l.name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		l.file = file
	}
	return errors.Join(closing, moving, err)
}

func (l *Log) keep(err error) {
	if l.err == nil && err != nil {
		l.err = fmt.Errorf("write %s: %w", l.name, reason(err))
	}
}

// Close closes the log and says what could not be written to it.
func (l *Log) Close() error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.file != nil {
		l.keep(l.file.Close())
		l.file = nil
	}
	return l.err
}
