package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/report"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// helps adds to a conversation what can be done when its work fails: the log
// kept, a shell.
func (w *applying) helps(setup *tui.Setup) {
	if w.dry {
		return
	}
	setup.SaveLog = w.saveLog
	setup.LogName = filepath.Join(w.sync, time.Now().UTC().Format("mnemonix-2006-01-02-150405")+".log")
	setup.Shell = func(terminal *os.File, out io.Writer) error { return run.Shell(terminal, out, out) }
}

// saveLog writes what the programs printed to a new file, with stand-ins for
// whatever is private, as in a report.
func (w *applying) saveLog(ctx context.Context, name string) (string, error) {
	name, err := newFile(w.runner, name)
	if err != nil {
		return "", err
	}
	text, err := report.Log(ctx, report.Input{Runner: w.runner, Facts: flow.Detect(ctx, w.runner, flow.Install())})
	if err != nil {
		return "", lacks(fmt.Errorf("save the log: %w", err), "mnemonix report collects what else there is")
	}
	if err := w.runner.WriteFile(name, []byte(text), 0o600); err != nil {
		return "", lacks(err, "name a file on another disk or stick")
	}
	return name, nil
}
