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

	"codeberg.org/mnemonix/mnemonix/steps"
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

// The same for every layout, on whole disks and beside another system, one cut
// in so many, and all of them at length.
func TestPowerCutInEveryLayout(t *testing.T) {
	stride := 12
	switch {
	case os.Getenv("MNEMONIX_FULL") == "1":
		stride = 1
	case testing.Short():
		stride = 60
	}
	for number, layout := range []string{
		"luks-btrfs", "btrfs", "ext4", "luks-ext4", "luks-lvm", "luks-zfs", "luks-btrfs-raid1", "md-raid1", "luks-zfs-mirror", "beside",
	} {
		for _, impermanence := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, impermanence %v", layout, impermanence), func(t *testing.T) {
				t.Parallel()
				machine := "desktop-two-nvme"
				if layout == "beside" {
					machine = "windows-gap"
				}
				plan := smallOn(t, machine, func(in *steps.Input) { lay(in, layout, impermanence) })
				if len(plan.Blockers) > 0 {
					t.Fatalf("blocked: %v", plan.Blockers)
				}
				whole, want := straight(t, plan)
				for cut := 1 + number%stride; cut <= whole.calls; cut += stride {
					comesTo(t, plan, cut, want)
				}
			})
		}
	}
}

// lay chooses a layout on the disks that the machine has.
func lay(in *steps.Input, layout string, impermanence bool) {
	var disks []steps.DiskChoice
	for _, disk := range in.Facts.Disks {
		if disk.Transport == "nvme" && len(disks) < 2 {
			disks = append(disks, steps.DiskChoice{Role: []string{"system", "mirror"}[len(disks)], Match: steps.Match{Serial: disk.Serial}})
		}
	}
	if !strings.Contains(layout, "raid1") && !strings.Contains(layout, "mirror") {
		disks = disks[:1]
	}
	in.Answers.Disk.Disks, in.Answers.Disk.Layout, in.Answers.Disk.Impermanence = disks, layout, impermanence
	in.Answers.Disk.Swap = steps.Swap{Kind: "zram"}
	in.Answers.Boot.Unlock = "passphrase"
	if !strings.HasPrefix(layout, "luks") && layout != "beside" {
		in.Answers.Boot.Unlock = "none"
	}
}

// comesTo cuts the power before that call, and goes on after the next start.
func comesTo(t *testing.T, plan steps.Plan, cut int, want map[string]string) {
	t.Helper()
	w := newWorld(plan)
	w.cutAt = cut
	if err := w.installation(nil).Start(t.Context()); err == nil {
		t.Fatalf("cut %d was not noticed", cut)
	}
	w.boot()
	if err := w.again(t, nil); err != nil {
		t.Fatalf("cut %d: %v", cut, err)
	}
	if got := w.disk(t); !maps.Equal(got, want) {
		t.Fatalf("cut %d (-straight +resumed):\n%s", cut, cmp.Diff(want, got))
	}
}

// What is told as done can be gone on from: the record is on the new disk from
// the moment when that has an EFI system partition.
func TestToldIsKept(t *testing.T) {
	plan := small(t)
	late, tried := false, 0
	for _, action := range plan.Actions {
		late = late || action.ID == "disk/format"
		if !late {
			continue
		}
		w, reached := newWorld(plan), false
		err := w.installation(func(event apply.Event) {
			if event.Action == action.ID && event.Kind == apply.EventDone {
				w.off, reached = true, true
			}
		}).Start(t.Context())
		if !reached { // done already, or the last
			continue
		}
		tried++
		w.boot()
		if _, found := apply.Find(t.Context(), w); found != nil && !w.complete() {
			t.Errorf("the power was cut behind %s (%v): %v", action.ID, err, found)
		}
	}
	if tried < 10 {
		t.Errorf("only %d actions were tried", tried)
	}
}

// The program alone is killed before what it wrote is on the disk. The next
// run finds it done, and then the power is cut: it is on the disk by then, or
// done again.
func TestPowerCutAfterAKill(t *testing.T) {
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

// While the record moves to the new machine there are two, and they differ: the
// one on the EFI system partition has the lines that came after the copy. It
// wins, because it can be read before any disk is unlocked; the other is
// written anew.
func TestTwoRecords(t *testing.T) {
	plan := small(t)
	_, want := straight(t, plan)
	w := newWorld(plan)
	w.fault = func(what string) (error, bool) {
		return errPower, w.current == "finish/record" && what == "remove "+target+"/boot/mnemonix/answers.yaml"
	}
	if err := w.installation(nil).Start(t.Context()); err == nil {
		t.Fatal("the power was not cut")
	}
	w.fault = nil
	onTarget, err := w.Fake.ReadFile(recordOnTarget + "/journal")
	if err != nil {
		t.Fatal(err)
	}
	w.boot()
	found, err := apply.Find(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	kept := apply.ParseJournal(onTarget)
	if !strings.HasSuffix(found.Place, "/mnemonix") || len(found.Entries) < len(kept) || len(kept) < len(plan.Actions) {
		t.Errorf("found in %s with %d lines, the new machine has %d", found.Place, len(found.Entries), len(kept))
	}
	if err := w.again(t, nil); err != nil {
		t.Fatal(err)
	}
	if got := w.disk(t); !maps.Equal(got, want) {
		t.Errorf("(-straight +resumed):\n%s", cmp.Diff(want, got))
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
