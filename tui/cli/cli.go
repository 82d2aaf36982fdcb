// Package cli is the command line: one file a command, each of the same
// shape. A command turns flags into the input of a flow, lets a skin or a
// file answer, and prints what came out.
//
// Its rules:
//
//   - No command line holds a secret, and no environment variable either:
//     secrets come in by a descriptor or are typed.
//   - What a program reads (--json) goes to standard output, everything that
//     is said to a person besides goes to standard error.
//   - The status says what kind of end it was: see the constants.
//   - A command that is not real yet is not here.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/google/go-tpm/tpm2/transport"
	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/ageid"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// The statuses with which mnemonix ends.
const (
	exitDone        = 0
	exitFault       = 1   // a fault of ours
	exitUsage       = 2   // the command line, an answers file or a secret is wrong
	exitEnvironment = 3   // the machine or the system lacks something
	exitDeclined    = 4   // the operator said no
	exitApply       = 5   // an apply failed; it can be resumed
	exitInterrupted = 130 // SIGINT, SIGTERM, a hang-up or ctrl-c
)

// Build says which mnemonix this is.
type Build struct{ Version, Commit, Date string }

// Main runs the command line of this process and returns its status.
func Main(build Build) int {
	if _, err := secret.Harden(); err != nil {
		// The secrets lie in locked pages of their own all the same.
		fmt.Fprintf(os.Stderr, "mnemonix: warning: this process is less protected than it should be: %v\n", err)
	}
	if name, ok := ageid.PluginName(os.Args[0]); ok { // age and sops call us by the name of a plugin
		plugin := ageid.Plugin{
			Name: name, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
			Open: func() (transport.TPMCloser, error) { return device.Open(pluginTPM()) },
		}
		return plugin.Run(os.Args[1:])
	}
	ctx, stop := untilSignal(context.Background())
	defer stop()
	return Run(ctx, build, os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}

// pluginTPM is the TPM that a plugin uses: its callers give it no flags, so
// another than this machine's is named by the environment.
func pluginTPM() string { return cmp.Or(os.Getenv("MNEMONIX_TPM"), device.Auto) }

// Streams are the three streams of a process.
type Streams struct {
	In  *os.File
	Out io.Writer
	Err io.Writer
}

// Run runs one command line.
func Run(ctx context.Context, build Build, args []string, streams Streams) int {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	app := &app{build: build, streams: streams, managed: managedFolder, hangUp: func() { end(errHangup) }}
	root := app.root()
	root.SetArgs(args)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := errors.Join(root.ExecuteContext(ctx), app.close())
	if err == nil {
		return exitDone
	}
	return app.fail(err, ctx.Err() != nil)
}

// app is what every command shares: the streams and the global flags.
type app struct {
	build   Build
	streams Streams
	flags   struct {
		sysroot string
		tpm     string
		wordsFD int
		dryRun  bool
		plain   bool
		ascii   bool
		noColor bool
		log     string
	}
	managed string   // where a machine that is managed has its flake
	hangUp  func()   // the terminal was closed, and no signal said so
	logFile *run.Log // of --log
	record  *run.Log // of an apply: what programs print, for the report
}

// exit is an error that knows its status, and what could help.
type exit struct {
	status int
	err    error
	hint   string
}

func (e *exit) Error() string { return e.err.Error() }

func (e *exit) Unwrap() error { return e.err }

// Hint is what could help.
func (e *exit) Hint() string { return e.hint }

// fail says the error and returns the status that belongs to it.
func (a *app) fail(err error, interrupted bool) int {
	status, hint, err := ending(err, interrupted)
	fmt.Fprintf(a.streams.Err, "mnemonix: %v\n", err)
	if hint != "" {
		fmt.Fprintf(a.streams.Err, "  %s\n", hint)
	}
	return status
}

// ending is the status that belongs to an error, what could help, and what is
// said of it.
func ending(err error, interrupted bool) (status int, hint string, said error) {
	var known *exit
	switch {
	case errors.As(err, &known):
		return known.status, known.hint, err
	case interrupted:
		return exitInterrupted, "", errors.New("interrupted")
	}
	return exitFault, "", err
}

func fault(err error) error { return &exit{status: exitFault, err: err} }

func usage(err error, hint string) error { return &exit{status: exitUsage, err: err, hint: hint} }

func lacks(err error, hint string) error { return &exit{status: exitEnvironment, err: err, hint: hint} }

// runner is the door to this machine, or to the recorded one of --sysroot.
func (a *app) runner() (run.Runner, error) {
	if a.flags.log != "" && a.logFile == nil {
		file, err := run.OpenLog(a.flags.log, 0)
		if err != nil {
			return nil, lacks(fmt.Errorf("open the log: %w", err), "")
		}
		a.logFile = file
	}
	if a.flags.sysroot != "" {
		info, err := os.Stat(a.flags.sysroot)
		if err != nil || !info.IsDir() {
			return nil, usage(fmt.Errorf("--sysroot %s is not a folder", a.flags.sysroot), "it names a recorded machine: mnemonix detect --record DIR makes one")
		}
	}
	return run.NewReal(a.flags.sysroot, a.logs()), nil
}

// logs is where the lines of programs go.
func (a *app) logs() io.Writer {
	var logs []io.Writer
	for _, log := range []*run.Log{a.logFile, a.record} {
		if log != nil {
			logs = append(logs, log)
		}
	}
	return io.MultiWriter(logs...)
}

// here is the door to this machine, whatever --sysroot says: what is written
// is written here.
func (a *app) here() (run.Runner, error) {
	sysroot := a.flags.sysroot
	a.flags.sysroot = ""
	defer func() { a.flags.sysroot = sysroot }()
	return a.runner()
}

// close closes the logs; what could not be written to them is told.
func (a *app) close() error {
	var failed error
	for _, log := range []*run.Log{a.logFile, a.record} {
		if log == nil {
			continue
		}
		if err := log.Close(); err != nil {
			failed = errors.Join(failed, lacks(fmt.Errorf("the log is not whole: %w", err), ""))
		}
	}
	return failed
}

// noArguments refuses what a command would ignore.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("unexpected argument %q", args[0]), "")
	}
	return nil
}
