package cli

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// newFile is the absolute name of a file that is not there yet, in a folder
// that is and that can be written to.
func newFile(reader run.Reader, name string) (string, error) {
	name, err := filepath.Abs(name)
	if err != nil {
		return "", fault(err)
	}
	folder := filepath.Dir(name)
	switch info, err := reader.Stat(folder); {
	case errors.Is(err, fs.ErrNotExist):
		return "", usage(fmt.Errorf("there is no folder %s", folder), "make it, or name a file somewhere else")
	case err != nil:
		return "", usage(err, "")
	case !info.IsDir():
		return "", usage(fmt.Errorf("%s is not a folder", folder), "name a file somewhere else")
	}
	if _, err := reader.Stat(name); err == nil || isLink(name) {
		return "", usage(fmt.Errorf("%s is there already: nothing was written", name), "remove it, or choose another name")
	}
	return name, writable(folder)
}

// machines are the processors that NixOS calls a system of ours, by the
// number that an ELF file has for them.
var machines = map[elf.Machine]string{elf.EM_X86_64: "x86_64-linux", elf.EM_AARCH64: "aarch64-linux"}

// systemOf is the system that a program runs on by itself: NixOS has no
// libraries at the places where a program of another distribution looks.
func systemOf(program []byte) (string, error) {
	file, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return "", errors.New("it is no program for Linux")
	}
	system, known := machines[file.Machine]
	if !known || file.Class != elf.ELFCLASS64 || file.Type != elf.ET_EXEC && file.Type != elf.ET_DYN {
		return "", fmt.Errorf("it is a program for %s, and media are made for x86-64 and 64-bit ARM", file.Machine)
	}
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			return "", errors.New("it is not statically linked")
		}
	}
	return system, nil
}
