package flow_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
)

// Every program of the plan says no, and repeats what it was told.
func TestEveryProgramFails(t *testing.T) {
	plan := whole(t)
	_, want := straight(t, plan)
	for _, at := range sites(plan) {
		failsHere(t, plan, at, want, func(w *world) {
			w.fault = func(what string) (error, bool) {
				return &run.Error{Argv: []string{at.program}, Status: 1, Last: "it says no to " + secretOfDisk}, at.here(w, what)
			}
		}, nil)
	}
}

// Every program hangs, is waited for, and is ended by the operator's order.
func TestEveryProgramHangs(t *testing.T) {
	plan := whole(t)
	_, want := straight(t, plan)
	for _, at := range sites(plan) {
		if at.program == "" || len(at.action.Finally) > 0 && at.program == "rm" { // which has a limit of its own
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			w := upTo(t, plan, at.action.ID)
			w.hangs = func(line string) bool { return at.here(w, "run "+line) }
			ctx, stop := context.WithCancel(t.Context())
			ctx, end := apply.WithEnd(ctx)
			var events []apply.Event
			ended := make(chan error, 1)
			go func() {
				ended <- w.againIn(ctx, func(event apply.Event) { events = append(events, event) })
			}()
			synctest.Wait()
			time.Sleep(time.Hour)
			select {
			case err := <-ended:
				t.Fatalf("%s: ended by itself: %v", at.line, err)
			default:
			}
			stop()
			end()
			err := <-ended
			honest(t, at.line, events, err)
			if !errors.Is(err, apply.ErrInterrupted) || !strings.Contains(err.Error(), at.action.Title) || !strings.Contains(err.Error(), at.program) {
				t.Fatalf("%s: ended with %v", at.line, err)
			}
			w.hangs = nil
			if err := w.again(t, nil); err != nil {
				t.Fatalf("%s, again: %v", at.line, err)
			}
			if got := w.disk(t); !maps.Equal(got, want) {
				t.Fatalf("%s (-straight +resumed):\n%s", at.line, cmp.Diff(want, got))
			}
		})
	}
}

// garbage is what a program should never print.
func garbage() map[string][]byte {
	return map[string][]byte{
		"binary":        {0, 1, 2, 0x7f, 0x1b, '[', '2', 'J', 0xff, '\n', 0},
		"invalid UTF-8": []byte("half \xc3 a word \xff\xfe"),
		"half JSON":     []byte(`{"blockdevices": [{"name": "sda", `),
		"half a log":    []byte("@nix {\"action\":\"start\",\"id\":1,\n@nix {\"action\":\"result\",\"type\":105,\"fields\":[18446744073709551615,-1]}\n@nix null\n"),
		"a long line":   bytes.Repeat([]byte("x"), 1<<20),
	}
}

// Every program prints garbage on both its outputs, and says that it is well.
// Either that is noticed, or the disk is what it is without.
func TestEveryProgramPrintsGarbage(t *testing.T) {
	plan := whole(t)
	_, want := straight(t, plan)
	for name, text := range garbage() {
		t.Run(name, func(t *testing.T) {
			noticed := 0
			for _, at := range sites(plan) {
				w := upTo(t, plan, at.action.ID)
				w.prints = func(line string) (stdout, stderr []byte) {
					if at.here(w, "run "+line) {
						return text, text
					}
					return nil, nil
				}
				var events []apply.Event
				err := w.again(t, func(event apply.Event) { events = append(events, event) })
				honest(t, at.line, events, err)
				for _, event := range events {
					if len(event.Text) > 4096 {
						t.Fatalf("%s: an event of %d bytes", at.line, len(event.Text))
					}
				}
				if err != nil {
					noticed++
					if !strings.Contains(err.Error(), at.action.Title) || len(err.Error()) > 2000 {
						t.Fatalf("%s: %v", at.line, err)
					}
					w.prints = nil
					if err := w.again(t, nil); err != nil {
						t.Fatalf("%s, again: %v", at.line, err)
					}
				}
				if got := w.disk(t); !maps.Equal(got, want) {
					t.Fatalf("%s (-straight +this):\n%s", at.line, cmp.Diff(want, got))
				}
			}
			if noticed < 2 { // what is installed, and what git has not committed
				t.Errorf("garbage was noticed %d times", noticed)
			}
		})
	}
}

// The network goes in the middle of whatever needs it.
func TestNetworkLost(t *testing.T) {
	plan := whole(t)
	_, want := straight(t, plan)
	tried := 0
	for _, at := range sites(plan) {
		if at.program != "nix" && at.program != "nixos-install" {
			continue
		}
		tried++
		failsHere(t, plan, at, want, func(w *world) {
			w.fault = func(what string) (error, bool) {
				return &run.Error{
					Argv: []string{at.program}, Status: 1,
					Last: "error: unable to download 'https://cache.nixos.org/x.narinfo': Couldn't resolve host name (6)",
				}, at.here(w, what)
			}
		}, func(t *testing.T, err error) {
			if reason := apply.Explain(err); !strings.Contains(reason.Text, "could not reach the network") || !reason.Again {
				t.Errorf("explained as %+v", reason)
			}
		})
	}
	if tried < 3 {
		t.Errorf("only %d programs use the network", tried)
	}
}

// The TPM goes before each action that mnemonix carries out itself.
func TestTPMGone(t *testing.T) {
	plan := whole(t)
	_, want := straight(t, plan)
	tried := 0
	for _, at := range sites(plan) {
		if at.program != "" {
			continue
		}
		tried++
		failsHere(t, plan, at, want, func(w *world) {
			w.fault = func(what string) (error, bool) {
				return &device.Error{Condition: device.NoTPM, Text: "open the TPM", Err: errors.New("no such device")}, at.here(w, what)
			}
		}, func(t *testing.T, err error) {
			if reason := apply.Explain(err); reason.Hint != device.NoTPM.Hint() {
				t.Errorf("explained as %+v", reason)
			}
		})
	}
	if tried < 4 {
		t.Errorf("only %d actions of our own", tried)
	}
}

// absent is a guard that misses a disk from one action on.
type absent struct {
	apply.Guard
	from   string
	at     string // before or after
	missed bool
}

var errAbsent = steps.Problem{Text: "the Samsung SSD is not there any more: nothing was written to any other disk", Hint: "put it back"}

func (a *absent) Begin(context.Context, steps.Plan, []string) error { return nil }
func (a *absent) End(context.Context) error                         { return nil }

func (a *absent) Before(_ context.Context, action steps.Action) error {
	return a.look(action, "before")
}

func (a *absent) After(_ context.Context, action steps.Action) error {
	return a.look(action, "after")
}

func (a *absent) look(action steps.Action, at string) error {
	a.missed = a.missed || action.ID == a.from && at == a.at
	if a.missed {
		return errAbsent
	}
	return nil
}

// A disk is pulled between any two actions, or inside one.
func TestDiskRemoved(t *testing.T) {
	plan := whole(t)
	_, want := straight(t, plan)
	for _, action := range plan.Actions {
		for _, when := range []string{"before", "after"} {
			failsHere(t, plan, site{action: action, line: when + " " + action.ID}, want, func(w *world) {
				w.guard = &absent{from: action.ID, at: when}
			}, func(t *testing.T, err error) {
				var problem steps.Problem
				if !errors.As(err, &problem) || problem != errAbsent {
					t.Errorf("ended with %v", err)
				}
			})
		}
	}
}

// There is no room for any of the files that mnemonix writes itself.
func TestNoRoomForAnyFile(t *testing.T) {
	plan := whole(t)
	undisturbed, want := straight(t, plan)
	for at := 1; at <= undisturbed.calls; at++ {
		w := newWorld(plan)
		spoiled := ""
		w.fault = func(what string) (error, bool) {
			verb, _, _ := strings.Cut(what, " ")
			if w.calls != at || verb != "write" && verb != "append" && verb != "mkdir" {
				return nil, false
			}
			spoiled = what
			return errNoRoom, true
		}
		var events []apply.Event
		err := w.installation(func(event apply.Event) { events = append(events, event) }).Start(t.Context())
		if spoiled == "" {
			continue
		}
		honest(t, spoiled, events, err)
		if err == nil || !errors.Is(err, errNoRoom) || !strings.Contains(apply.Explain(err).Text, "found no room left") {
			t.Fatalf("%s: ended with %v", spoiled, err)
		}
		w.fault = nil
		if err := w.installation(nil).Again(t.Context()); err != nil { // as a person tries again at once
			t.Fatalf("%s, again: %v", spoiled, err)
		}
		if got := w.disk(t); !maps.Equal(got, want) {
			t.Fatalf("%s (-straight +again):\n%s", spoiled, cmp.Diff(want, got))
		}
	}
}

var errNoRoom = errors.New("no space left on device")
