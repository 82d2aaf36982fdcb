package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// errHangup is why a context ended when the terminal was closed.
var errHangup = errors.New("the terminal was closed")

// untilSignal is a context that ends with the first signal that asks this
// process to end; its cause tells a hang-up from the others.
func untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	watched := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup wants to live on
		watched = append(watched, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, watched...)
	go func() {
		select {
		case got := <-signals:
			if got == syscall.SIGHUP {
				cancel(errHangup)
			} else {
				cancel(errors.New(got.String()))
			}
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// overHangup is a context for what must not end with the terminal: a hang-up
// of ours is told, once, and everything else that ends ours or ctx is the wish
// to stop. After a hang-up that is a signal of its own. A second signal is the
// order to end what runs now.
func overHangup(ours, ctx context.Context, tell func()) (lasting context.Context, stop func()) {
	// A reader that is gone must not end what writes to it. See os/signal,
	// SIGPIPE.
	pipes := make(chan os.Signal, 1)
	signal.Notify(pipes, syscall.SIGPIPE)
	lasting, end := apply.WithEnd(context.WithoutCancel(ctx))
	lasting, cancel := context.WithCancel(lasting)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	over := make(chan struct{})
	go func() {
		for _, wish := range []context.CancelFunc{cancel, end} {
			select {
			case <-signals:
				wish()
			case <-over:
				return
			}
		}
	}()
	ends := func() {
		if hungUp(ours) {
			tell()
			return
		}
		cancel()
	}
	first := context.AfterFunc(ours, ends)
	second := func() bool { return true }
	if ctx != ours {
		second = context.AfterFunc(ctx, cancel)
	}
	return lasting, func() {
		first()
		second()
		cancel()
		end()
		signal.Stop(signals)
		signal.Stop(pipes)
		close(over)
	}
}

// hungUp says that the context ended because the terminal was closed.
func hungUp(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errHangup) }

// noTerminal says that nothing could be printed because the terminal was
// closed: nobody is there to read, and what was done is done all the same.
// Source: read(2) and write(2) of a terminal that was hung up, EIO.
func noTerminal(err error) bool { return errors.Is(err, syscall.EIO) }
