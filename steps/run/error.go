package run

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
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

// longestLast is how much of a last line is kept.
const longestLast = 500

// lastLine returns the last line of text that says something, fit for a
// message whatever a program has printed: short, and without what moves a
// terminal's cursor.
func lastLine(text []byte) string {
	lines := strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' || r == '\r' })
	for i := len(lines) - 1; i >= 0; i-- {
		line := escape.ReplaceAllString(strings.ToValidUTF8(lines[i], "?"), "")
		line = strings.TrimSpace(strings.Map(printable, line))
		if len(line) > longestLast {
			line = strings.ToValidUTF8(line[:longestLast], "") + "..."
		}
		if line != "" {
			return line
		}
	}
	return ""
}

// escape is a sequence that colours, or moves the cursor.
// Source: ECMA-48, 5.4.
var escape = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")

// printable leaves out the characters that are none, and the marks of direction
// that let a line be read as another one.
func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
		return -1
	}
	return r
}
