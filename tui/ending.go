package tui

import (
	"context"
	"errors"
	"io"
	"os"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
)

// ending is how an apply ended, and what can be done when that was not well:
// the same again, the log kept, a shell. Leaving loses nothing of what was
// done.
type ending struct {
	summary []string
	failed  bool
	reason  apply.Reason
	again   bool   // it can be tried again
	resume  string // what goes on from here later: "mnemonix resume"; empty: nothing
	can     []Hint // what else can be done here

	asking bool // where the log goes
	typed  textField
	fault  fault
	said   string // how the last thing that was done came out
}

// lastLinesKept is how many lines of a program that failed are shown at most.
const lastLinesKept = 30

// The messages of what is done on the page.
type (
	logSaved struct {
		name string
		err  error
	}
	shellEnded struct{ err error }
)

// endingOf is the page of an apply that ended so.
func endingOf(setup Setup, applied bool, summary []string, err error) ending {
	e := ending{summary: summary, failed: err != nil}
	if err == nil {
		return e
	}
	e.reason = apply.Explain(err)
	if applied {
		e.resume = setup.Resumable
	}
	if e.reason.Hint == "" && e.resume == "" { // else the page itself says what goes on from here
		_, e.reason.Hint = told(err)
	}
	if !applied {
		return e
	}
	e.again = setup.Again != nil && e.reason.Again
	if setup.SaveLog != nil {
		e.can = append(e.can, Hint{"s", "save log"})
	}
	if setup.Shell != nil {
		e.can = append(e.can, Hint{"x", "shell"})
	}
	return e
}

func (e ending) hints(log Hint) []Hint {
	switch {
	case e.asking:
		return []Hint{{"enter", "save"}, {"esc", "back"}}
	case !e.failed:
		return []Hint{{"enter", "leave"}, log, {"up/down", "scroll"}}
	}
	var hints []Hint
	if e.again {
		hints = append(hints, Hint{"r", againWord(e)})
	}
	return append(append(append(hints, Hint{"q", "quit"}), e.can...), log, Hint{"up/down", "scroll"})
}

// keys are what the keys of the page do, for the page of keys.
func (e ending) keys() []Hint {
	keys := []Hint{{"q", "quit; what is done stays done"}, {"l", "what the programs printed"}}
	for _, hint := range e.can {
		switch hint.Key {
		case "s":
			keys = append(keys, Hint{"s", "save that to a file; no secret is in it"})
		case "x":
			keys = append(keys, Hint{"x, !", "a shell; exit leads back"})
		}
	}
	if e.again {
		keys = append([]Hint{{"r", "the same action again, and then the rest"}}, keys...)
	}
	return append(keys, Hint{"up, down", "scroll; also k and j"})
}

// endKey takes a key on the last page.
func (w Wizard) endKey(msg tea.KeyMsg) (Wizard, tea.Cmd) {
	end := w.work.ending
	if end.asking {
		return w.logKey(msg)
	}
	key := letter(msg)
	switch {
	case key == 'q', !end.again && (msg.String() == "enter" || msg.String() == "esc"):
		return w.quit()
	case key == 'r' && end.again:
		return w.again()
	case key == 's' && w.offers("s"):
		w.work.ending.asking, w.work.ending.fault = true, fault{}
		w.work.ending.typed, w.work.showLog = newText(w.setup.LogName), false
		return w, nil
	case (key == 'x' || key == '!') && w.offers("x"):
		return w, tea.Exec(&shell{run: w.setup.Shell, clear: w.setup.Options.OneScreen}, func(err error) tea.Msg { return shellEnded{err} })
	}
	w.work = w.work.update(msg)
	w.work.scroll = min(w.work.scroll, w.sheet().furthest(w.canvas())+len(w.work.log))
	return w, nil
}

// offers says whether the key is offered on the last page.
func (w Wizard) offers(key string) bool {
	for _, hint := range w.work.ending.can {
		if hint.Key == key {
			return true
		}
	}
	return false
}

// logKey takes a key while the name of a file is typed.
func (w Wizard) logKey(msg tea.KeyMsg) (Wizard, tea.Cmd) {
	switch {
	case isBack(msg):
		w.work.ending.asking = false
		return w, nil
	case msg.String() == "enter":
		save, name := w.setup.SaveLog, w.work.ending.typed.values()[0]
		return w, func() tea.Msg {
			saved, err := save(context.Background(), name)
			return logSaved{name: saved, err: err}
		}
	}
	w.work.ending.fault = fault{}
	w.work.ending.typed.update(msg)
	return w, nil
}

// saved enters how the saving of the log came out.
func (e ending) saved(msg logSaved) ending {
	if msg.err != nil {
		e.fault = faultOf(msg.err)
		return e
	}
	e.asking, e.said = false, "the log is in "+oneLine(msg.name)
	return e
}

// back enters how the shell came out.
func (e ending) back(msg shellEnded) ending {
	e.said = ""
	if msg.err != nil {
		e.said = "the shell did not begin: " + oneLine(msg.err.Error())
	}
	return e
}

// again tries the rest of the plan once more.
func (w Wizard) again() (Wizard, tea.Cmd) {
	w.result.Kind, w.result.Err, w.result.Summary = KindAccepted, nil, nil
	w.work = w.work.again()
	return w.carry(w.setup.Again)
}

// shell is the operator's shell, on the terminal that the page was on.
type shell struct {
	run   func(terminal *os.File, out io.Writer) error
	clear bool // the page would stay on the screen
	in    io.Reader
	out   io.Writer
}

// SetStdin implements tea.ExecCommand.
func (s *shell) SetStdin(in io.Reader) { s.in = in }

// SetStdout implements tea.ExecCommand.
func (s *shell) SetStdout(out io.Writer) { s.out = out }

// SetStderr implements tea.ExecCommand: what is wrong goes to the screen too.
func (s *shell) SetStderr(io.Writer) {}

// Run implements tea.ExecCommand.
func (s *shell) Run() error {
	terminal, ok := s.in.(*os.File)
	if seen, isOurs := s.in.(watched); isOurs {
		terminal, ok = seen.File, true
	}
	if !ok {
		return errors.New("there is no terminal")
	}
	if s.clear {
		_, _ = io.WriteString(s.out, "\x1b[2J\x1b[H")
	}
	_, _ = io.WriteString(s.out, shellSays+"\r\n")
	return s.run(terminal, s.out)
}

// shellSays is what is above its first prompt.
const shellSays = "A shell. exit leads back to " + programName + "."
