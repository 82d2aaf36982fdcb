package run

import (
	"cmp"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// Shell runs the operator's shell on a terminal until it ends; what status
// that was is the operator's own affair. The terminal belongs to the shell
// meanwhile, so that an interruption at the keyboard is not ours.
func Shell(terminal *os.File, out, faults io.Writer) error {
	shell := exec.Command(cmp.Or(os.Getenv("SHELL"), "/bin/sh")) //nolint:gosec // it is the operator's own choice
	shell.Stdin, shell.Stdout, shell.Stderr = terminal, out, faults
	return attached(shell, terminal)
}

// attached runs a program in the foreground of a terminal.
// Source: tcsetpgrp(3), and credentials(7) about sessions: who is in the
// background and asks for the foreground is stopped by SIGTTOU.
func attached(program *exec.Cmd, terminal *os.File) error {
	fd := int(terminal.Fd())
	if _, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err == nil {
		program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true, Ctty: fd}
		signal.Ignore(syscall.SIGTTOU)
		defer func() {
			_ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, unix.Getpgrp())
			signal.Reset(syscall.SIGTTOU)
		}()
	}
	err := program.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}
