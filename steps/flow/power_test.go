package flow_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// The power is cut before each thing that reaches the outside, one run after
// the other, and comes back: what is on the disk in the end is what it is
// without a cut.
func TestPowerCutAtEveryBoundary(t *testing.T) {
	plan := small(t)
	whole, want := straight(t, plan)
	for cut := 1; cut <= whole.calls; cut++ {
		comesTo(t, plan, cut, want)
	}
	if whole.calls < 100 {
		t.Errorf("only %d places to cut", whole.calls)
	}
}

// The program alone is killed before what it wrote is on the disk. The next
// run finds it done, and then the power is cut: it is on the disk by then, or
// done again.
func TestPowerCutAfterAKill(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole installation for each action: not in the inner loop")
	}
	plan := small(t)
	_, want := straight(t, plan)
	for cut := 1; ; cut++ {
		w := newWorld(plan)
		w.fault = func(what string) (error, bool) {
			w.off = w.current == "flake/write" && what == "sync"
			return errPower, w.off
		}
		if err := w.installation(nil).Start(t.Context()); err == nil || len(w.inMemory) < len(plan.Files) {
			t.Fatalf("it was not killed: %v, with %d files in memory", err, len(w.inMemory))
		}
		w.fault, w.off, w.calls, w.cutAt = nil, false, 0, cut
		err := w.again(t, nil)
		if err == nil {
			if cut < 30 {
				t.Errorf("only %d places to cut", cut)
			}
			return
		}
		w.boot()
		if err := w.again(t, nil); err != nil {
			t.Fatalf("cut %d: %v", cut, err)
		}
		if got := w.disk(t); !maps.Equal(got, want) {
			t.Fatalf("cut %d (-straight +resumed):\n%s", cut, cmp.Diff(want, got))
		}
	}
}

// Whatever fails, the run ends with an error that names it, says nothing that
// did not happen, and goes on when what was wrong is mended.
func TestEverythingFailsOnce(t *testing.T) {
	plan := small(t)
	whole, want := straight(t, plan)
	for name, fault := range map[string]error{
		"a status":      nil,
		"no space":      errors.New("no space left on device"),
		"out of memory": errors.New("signal: killed"),
		"an I/O error":  errors.New("input/output error"),
	} {
		t.Run(name, func(t *testing.T) {
			step := 3
			if os.Getenv("MNEMONIX_FULL") == "1" {
				step = 1
			}
			for at := 1 + len(name)%step; at <= whole.calls; at += step {
				w := newWorld(plan)
				checked := ""
				w.fault = func(what string) (error, bool) {
					if w.calls != at {
						return nil, false
					}
					checked = what
					return fault, fault != nil || strings.HasPrefix(what, "run ")
				}
				if fault == nil { // a program that says no
					w.fault = func(what string) (error, bool) {
						checked = what
						return &run.Error{Argv: []string{what}, Status: 1, Last: "it says no"}, w.calls == at && strings.HasPrefix(what, "run ")
					}
				}
				var events []apply.Event
				err := w.installation(func(event apply.Event) { events = append(events, event) }).Start(t.Context())
				honest(t, fmt.Sprintf("fault %d (%s)", at, checked), events, err)
				if err == nil {
					if got := w.disk(t); !maps.Equal(got, want) {
						t.Fatalf("fault %d (%s): it ended well with another disk", at, checked)
					}
					continue
				}
				w.fault = nil
				if err := w.again(t, nil); err != nil {
					t.Fatalf("fault %d (%s), again: %v", at, checked, err)
				}
				if got := w.disk(t); !maps.Equal(got, want) {
					t.Fatalf("fault %d (%s) (-straight +resumed):\n%s", at, checked, cmp.Diff(want, got))
				}
			}
		})
	}
}

// honest looks at what was told of a run that ended so.
func honest(t *testing.T, what string, events []apply.Event, err error) {
	t.Helper()
	done := map[string]bool{}
	for i, event := range events {
		switch event.Kind {
		case apply.EventDone:
			done[event.Action] = true
		case apply.EventFailed:
			if done[event.Action] || err == nil {
				t.Fatalf("%s: %s is told as done and failed, and the run ends with %v", what, event.Action, err)
			}
		case apply.EventEnded:
			if err != nil || i != len(events)-1 {
				t.Fatalf("%s: told as ended, and it ended with %v", what, err)
			}
		}
	}
}

// downloading is the log of a Nix that downloads.
func downloading() []byte {
	var log bytes.Buffer
	log.WriteString("@nix {\"action\":\"start\",\"id\":1,\"type\":103}\n@nix {\"action\":\"result\",\"id\":1,\"type\":106,\"fields\":[100,100000]}\n" +
		"@nix {\"action\":\"start\",\"id\":2,\"type\":100,\"fields\":[\"/nix/store/x-y\"]}\n")
	for i := range 100 {
		fmt.Fprintf(&log, "@nix {\"action\":\"result\",\"id\":2,\"type\":105,\"fields\":[%d,100000]}\n", (i+1)*500)
	}
	return log.Bytes()
}

// A clock that jumps changes what is told, and nothing else: the journal is in
// order, and no time that is left is told that has passed already.
func TestClockThatJumps(t *testing.T) {
	plan := small(t)
	_, want := straight(t, plan)
	for name, now := range map[string]func(tick int) time.Time{
		"to and fro":   func(tick int) time.Time { return time.Unix(1, 0).Add(time.Duration(tick%7-3) * 1000 * time.Hour) },
		"from 1970":    func(tick int) time.Time { return time.Unix(0, 0).AddDate(tick/40*50, 0, 0) },
		"backwards":    func(tick int) time.Time { return time.Unix(1<<31, 0).Add(-time.Duration(tick) * time.Second) },
		"stands still": func(int) time.Time { return time.Unix(1, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(plan)
			w.prints = func(line string) (stdout, stderr []byte) {
				if !strings.HasPrefix(line, "nix ") {
					return nil, nil
				}
				return nil, downloading()
			}
			told := 0
			work, ticks := w.installation(func(event apply.Event) {
				if event.Progress != nil {
					told++
					if event.Progress.Seconds < 0 || event.Progress.Seconds > 24*3600 {
						t.Errorf("%d seconds are left", event.Progress.Seconds)
					}
				}
			}), 0
			work.Now = func() time.Time {
				ticks++
				return now(ticks)
			}
			if err := work.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if told == 0 && name != "stands still" {
				t.Error("nothing was told of how far it is")
			}
			if got := w.disk(t); !maps.Equal(got, want) {
				t.Error("the disk is another one")
			}
			text, err := w.Fake.ReadFile(recordOnTarget + "/journal")
			if err != nil {
				t.Fatal(err)
			}
			if entries := apply.ParseJournal(text); len(entries) != strings.Count(string(text), "\n") || len(entries) < len(plan.Actions) {
				t.Errorf("%d entries can be trusted of\n%s", len(entries), text)
			}
		})
	}
}
