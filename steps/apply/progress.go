package apply

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// nixWatch turns the log of a Nix command into events: few enough to be drawn,
// however much the command says.
type nixWatch struct {
	log     *tools.NixLog
	teller  *teller
	secrets *steps.Secrets
	last    time.Time // when the last progress was told
	told    tools.NixState
	rate    rate
}

// progressEvery is how often progress is told at most.
const progressEvery = 250 * time.Millisecond

// speaksNix says whether a command writes the log of Nix.
func speaksNix(command steps.Command) bool { return slices.Contains(command.Argv, "internal-json") }

func newNixWatch(teller *teller, secrets *steps.Secrets) *nixWatch {
	return &nixWatch{log: tools.NewNixLog(), teller: teller, secrets: secrets}
}

// line takes one line of the log.
func (w *nixWatch) line(line []byte) {
	if text := w.log.Take(line); text != "" {
		w.teller.tell(EventLine, said([]byte(text), w.secrets))
	}
	now := w.teller.now()
	if since := now.Sub(w.last); since >= 0 && since < progressEvery { // below 0 a clock was set back
		return
	}
	w.last = now
	state := w.log.State()
	w.rate.take(now, state.Bytes)
	if state == w.told {
		return
	}
	w.told = state
	w.teller.send(Event{Kind: EventProgress, Text: state.Now, Progress: &Progress{
		Paths: state.Paths, PathsTotal: state.PathsTotal, Bytes: state.Bytes, BytesTotal: state.BytesTotal,
		Seconds: w.rate.left(now, state.Bytes, state.BytesTotal),
	}})
}

// explain puts what Nix said was wrong into the error: its last line is data.
func (w *nixWatch) explain(err error) error {
	var failed *run.Error
	if said := w.log.Error(); said != "" && errors.As(err, &failed) {
		failed.Last = said
	}
	return err
}

// rate is how fast bytes come, over the last while: long enough that one slow
// file does not change what is said of the whole.
type rate struct {
	samples []sample
	begin   time.Time
}

type sample struct {
	at    time.Time
	bytes uint64
}

const (
	// rateWindow is what the rate is measured over.
	rateWindow = 30 * time.Second
	// rateLeast is how long is watched before anything is said.
	rateLeast = 8 * time.Second
	// rateLongest is the longest time that is said: beyond it the guess is
	// worth nothing.
	rateLongest = 24 * time.Hour
)

func (r *rate) take(now time.Time, bytes uint64) {
	// A clock that was set, a long silence, or a count that went back begins
	// anew.
	if last := len(r.samples) - 1; last >= 0 && (now.Before(r.samples[last].at) || now.Sub(r.samples[last].at) > rateWindow || bytes < r.samples[last].bytes) {
		r.samples = nil
	}
	if len(r.samples) == 0 {
		r.begin = now
	}
	r.samples = append(r.samples, sample{now, bytes})
	for len(r.samples) > 2 && now.Sub(r.samples[1].at) > rateWindow {
		r.samples = r.samples[1:]
	}
}

// left is how many seconds are left, or 0 while nothing honest can be said:
// too little was seen, nothing comes, or the total may still grow.
func (r *rate) left(now time.Time, done, total uint64) int {
	if len(r.samples) < 2 || now.Sub(r.begin) < rateLeast || total <= done {
		return 0
	}
	first := r.samples[0]
	span, bytes := now.Sub(first.at), done-first.bytes
	if span <= 0 || bytes == 0 || done < first.bytes {
		return 0
	}
	seconds := float64(total-done) / (float64(bytes) / span.Seconds())
	if seconds < 1 || seconds > rateLongest.Seconds() {
		return 0
	}
	return int(seconds)
}

// String is one line of progress for a person: "12 of 340 paths, 0.4 of 2.1
// GiB, about 3 min left".
func (p Progress) String() string {
	text := fmt.Sprintf("%d of %d paths", p.Paths, p.PathsTotal)
	if p.BytesTotal > 0 {
		unit, name := float64(1<<20), "MiB"
		if p.BytesTotal >= 10<<30 {
			unit, name = 1<<30, "GiB"
		}
		text += fmt.Sprintf(", %.1f of %.1f %s", float64(p.Bytes)/unit, float64(p.BytesTotal)/unit, name)
	}
	switch {
	case p.Seconds >= 90:
		text += fmt.Sprintf(", about %d min left", (p.Seconds+30)/60)
	case p.Seconds > 0:
		text += ", less than 2 min left"
	}
	return text
}
