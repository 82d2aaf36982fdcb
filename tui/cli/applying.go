package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// Where an apply keeps what lasts as long as it does, in memory.
const (
	lockFile   = "/run/mnemonix/lock"
	recordFile = "/run/mnemonix/log"
)

// recordLimit bounds what is kept of what programs print: it lies in memory
// and goes to the new machine.
const recordLimit = 16 << 20

// applying is what install, resume and undo have in common: they run as root,
// alone, with a log, and they go on when the terminal is closed.
type applying struct {
	app     *app
	verb    string // install, resume, undo
	runner  run.Runner
	secrets *steps.Secrets
	events  *eventFile // --events; may be nil
	sync    string
	ours    context.Context // of this process: ends with a signal
	dry     bool            // --dry-run: nothing is touched
	applied bool            // the plan was begun to be carried out
	lost    []string        // what is to be said at the end of copies of the journal
	hung    atomic.Bool     // the terminal was closed: nobody reads any more
	unlock  func() error
}

// applyFlags are the flags of the commands that apply a plan.
type applyFlags struct {
	yes       bool
	secretsFD int
	events    string
	sync      string
}

// startApply takes the lock and opens the logs. Without root it refuses,
// before anything is asked.
func (a *app) startApply(ctx context.Context, verb string, flags applyFlags) (*applying, error) {
	if a.flags.dryRun {
		return a.startDry(ctx, verb, flags)
	}
	if a.flags.sysroot != "" {
		return nil, usage(fmt.Errorf("--sysroot names a recorded machine: there is nothing to %s", verb), "--dry-run tells what would happen there")
	}
	if os.Geteuid() != 0 {
		return a.begin(ctx, verb, flags, func(*applying) error {
			return lacks(fmt.Errorf("mnemonix %s writes to disks and needs root", verb), "sudo mnemonix "+verb+"; to look only: mnemonix try, or mnemonix --dry-run "+verb)
		})
	}
	return a.begin(ctx, verb, flags, func(w *applying) error { return w.openAlone(flags) })
}

// begin opens the events first of all, so that who watches hears of a refusal
// too, and then what is needed.
func (a *app) begin(ctx context.Context, verb string, flags applyFlags, open func(*applying) error) (*applying, error) {
	work := &applying{app: a, verb: verb, secrets: &steps.Secrets{}, sync: flags.sync, ours: ctx, unlock: func() error { return nil }}
	if flags.events != "" {
		var err error
		if work.events, err = openEvents(flags.events); err != nil {
			return nil, err
		}
	}
	if err := open(work); err != nil {
		return nil, work.end(err)
	}
	return work, nil
}

// openAlone sees to it that this is the only mnemonix at work as root, opens
// the log and reads the secrets.
func (w *applying) openAlone(flags applyFlags) error {
	var locked *run.LockedError
	unlock, err := run.Lock(lockFile, fmt.Sprintf("mnemonix %s, process %d", w.verb, os.Getpid()))
	switch {
	case errors.As(err, &locked):
		return lacks(fmt.Errorf("another mnemonix is at work here: %s", locked.Holder), "wait until it has ended, or end it; what it began can be resumed")
	case err != nil:
		return lacks(err, "")
	}
	w.unlock = unlock
	record, err := run.OpenLog(recordFile, recordLimit)
	if err != nil {
		return lacks(fmt.Errorf("open the log: %w", err), "")
	}
	w.app.record = record
	return w.open(flags)
}

// startDry is an apply that only tells: it needs no root, no lock and no log.
func (a *app) startDry(ctx context.Context, verb string, flags applyFlags) (*applying, error) {
	runner, err := a.runner()
	if err != nil {
		return nil, err
	}
	secrets, err := readSecrets(flags.secretsFD, a.flags.wordsFD)
	work := &applying{app: a, verb: verb, runner: runner, secrets: secrets, dry: true, ours: ctx, unlock: func() error { return nil }}
	if err != nil {
		return nil, work.end(err)
	}
	return work, nil
}

// open opens what needs no root, and reads the secrets.
func (w *applying) open(flags applyFlags) (err error) {
	if w.runner, err = w.app.runner(); err != nil {
		return err
	}
	w.secrets, err = readSecrets(flags.secretsFD, w.app.flags.wordsFD)
	return err
}

// end says how it ended, gives everything back, and returns why it did not end
// well. What was stopped before the plan was begun is interrupted, whatever
// could not be looked at because of that.
func (w *applying) end(err error) error {
	stopped := w.ours.Err() != nil
	if err != nil && stopped && !w.applied {
		err = interruptedBefore()
	}
	w.events.end(err, stopped)
	w.secrets.Wipe()
	return errors.Join(err, w.events.close(w.app.streams.Err), w.unlock())
}

// interruptedBefore is a run that was stopped before the plan was begun.
func interruptedBefore() error {
	return &exit{status: exitInterrupted, err: errors.New("interrupted: nothing was written")}
}

// carry runs something of an installation over the hang-up of the terminal,
// and gives its end a status.
func (w *applying) carry(ctx context.Context, plan steps.Plan, report func(apply.Event), do func(context.Context, flow.Installation) error) error {
	return w.lasting(ctx, func(lasting context.Context) error {
		return do(lasting, flow.Installation{
			Runner: w.runner, Plan: plan, Secrets: w.secrets, Open: w.app.openTPM, Sync: w.sync, Log: recordFile,
			Guard: newGuard(w.runner), Events: w.watch(report),
		})
	})
}

// lasting runs what goes on when the terminal is closed, and gives its end a
// status.
func (w *applying) lasting(ctx context.Context, do func(context.Context) error) error {
	lasting, stop := overHangup(w.ours, ctx, func() {
		w.hung.Store(true)
		w.remember(fmt.Sprintf("# %s the terminal was closed; mnemonix %s goes on without it", time.Now().UTC().Format(time.RFC3339), w.verb))
	})
	defer stop()
	w.applied = true
	// From here on the secrets stay as they are.
	redact := func(text []byte) []byte { return w.secrets.Redact(text) }
	for _, log := range []*run.Log{w.app.record, w.app.logFile} {
		if log != nil {
			log.Redact(redact)
		}
	}
	if w.events != nil {
		w.events.feed.Redact(redact)
	}
	err := do(lasting)
	if err != nil {
		w.remember("# " + err.Error())
	}
	return w.status(err)
}

// remember adds a line to the log of the run, where there is one.
func (w *applying) remember(line string) {
	if w.app.record != nil {
		_, _ = fmt.Fprintln(w.app.record, line)
	}
}

// watch gives every event to --events and to whoever reports.
func (w *applying) watch(report func(apply.Event)) func(apply.Event) {
	return func(event apply.Event) {
		w.events.take(event)
		if event.Kind == apply.EventLost {
			w.lost = append(w.lost, tui.LostCopy(event))
		}
		report(event)
	}
}

// note says something to a person.
func (w *applying) note(text string) {
	if !w.hung.Load() {
		_, _ = fmt.Fprintln(w.app.streams.Err, text)
	}
}

// status gives the end of an apply its status: what failed or was stopped can
// be resumed.
func (w *applying) status(err error) error {
	var known *exit
	var failure *apply.Failure
	again, verb := "mnemonix resume goes on where it stopped; mnemonix undo takes back what can be", "resume"
	switch w.verb {
	case "undo":
		again, verb = "mnemonix undo goes on where it stopped", "undo"
	case "change":
		again, verb = "what is committed stays: mnemonix change goes on from there", "change"
	}
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, apply.ErrNoReturn):
		return &exit{status: exitDeclined, err: err, hint: "mnemonix resume goes on; mnemonix install begins anew"}
	case errors.Is(err, apply.ErrInterrupted):
		return &exit{status: exitInterrupted, err: err, hint: cmp.Or(hintOf(err), again)}
	case errors.As(err, &failure):
		hint, reason := again, apply.Explain(err)
		switch {
		case !reason.Again:
			hint = reason.Hint
		case reason.Hint != "":
			hint = reason.Hint + "; then: mnemonix " + verb
		}
		return &exit{status: exitApply, err: err, hint: hint}
	}
	return &exit{status: exitApply, err: err, hint: hintOf(err)}
}

// hintOf is what an error itself says that could help.
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	var problem steps.Problem
	if errors.As(err, &problem) {
		return problem.Hint
	}
	return ""
}

// wantedSecrets are the names of the secrets without which these actions
// cannot be carried out.
func wantedSecrets(actions []steps.Action) []string {
	var names []string
	for _, action := range actions {
		for _, name := range action.Secrets {
			if name != "wordsPassphrase" && !contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// missingSecrets are those of the actions that were not given.
func missingSecrets(actions []steps.Action, secrets *steps.Secrets) []string {
	var missing []string
	for _, name := range wantedSecrets(actions) {
		if secrets.Named(name).Len() == 0 {
			missing = append(missing, name)
		}
	}
	return missing
}

// needSecrets refuses a plan whose secrets are not all there.
func needSecrets(actions []steps.Action, secrets *steps.Secrets) error {
	if missing := missingSecrets(actions, secrets); len(missing) > 0 {
		return usage(fmt.Errorf("secrets are missing: %s", strings.Join(missing, ", ")),
			"--secrets-fd N reads one JSON object with these members from the descriptor N")
	}
	return nil
}
