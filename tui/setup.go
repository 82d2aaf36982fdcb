package tui

import (
	"context"
	"io"
	"os"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/apply/preflight"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// Setup is everything that a conversation is made from, in full screen or as
// plain lines. The functions do the work; none of them is called while a
// page is drawn.
type Setup struct {
	Title   string // what is going on: "install", "try"; stands at the right of the title line
	Steps   []steps.Step
	Answers steps.Answers  // to start from, unless there is Begin
	Secrets *steps.Secrets // to start from and to fill; never nil

	// Detect reads the machine, before the first question.
	Detect func(context.Context) (steps.Facts, error)
	// Begin gives the answers to start from, once the machine is known. May be
	// nil.
	Begin func(steps.Facts) steps.Answers
	// Set returns the answers with one of them replaced, checked. The
	// answers that it is given stay as they are. An error that is a
	// steps.Problem brings its own hint.
	Set func(answers steps.Answers, key string, values []string) (steps.Answers, error)
	// CheckSecret says what is wrong with a secret of that name. May be nil.
	CheckSecret func(name string, value *secret.Secret) error
	// Warnings are what the operator should know of the answers so far; those
	// whose Key belongs to a question of the page are shown there while it is
	// answered. May be nil.
	Warnings func(steps.Facts, steps.Answers) []steps.Problem
	// Effect is carried out when the question of that key was answered, for
	// what has to happen before the review: the console's keymap, the Wi-Fi
	// network. May be nil.
	Effect func(ctx context.Context, key string, answers steps.Answers, secrets *steps.Secrets) error
	// MakeWords makes 24 new words. Nil where only existing ones are wanted.
	MakeWords func(context.Context) (*words.Mnemonic, error)
	// Plan computes what is going to happen. Nil: asking is all, and the
	// conversation is accepted with its last answer.
	Plan func(context.Context, steps.Facts, steps.Answers, *steps.Secrets) (steps.Plan, error)
	// Check looks whether the plan can be carried out, before it is shown. It
	// tells each result as it comes, and what failed keeps the plan from being
	// accepted. It ends early when ctx is cancelled. May be nil.
	Check func(ctx context.Context, facts steps.Facts, answers steps.Answers, plan steps.Plan, report func(preflight.Result)) []preflight.Result
	// Present are the files that the flake's folder holds now, by path, for
	// the diff. Nil: everything is new.
	Present map[string]string
	// Accept carries the plan out, and returns the lines of the last page.
	// It ends early when ctx is cancelled. Nil: accepting is all.
	Accept AcceptFunc
	// Again goes on with what Accept began, when that failed or was stopped:
	// what is done stays done, and the action that failed is begun again. Nil:
	// there is no second try.
	Again AcceptFunc
	// SaveLog writes what the programs printed to a new file, without what is
	// private, and returns its name. Nil: there is no log.
	SaveLog func(ctx context.Context, name string) (string, error)
	// LogName is the file that is proposed for it.
	LogName string
	// Shell runs a shell on the terminal until it ends. Nil: there is none to
	// be had.
	Shell func(terminal *os.File, out io.Writer) error
	// Past says that an earlier run has begun what cannot be brought back.
	Past bool
	// Confirmed says that what is erased was confirmed before: nothing is
	// typed again.
	Confirmed bool
	// GoesOn says whether what Accept does goes on when the screen went away
	// in the middle; else it is asked to stop. May be nil.
	GoesOn func() bool
	// HungUp is called when the terminal was closed and no signal said so. May
	// be nil.
	HungUp func()
	// Resumable is what brings back what Accept began, where it was stopped
	// or failed: "mnemonix resume". Empty: there is no such thing.
	Resumable string
	// Harmless says that Accept erases nothing: accepting then needs no typed
	// word, and what would make an installation refuse is only told.
	Harmless bool
	// AcceptVerb is what Enter does on the review page: "install". Empty:
	// "accept".
	AcceptVerb string

	Options Options
}

// AcceptFunc carries a plan out, tells what happens, and returns the lines of
// the last page.
type AcceptFunc func(ctx context.Context, plan steps.Plan, answers steps.Answers, secrets *steps.Secrets, report func(apply.Event)) ([]string, error)

// Options are how a conversation looks.
type Options struct {
	Glyphs Glyphs // the zero value: ASCII
	Colour bool
	Theme  *Theme // nil: made from Colour
	// Remote names the line that the screen travels over, when the operator
	// does not sit at the machine: "ssh", "a serial line". The words page
	// warns of it. Empty: neither.
	Remote string
	// OneScreen says that the terminal has no second screen: what was drawn
	// stays when a program of its own is started.
	OneScreen bool
	// Slow keeps the redraws of the progress page rare, for serial lines.
	Slow bool
}

// Kind is how a conversation ended.
type Kind string

// The ways in which a conversation ends.
const (
	KindAccepted    Kind = "accepted"    // the plan was accepted and, where there is Accept, carried out
	KindDeclined    Kind = "declined"    // the operator said no
	KindInterrupted Kind = "interrupted" // Ctrl-C twice, a signal, the end of the input
	KindFailed      Kind = "failed"      // Detect, Plan or Accept failed; Err says how
)

// Result is what a conversation came to.
type Result struct {
	Kind    Kind
	Facts   steps.Facts
	Answers steps.Answers
	Plan    steps.Plan
	Summary []string // what Accept returned
	Applied bool     // Accept had begun
	Err     error
}

func (o Options) filled() Options {
	if o.Glyphs == (Glyphs{}) {
		o.Glyphs = ASCIIGlyphs()
	}
	if o.Theme == nil {
		theme := NewTheme(o.Colour)
		o.Theme = &theme
	}
	return o
}
