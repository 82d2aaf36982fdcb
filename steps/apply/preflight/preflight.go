// Package preflight looks, before the first write, whether an installation
// can go through: what would stop it in the middle is said while nothing has
// happened yet.
//
// Its rules:
//
//   - A check changes nothing on the machine. It reads through the Runner, and
//     what has to be put down somewhere, like the flake that is evaluated, goes
//     into memory below /run.
//   - The checks run beside each other, and each tells by itself: that it
//     began, and what it came to. Nothing waits for the slowest.
//   - What a check says is a sentence, and what can be done is another, the
//     hint. A failure stops the installation, a warning is only told.
//   - A check that could not look says so as a warning: "could not look" is
//     neither good nor bad.
//   - The same list serves the wizard, the plain lines and a run without
//     anybody.
package preflight

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Status is what a check came to.
type Status string

// The states of a check.
const (
	Running Status = "running"
	OK      Status = "ok"
	Warning Status = "warn"
	Failed  Status = "fail"
)

// Result is one check and what it came to.
type Result struct {
	ID     string `json:"id"` // stable: "memory"
	Title  string `json:"title"`
	Status Status `json:"status"`
	Text   string `json:"text,omitempty"` // a sentence: what was found
	Hint   string `json:"hint,omitempty"` // what can be done about it
}

// Input is what the checks look at.
type Input struct {
	Runner  run.Runner
	Facts   steps.Facts
	Answers steps.Answers
	Plan    steps.Plan
	// Open opens the TPM; nil where there is none to be opened.
	Open func() (transport.TPMCloser, error)
	// Root says that this process may do everything.
	Root bool
	// Now is the time of this machine's clock, and Built that of this build;
	// zero where it is not known.
	Now, Built time.Time
	// Folder is where the flake is put to be evaluated, in memory.
	Folder string
	// Still says that nothing is put down, not even in memory: what needs
	// that, like the evaluation of the flake, is not looked at.
	Still bool
	// Provide makes the programs in these folders found by name from now on.
	// Nil: what is missing is only named.
	Provide func(folders []string)
}

// DefaultFolder is where the flake is put to be evaluated.
const DefaultFolder = "/run/mnemonix/preflight"

// check is one thing that is looked at.
type check struct {
	id, title string
	look      func(ctx context.Context, l *looker) Result
}

// checks are all of them, in the order in which they are listed. The short
// ones come first.
var checks = []check{
	{"root", "Administrator", root},
	{"firmware", "Firmware", firmware},
	{"memory", "Memory", memory},
	{"clock", "Clock", clock},
	{"power", "Power", power},
	{"space", "Room to work in", space},
	{"esp", "EFI system partition", esp},
	{"tpm", "TPM", tpm},
	{"programs", "Programs", programs},
	{"network", "Network", network},
	{"remote", "Git remote", remote},
	{"flake", "The flake evaluates", flake},
	{"closure", "The system fits", closure},
}

// looker is one run of the checks: the input, and what several of them want
// to know.
type looker struct {
	Input
	tell func(text string) // of the present check, while it runs
	// provided is closed when the programs are there, or are not to be had.
	provided chan struct{}
	// evaluated and missing are computed once, whoever asks first.
	evaluated func() (string, error)
	missing   func() (need, error)
}

// List is what Run is going to look at: every check, as it begins.
func List() []Result {
	list := make([]Result, len(checks))
	for i, one := range checks {
		list[i] = Result{ID: one.id, Title: one.title, Status: Running}
	}
	return list
}

// Run runs all checks beside each other and returns what they came to, in
// the order of List. report is called for each change, from several
// goroutines but never twice at once; it may be nil.
func Run(ctx context.Context, in Input, report func(Result)) []Result {
	if in.Folder == "" {
		in.Folder = DefaultFolder
	}
	var lock sync.Mutex
	results := List()
	tell := func(i int, result Result) {
		lock.Lock()
		defer lock.Unlock()
		results[i] = result
		if report != nil {
			report(result)
		}
	}
	shared := &looker{Input: in, provided: make(chan struct{})}
	shared.evaluated = sync.OnceValues(func() (string, error) { return shared.evaluate(ctx) })
	shared.missing = sync.OnceValues(func() (need, error) { return shared.wanted(ctx) })

	var looking sync.WaitGroup
	for i, one := range checks {
		looking.Go(func() {
			own := *shared
			begun := Result{ID: one.id, Title: one.title, Status: Running}
			own.tell = func(text string) {
				begun.Text = text
				tell(i, begun)
			}
			result := one.look(ctx, &own)
			result.ID, result.Title = one.id, one.title
			if ctx.Err() != nil && result.Status != OK {
				result.Status, result.Text, result.Hint = Failed, "was not looked at: interrupted", ""
			}
			tell(i, result)
		})
	}
	looking.Wait()
	return results
}

// Blocking returns the checks that failed.
func Blocking(results []Result) []Result {
	var failed []Result
	for _, result := range results {
		if result.Status == Failed {
			failed = append(failed, result)
		}
	}
	return failed
}

func good(format string, values ...any) Result {
	return Result{Status: OK, Text: fmt.Sprintf(format, values...)}
}

func warn(text, hint string) Result { return Result{Status: Warning, Text: text, Hint: hint} }

func fail(text, hint string) Result { return Result{Status: Failed, Text: text, Hint: hint} }
