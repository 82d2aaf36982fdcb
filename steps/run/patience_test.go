package run

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A program that the kernel holds fast does not end when it is killed. It is
// waited for as long as it may run, and then not for ever.
func TestWhatCannotBeKilledIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		fast := make(chan struct{})
		go func() { ended <- patiently(ctx, func() error { <-fast; return nil }) }()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		select {
		case err := <-ended:
			t.Fatalf("given up while it may run: %v", err)
		default:
		}
		cancel()
		begin := time.Now()
		if err := <-ended; !errors.Is(err, ErrUnkillable) {
			t.Errorf("ended with %v", err)
		}
		if waited := time.Since(begin); waited <= endDelay || waited > time.Minute {
			t.Errorf("given up after %s", waited)
		}
		close(fast)
	})
}

// What was given up is not listened to any more.
func TestLinesAfterTheEnd(t *testing.T) {
	var log strings.Builder
	heard := 0
	l := &lines{tail: tail{limit: 100}, log: &log, line: func([]byte) { heard++ }}
	_, _ = l.Write([]byte("one\n"))
	l.gone.Store(true)
	_, _ = l.Write([]byte("two\n"))
	if heard != 1 || !strings.Contains(log.String(), "two") {
		t.Errorf("heard %d lines, the log has %q", heard, log.String())
	}
}
