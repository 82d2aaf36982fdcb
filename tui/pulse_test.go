package tui

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// A program that is silent for minutes is told of every half minute, in plain
// lines too, and what is over is not told of any more.
func TestPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []string
		pulse := NewPulse(func(line string) { said = append(said, line) })
		event := apply.Event{Action: "install/system", Title: "install the system", Number: 3, Of: 4}
		take := func(kind apply.EventKind, text string) {
			event.Kind, event.Text = kind, text
			pulse.Take(event)
		}
		time.Sleep(5 * time.Minute) // nothing is at work yet
		take(apply.EventStarted, "")
		time.Sleep(65 * time.Second)
		take(apply.EventLine, "copying 340 paths\x1b[2J")
		time.Sleep(30 * time.Second)
		event.Progress = &apply.Progress{Paths: 12, PathsTotal: 340}
		take(apply.EventProgress, "")
		time.Sleep(30 * time.Second)
		take(apply.EventProgram, "nixos-install")
		time.Sleep(155 * time.Second)
		take(apply.EventStopping, "nixos-install")
		time.Sleep(155 * time.Second)
		take(apply.EventEnding, "nixos-install")
		take(apply.EventDone, "")
		time.Sleep(5 * time.Minute)
		pulse.Stop()
		want := []string{
			"3 of 4: install the system",
			"still at: install the system, for 0:30",
			"still at: install the system, for 1:00",
			"still at: install the system, for 1:30: copying 340 paths",
			"still at: install the system, for 2:00: 12 of 340 paths",
			"still at: install the system, for 2:30",
			"still at: install the system, for 3:00",
			"still at: install the system, for 3:30",
			"still at: install the system, for 4:00",
			"still at: install the system, for 4:30; no word from nixos-install for 2 minutes, ctrl+c stops after it",
			"Stopping after this action: install the system. Waiting for nixos-install; ctrl+c once more ends it now, and leaves the action half done.",
			"still at: install the system, for 5:10",
			"still at: install the system, for 5:40",
			"still at: install the system, for 6:10",
			"still at: install the system, for 6:40; no word from nixos-install for 2 minutes, ctrl+c once more ends it now",
			"still at: install the system, for 7:10; no word from nixos-install for 2 minutes, ctrl+c once more ends it now",
			"Ending nixos-install. Half done: install the system",
		}
		if !slices.Equal(said, want) {
			t.Errorf("said %q\nwant %q", said, want)
		}
	})
}

// A terminal that takes nothing, after Ctrl-S, stops neither who tells nor the
// end; what had no room is counted once it goes on.
func TestPulseOfAStoppedTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []string
		goesOn := make(chan struct{})
		pulse := NewPulse(func(line string) {
			<-goesOn
			said = append(said, line)
		})
		const over = 100
		pulse.Say("first")
		synctest.Wait() // it is being said
		for range pulseRoom + over {
			pulse.Say("more")
		}
		close(goesOn)
		synctest.Wait()
		pulse.Say("last")
		pulse.Stop()
		if len(said) != pulseRoom+3 || said[0] != "first" || said[pulseRoom+1] != leftOut(over) || said[pulseRoom+2] != "last" {
			t.Errorf("%d lines were said, at the end %q", len(said), said[len(said)-3:])
		}
	})
	synctest.Test(t, func(t *testing.T) {
		goesOn := make(chan struct{})
		pulse := NewPulse(func(string) { <-goesOn })
		pulse.Say("first")
		begun := time.Now()
		pulse.Stop()
		if waited := time.Since(begun); waited != pulsePatience {
			t.Errorf("the end took %s", waited)
		}
		pulse.Take(apply.Event{Kind: apply.EventEnded})
		close(goesOn)
	})
}
