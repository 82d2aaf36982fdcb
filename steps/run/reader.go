package run

import (
	"bufio"
	"encoding/gob"
	"errors"
	"io"
	"os"
	"sync"
)

// readerName is what this program is called where it only reads parts of
// devices for another one. It is asked for on standard input and answers on
// standard output, and does nothing else.
const readerName = "mnemonix-reads-disks"

// init is before everything that makes a program of this: the reader is there
// within milliseconds, also in a test.
func init() {
	if os.Args[0] == readerName {
		answerParts(os.Stdin, os.Stdout, NewFiles("/").ReadPart)
		os.Exit(0)
	}
}

// answerParts reads what it is asked for, all of it beside each other: a
// device that hangs keeps only those waiting who asked for it.
func answerParts(questions io.Reader, answers io.Writer, read func(name string, offset, size uint64) ([]byte, error)) {
	var mutex sync.Mutex
	decoder, encoder := gob.NewDecoder(bufio.NewReader(questions)), gob.NewEncoder(answers)
	for {
		var asked partAsked
		if decoder.Decode(&asked) != nil {
			return
		}
		go func() {
			answer := partAnswer{Number: asked.Number}
			data, err := read(asked.Name, asked.Offset, asked.Size)
			answer.Data = data
			if err != nil && !errors.As(err, &answer.Errno) {
				answer.Fault = reason(err).Error()
			}
			mutex.Lock()
			defer mutex.Unlock()
			_ = encoder.Encode(answer) // nobody listens any more
		}()
	}
}
