package run

import (
	"fmt"
	"strings"
)

// Error is a command that did not end well.
type Error struct {
	Argv   []string
	Status int    // the exit status; -1 when it was ended by a signal or never began
	Last   string // the last line that it wrote to standard error
	Err    error  // why, where it is not the status: a timeout, a missing program
}

func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString(e.Argv[0])
	switch {
	case e.Err != nil:
		fmt.Fprintf(&text, ": %v", e.Err)
	default:
		fmt.Fprintf(&text, ": ended with status %d", e.Status)
	}
	if e.Last != "" {
		text.WriteString(": " + e.Last)
	}
	return text.String()
}

func (e *Error) Unwrap() error { return e.Err }

// lastLine returns the last line of text that says something.
func lastLine(text []byte) string {
	lines := strings.Split(string(text), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(lines[i]); line != "" {
			return line
		}
	}
	return ""
}
