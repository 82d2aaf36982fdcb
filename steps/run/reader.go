package run

import (
	"bufio"
	"errors"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// readerName is what this program is called where it only reads parts of
// devices for another one. It is asked for on standard input and answers on
// standard output, and does nothing else.
const readerName = "mnemonix-reads-disks"

// init is before everything that makes a program of this: the reader is there
// within milliseconds, also in a test.
func init() {
	if os.Args[0] == readerName {
		// A MiB goes through in one piece; where that is not granted, in more.
		_, _ = unix.FcntlInt(os.Stdout.Fd(), unix.F_SETPIPE_SZ, 1<<20)
		answerParts(os.Stdin, os.Stdout, NewFiles("/").ReadPart)
		os.Exit(0)
	}
}

// answerParts reads what it is asked for, all of it beside each other: a
// device that hangs keeps only those waiting who asked for it.
func answerParts(questions io.Reader, answers io.Writer, read func(name string, offset, size uint64) ([]byte, error)) {
	var mutex sync.Mutex
	buffered := bufio.NewReader(questions)
	for {
		asked, err := readAsked(buffered)
		if err != nil {
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
			_ = answer.write(answers) // nobody listens any more
		}()
	}
}
