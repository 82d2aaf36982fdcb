package probe_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
)

func named(name string) func(context.Context) (steps.Finding, error) {
	return func(context.Context) (steps.Finding, error) {
		return func(facts *steps.Facts) { facts.Hostname += name }, nil
	}
}

// TestTogether has a probe that never comes back among others: it costs its
// own facts and no others, and the order is that of the list.
func TestTogether(t *testing.T) {
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	second := make(chan struct{})
	finding := probe.Together(t.Context(),
		probe.Probe{Name: "first", Look: func(ctx context.Context) (steps.Finding, error) {
			<-second // ends after the second, and is entered before it
			return named("first ")(ctx)
		}},
		probe.Probe{Name: "second", Look: func(ctx context.Context) (steps.Finding, error) {
			close(second)
			return named("second ")(ctx)
		}},
		probe.Probe{Name: "hung", Limit: time.Millisecond, Look: func(context.Context) (steps.Finding, error) {
			<-forever
			return named("never")(context.Background())
		}},
		probe.Probe{Name: "half", Look: func(ctx context.Context) (steps.Finding, error) {
			finding, _ := named("half")(ctx)
			return finding, errors.New("the other half is missing")
		}},
	)
	var facts steps.Facts
	finding(&facts)
	if facts.Hostname != "first second half" {
		t.Errorf("entered %q", facts.Hostname)
	}
	want := []steps.Absence{{Probe: "hung", Reason: "no answer within 1ms"}, {Probe: "half", Reason: "the other half is missing"}}
	if diff := cmp.Diff(want, facts.Absent); diff != "" {
		t.Error(diff)
	}
}

func TestReason(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&probe.NotHere{Name: "/sys/class/tpm"}, "/sys/class/tpm does not exist here"},
		{fmt.Errorf("read: %w", &fs.PathError{Op: "open", Path: "/home/alice/record/proc/cpuinfo", Err: fs.ErrPermission}), "permission denied"},
		{&exec.Error{Name: "iw", Err: exec.ErrNotFound}, "there is no program iw"},
		{errors.New("two\nlines"), "two lines"},
	} {
		if got := probe.Reason(test.err); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// On a recorded machine nothing has a limit but what ends the whole.
func TestPatient(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	late := make(chan struct{})
	time.AfterFunc(10*time.Millisecond, func() { close(late) })
	got, err := probe.Within(probe.Patient(ctx), time.Nanosecond, func(context.Context) (string, error) {
		<-late
		return "late", nil
	})
	if got != "late" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	ended := errors.New("ended")
	cancel(ended)
	if _, err := probe.Within(probe.Patient(ctx), time.Nanosecond, func(context.Context) (string, error) { select {} }); !errors.Is(err, ended) {
		t.Errorf("when all of it ends: %v", err)
	}
}
