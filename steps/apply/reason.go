package apply

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"regexp"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// Reason is why a run did not go on, for a person.
type Reason struct {
	Action  string // what was being done: "make the file systems"; empty: nothing yet
	Program string // which program did not do it; empty: mnemonix itself
	Text    string // the reason, a sentence
	Said    string // what the program said last; empty: nothing
	Hint    string // what can be done about it; may be empty
	Stopped bool   // it was asked to
	// Again says that the same may be tried again in this process.
	Again bool
}

// pattern is something that programs say in their own ways, and what it means.
type pattern struct {
	said *regexp.Regexp
	text string // with one place for the program
	hint string
}

// patterns are the faults of machines, which a person can do something about.
// The first that fits is taken.
// Source: strerror(3) in the C locale, and the messages of curl and of Nix
// about what could not be fetched.
var patterns = []pattern{
	{
		regexp.MustCompile(`(?i)no space left on device|disk quota exceeded`),
		"%s found no room left where it writes",
		"df -h shows what is full; make room, then try again",
	},
	{
		regexp.MustCompile(`(?i)input/output error`),
		"%s could not read or write a disk",
		"look for a loose cable or a failing disk: dmesg names it; then try again",
	},
	{
		regexp.MustCompile(`(?i)read-only file system`),
		"%s found a file system that cannot be written to any more",
		"the kernel shuts a file system when its disk fails: dmesg names it",
	},
	{
		regexp.MustCompile(`(?i)cannot allocate memory|out of memory|signal: killed`),
		"%s did not get the memory that it needs",
		"close what else runs here, or add swap: zramctl --find --size 4G, mkswap and swapon on it; then try again",
	},
	{
		regexp.MustCompile(`(?i)could(n't| not) (resolve host|connect)|unable to download|network is unreachable|no route to host|connection (timed out|refused|reset)|temporary failure in name resolution`),
		"%s could not reach the network",
		"look at the cable or the Wi-Fi, then try again: what was fetched stays fetched",
	},
	{
		regexp.MustCompile(`(?i)no such device`),
		"%s found a device gone",
		"look for a loose cable; then try again",
	},
}

// Explain says for a person why a run ended early.
func Explain(err error) Reason {
	reason := Reason{Again: !stuck(err), Stopped: errors.Is(err, ErrInterrupted) || errors.Is(err, context.Canceled)}
	cause := err
	var failure *Failure
	var half *halfDone
	switch {
	case errors.As(err, &failure):
		reason.Action, cause = failure.Action.Title, failure.Err
	case errors.As(err, &half):
		reason.Action, cause = half.action.Title, half.err
	}
	var failed *run.Error
	if errors.As(cause, &failed) {
		reason.Program, reason.Said = path.Base(failed.Argv[0]), failed.Last
	}
	reason.Text, reason.Hint = sentence(cause, failed)
	if hint := hintOf(cause); hint != "" {
		reason.Hint = hint
	}
	if stuck(err) {
		reason.Hint = stuckHint
	}
	return reason
}

// sentence is what happened, and what could help.
func sentence(err error, failed *run.Error) (text, hint string) {
	who := "mnemonix"
	if failed != nil {
		who = path.Base(failed.Argv[0])
	}
	switch {
	case stuck(err):
		return who + " waits for a device that does not answer", ""
	case errors.Is(err, ErrEnded) && failed != nil:
		return who + " was ended by the operator", ""
	case errors.Is(err, exec.ErrNotFound):
		return who + " is not installed", "mnemonix doctor names what is missing"
	}
	whole := err.Error()
	for _, known := range patterns {
		if known.said.MatchString(whole) {
			text = fmt.Sprintf(known.text, who)
			if failed == nil { // its own words say where
				text += ": " + whole
			}
			return text, known.hint
		}
	}
	if failed == nil {
		return whole, ""
	}
	text = fmt.Sprintf("%s ended with status %d", who, failed.Status)
	if failed.Err != nil {
		text = who + ": " + failed.Err.Error()
	}
	if strings.Contains(whole, failed.Error()) { // what it was about stands around it
		text = strings.Replace(whole, failed.Error(), text, 1)
	}
	return text, ""
}

// hintOf is what an error itself says that could help.
func hintOf(err error) string {
	var problem steps.Problem
	var hinted interface{ Hint() string }
	switch {
	case errors.As(err, &problem):
		return problem.Hint
	case errors.As(err, &hinted):
		return hinted.Hint()
	}
	return ""
}

// String is the reason on one line.
func (r Reason) String() string {
	if r.Said == "" || strings.Contains(r.Text, r.Said) {
		return r.Text
	}
	return r.Text + ": " + r.Said
}
