package run

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"sync"
	"syscall"
)

// parts hands reads of devices to a process of their own: the reader.
//
// Who waits for a dead disk can be ended by nobody, and a process whose file
// is closed by the kernel waits for what is still on its way. A wizard that
// read its disks itself would stay behind after its last line, for as long as
// the kernel hopes for the disk. The reader is left behind instead, and its
// other reads go on beside the one that hangs.
type parts struct {
	mutex   sync.Mutex
	ask     io.Writer // to the reader; nil: there is none
	waiting map[uint64]chan<- partAnswer
	last    uint64 // number of the last question
}

// ReadPart reads a part of a device through the reader. The files of a
// recorded machine do not hang and are read here.
func (r *Real) ReadPart(name string, offset, size uint64) ([]byte, error) {
	if r.Root() != "/" {
		return r.Files.ReadPart(name, offset, size)
	}
	answer, err := r.parts.question(name, offset, size)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	got, there := <-answer
	if !there {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("what reads the disks has ended")}
	}
	return got.Data, got.err(name)
}

// question asks the reader, which is started by the first one.
func (p *parts) question(name string, offset, size uint64) (<-chan partAnswer, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.ask == nil {
		if err := p.start(); err != nil {
			return nil, fmt.Errorf("start what reads the disks: %w", err)
		}
	}
	p.last++
	answer := make(chan partAnswer, 1) // has room for an answer that nobody waits for any more
	p.waiting[p.last] = answer
	if err := (partAsked{Number: p.last, Name: name, Offset: offset, Size: size}).write(p.ask); err != nil {
		delete(p.waiting, p.last)
		p.ask = nil
		return nil, fmt.Errorf("ask what reads the disks: %w", err)
	}
	return answer, nil
}

// start starts the reader: this program under another name. It ends when its
// standard input does, and that is when this process ends.
func (p *parts) start() error {
	reader := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{readerName}, Env: environment(), Dir: "/",
		// A group of its own: an interruption at the keyboard is not for it.
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	questions, errIn := reader.StdinPipe()
	answers, errOut := reader.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return err
	}
	if err := reader.Start(); err != nil {
		return err
	}
	p.ask, p.waiting = questions, map[uint64]chan<- partAnswer{}
	go func(waiting map[uint64]chan<- partAnswer, ask io.Writer) {
		p.listen(answers, waiting, ask)
		_ = reader.Wait()
	}(p.waiting, p.ask)
	return nil
}

// listen hands the answers of a reader to those who wait for them, and says
// to those who are left that it has ended.
func (p *parts) listen(answers io.Reader, waiting map[uint64]chan<- partAnswer, ask io.Writer) {
	buffered := bufio.NewReader(answers)
	for {
		answer, err := readAnswer(buffered)
		p.mutex.Lock()
		if err != nil {
			for _, left := range waiting {
				close(left)
			}
			if p.ask == ask {
				p.ask = nil
			}
			p.mutex.Unlock()
			return
		}
		if one, known := waiting[answer.Number]; known {
			one <- answer
			delete(waiting, answer.Number)
		}
		p.mutex.Unlock()
	}
}
