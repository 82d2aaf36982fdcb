package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/term"

	_ "codeberg.org/mnemonix/mnemonix/tui/quiet" // before bubbletea wakes up
)

// Run shows the wizard on a terminal until it is over. terminal is TERM. When
// ctx ends, so does the conversation; an apply that runs is asked to stop
// and waited for.
func Run(ctx context.Context, setup Setup, in io.Reader, out io.Writer, terminal string) (Result, error) {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	if file, ok := in.(*os.File); ok {
		in = watched{File: file, gone: func() {
			if setup.HungUp != nil {
				setup.HungUp()
			}
			leave()
		}}
	}
	// Signals end ctx. bubbletea's own handler would wait for a loop that ctx
	// has ended already, for ever.
	program := tea.NewProgram(NewWizard(setup), tea.WithInput(in), tea.WithOutput(out), tea.WithAltScreen(),
		tea.WithContext(ctx), tea.WithoutSignalHandler())
	model, err := program.Run()
	clearAfter(out, terminal)
	wizard, ok := model.(Wizard)
	if !ok {
		return Result{Kind: KindFailed, Answers: setup.Answers, Err: err}, fmt.Errorf("show the wizard: %w", err)
	}
	wizard = wizard.abandon(out)
	result := wizard.Result()
	interrupted := errors.Is(err, tea.ErrInterrupted) || errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil
	switch {
	case interrupted && wizard.stage != stageEnd:
		result.Kind = KindInterrupted
	case err != nil && !interrupted:
		return result, fmt.Errorf("show the wizard: %w", err)
	}
	return result, nil
}

// watched is the terminal that keys come from. When it was closed, its reading
// ends; bubbletea would wait for the next key for ever, and whoever started us
// may keep the signal to himself.
type watched struct {
	*os.File
	gone func()
}

// Read reads keys.
func (w watched) Read(keys []byte) (int, error) {
	n, err := w.File.Read(keys)
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.EIO) {
		w.gone()
	}
	return n, err
}

// clearAfter empties the screen of the Linux console, which has no second
// screen to return from: the last frame would stay above what is printed
// next, and the words would stay in what can be scrolled back to. (ECMA-48
// ED, and its parameter 3 of console_codes(4).)
func clearAfter(out io.Writer, terminal string) {
	if oneScreen(terminal) {
		_, _ = io.WriteString(out, "\x1b[3J\x1b[2J\x1b[H")
	}
}

// oneScreen says whether a terminal of that name has no second screen.
func oneScreen(name string) bool {
	return strings.HasPrefix(name, "linux") || strings.HasPrefix(name, "vt")
}

// OptionsFrom reads the environment: NO_COLOR, TERM, the locale, whether the
// screen is far away.
func OptionsFrom(getenv func(string) string, ascii, noColour bool) Options {
	locale := ""
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale = getenv(name); locale != "" {
			break
		}
	}
	name := getenv("TERM")
	options := Options{
		Glyphs: GlyphsFor(name, locale, ascii),
		Colour: !noColour && getenv("NO_COLOR") == "" && !strings.HasPrefix(name, "vt"),
	}
	options.OneScreen = oneScreen(name)
	if getenv("SSH_CONNECTION") != "" || getenv("SSH_TTY") != "" {
		options.Remote = "ssh"
	} else if strings.HasPrefix(name, "vt") {
		options.Remote, options.Slow = "a serial line", true
	}
	return options
}

// Plain says whether the conversation has to be in plain lines: a terminal
// that cannot be drawn on, or none at all.
func Plain(getenv func(string) string, in, out *os.File) bool {
	isTerminal := func(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }
	name := getenv("TERM")
	return name == "" || name == "dumb" || !isTerminal(in) || !isTerminal(out)
}
