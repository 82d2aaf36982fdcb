package run

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
)

// partAsked is a question to the reader.
type partAsked struct {
	Number       uint64
	Offset, Size uint64
	Name         string
}

// partAnswer is the reader's answer. A fault that the kernel has a number for
// keeps it: who may not read something is told from who could not.
type partAnswer struct {
	Number uint64
	Errno  syscall.Errno
	Fault  string
	Data   []byte
}

func (a partAnswer) err(name string) error {
	switch {
	case a.Errno != 0:
		return &fs.PathError{Op: "read", Path: name, Err: a.Errno}
	case a.Fault != "":
		return &fs.PathError{Op: "read", Path: name, Err: errors.New(a.Fault)}
	}
	return nil
}

// Both go over the pipe as numbers of eight bytes and what they are the
// lengths of. The package gob would take ten times as long for a MiB.

func (a partAsked) write(to io.Writer) error {
	head := make([]byte, 0, 4*8+len(a.Name))
	for _, number := range []uint64{a.Number, a.Offset, a.Size, uint64(len(a.Name))} {
		head = binary.LittleEndian.AppendUint64(head, number)
	}
	_, err := to.Write(append(head, a.Name...))
	return err
}

func readAsked(from io.Reader) (partAsked, error) {
	numbers, err := readNumbers(from, 4)
	if err != nil {
		return partAsked{}, err
	}
	name, err := readBytes(from, numbers[3])
	return partAsked{Number: numbers[0], Offset: numbers[1], Size: numbers[2], Name: string(name)}, err
}

func (a partAnswer) write(to io.Writer) error {
	head := make([]byte, 0, 4*8+len(a.Fault))
	for _, number := range []uint64{a.Number, uint64(a.Errno), uint64(len(a.Fault)), uint64(len(a.Data))} {
		head = binary.LittleEndian.AppendUint64(head, number)
	}
	if _, err := to.Write(append(head, a.Fault...)); err != nil {
		return err
	}
	_, err := to.Write(a.Data)
	return err
}

func readAnswer(from io.Reader) (partAnswer, error) {
	numbers, err := readNumbers(from, 4)
	if err != nil {
		return partAnswer{}, err
	}
	fault, err := readBytes(from, numbers[2])
	if err != nil {
		return partAnswer{}, err
	}
	data, err := readBytes(from, numbers[3])
	return partAnswer{Number: numbers[0], Errno: syscall.Errno(numbers[1]), Fault: string(fault), Data: data}, err
}

func readNumbers(from io.Reader, count uint64) ([]uint64, error) {
	head, err := readBytes(from, 8*count)
	if err != nil {
		return nil, err
	}
	numbers := make([]uint64, count)
	for i := range numbers {
		numbers[i] = binary.LittleEndian.Uint64(head[8*i:])
	}
	return numbers, nil
}

func readBytes(from io.Reader, size uint64) ([]byte, error) {
	if size > maxPart {
		return nil, fmt.Errorf("%d bytes are more than anybody asked for", size)
	}
	data := make([]byte, size)
	_, err := io.ReadFull(from, data)
	return data, err
}
