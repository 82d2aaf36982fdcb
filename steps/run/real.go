package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Real runs commands on this machine and reads and writes its files.
type Real struct {
	Files
	// Log receives each command's arguments, output and status. It never
	// receives what was given on standard input.
	Log io.Writer

	parts parts
}

// NewReal returns the Runner of this machine. With a root other than "/" or
// "" it reads a recorded machine, whose files are looked up below that
// folder.
func NewReal(root string, log io.Writer) *Real {
	if log == nil {
		log = io.Discard
	}
	return &Real{Files: NewFiles(root), Log: log}
}

// LookPath finds a program in PATH.
func (r *Real) LookPath(program string) (string, error) {
	return exec.LookPath(program)
}

// Run runs the command to its end.
func (r *Real) Run(ctx context.Context, cmd Command) (Result, error) {
	timeout := cmd.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, fmt.Errorf("gave no answer within %s", timeout))
		defer cancel()
	}
	process := exec.CommandContext(ctx, cmd.Argv[0], cmd.Argv[1:]...)
	process.Dir = cmd.Dir
	process.Env = append(environment(), cmd.Env...)
	// A group of its own, so that what the program started ends with it.
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	process.Cancel = func() error { return end(process.Process.Pid) }
	process.WaitDelay = endDelay + 2*time.Second
	if err := asOwner(process, cmd.Owner); err != nil {
		return Result{Status: -1}, &Error{Argv: cmd.Argv, Status: -1, Err: err}
	}
	stdout := &tail{limit: maxStdout, head: true}
	stderr := &lines{tail: tail{limit: maxStderr}, log: r.Log, line: cmd.Line}
	process.Stdout, process.Stderr = stdout, stderr
	fmt.Fprintf(r.Log, "+ %s\n", strings.Join(quoted(cmd.Argv), " "))

	err := patiently(ctx, func() error { return r.wait(process, cmd) })
	if errors.Is(err, ErrUnkillable) {
		stderr.gone.Store(true)
		fmt.Fprintf(r.Log, "= %v\n", err)
		return Result{Status: -1}, &Error{Argv: cmd.Argv, Status: -1, Err: fmt.Errorf("%w; %w", context.Cause(ctx), err)}
	}
	stderr.flush()
	result := Result{Stdout: stdout.bytes(), Stderr: stderr.bytes(), Status: process.ProcessState.ExitCode()}
	fmt.Fprintf(r.Log, "= %d\n", result.Status)
	if err == nil && stdout.full {
		err = fmt.Errorf("printed more than %d MiB", maxStdout>>20)
	}
	if err == nil {
		return result, nil
	}
	failure := &Error{Argv: cmd.Argv, Status: result.Status, Last: lastLine(result.Stderr)}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		failure.Err = context.Cause(ctx)
	case !errors.As(err, &exit):
		failure.Err = err
	default: // by a signal of somebody else; one that is killed often had no memory left
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			failure.Err = fmt.Errorf("was ended from outside: %w", exit)
		}
	}
	return result, failure
}

const (
	// endDelay is how long a program that was asked to end has for it.
	endDelay = 3 * time.Second
	// giveUp is when one that was killed is not waited for any more.
	giveUp = endDelay + 4*time.Second
)

// ErrUnkillable is a program that does not even end when it is killed: it
// waits in the kernel, which lets nobody go who waits for a disk.
var ErrUnkillable = errors.New("it does not end even when it is killed: it waits for a device that does not answer")

// patiently waits for the end of a program, but when ctx has ended no longer
// than it takes to end it.
func patiently(ctx context.Context, wait func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	patience := time.NewTimer(giveUp)
	defer patience.Stop()
	select {
	case err := <-ended:
		return err
	case <-patience.C:
		return ErrUnkillable
	}
}

// end asks a group of processes to end, and ends it when it does not.
func end(group int) error {
	time.AfterFunc(endDelay, func() { _ = syscall.Kill(-group, syscall.SIGKILL) })
	return syscall.Kill(-group, syscall.SIGTERM)
}

// wait starts the process, feeds its standard input and waits for its end.
func (r *Real) wait(process *exec.Cmd, cmd Command) error {
	if cmd.Secret == nil {
		process.Stdin = strings.NewReader(cmd.Text)
		return process.Run()
	}
	// exec would copy a reader through a buffer of its own that nobody
	// wipes: the secret goes into the pipe directly.
	pipe, err := process.StdinPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return err
	}
	var writing error
	cmd.Secret.Use(func(value []byte) { _, writing = pipe.Write(value) })
	closing := pipe.Close()
	waiting := process.Wait()
	if waiting != nil {
		return waiting
	}
	return errors.Join(writing, closing)
}

// environment is the part of ours that programs need: it holds no secret,
// and their messages are not translated.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, name := range []string{
		"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TERM", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR",
		"NIX_PATH", "NIX_CONFIG", "NIX_REMOTE", "NIX_STORE_DIR", "NIX_STATE_DIR", "NIX_LOG_DIR", "NIX_CONF_DIR",
		"NIX_SSL_CERT_FILE", "SSL_CERT_FILE", "SSH_AUTH_SOCK", "http_proxy", "https_proxy", "no_proxy",
	} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// asOwner makes the process run as that user.
func asOwner(process *exec.Cmd, name string) error {
	if name == "" {
		return nil
	}
	owner, err := user.Lookup(name)
	if err != nil {
		return fmt.Errorf("run as %s: %w", name, err)
	}
	uid, errUID := strconv.ParseUint(owner.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(owner.Gid, 10, 32)
	if err := errors.Join(errUID, errGID); err != nil {
		return fmt.Errorf("run as %s: %w", name, err)
	}
	if int(uid) == os.Geteuid() {
		return nil
	}
	process.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	process.Env = append(process.Env, "HOME="+owner.HomeDir, "USER="+owner.Username)
	return nil
}

// quoted shows arguments so that a person sees where each begins and ends.
func quoted(argv []string) []string {
	shown := make([]string, len(argv))
	for i, arg := range argv {
		shown[i] = Quote(arg)
	}
	return shown
}

// Quote writes one argument so that a POSIX shell reads it back as it is.
func Quote(arg string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("_-./:=,+@%^#", r)
	}
	comment := strings.HasPrefix(arg, "#")
	if arg != "" && !comment && strings.IndexFunc(arg, func(r rune) bool { return !plain(r) }) < 0 {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

// below joins root and an absolute name; a name cannot climb out of root.
func below(root, name string) string {
	return filepath.Join(root, filepath.Clean("/"+name))
}
