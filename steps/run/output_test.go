package run

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// However the output is cut into pieces, the lines are the same.
func TestLinesAreThoseOfTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-z@{}]{0,9}[\r\n]{0,2}){0,9}`).Draw(t, "text")
		want := strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' })
		var got []string
		var log bytes.Buffer
		l := &lines{tail: tail{limit: 1000}, log: &log, line: func(line []byte) { got = append(got, string(line)) }}
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			if written, err := l.Write([]byte(rest[:n])); written != n || err != nil {
				t.Fatal(written, err)
			}
			rest = rest[n:]
		}
		l.flush()
		if !slices.Equal(got, want) {
			t.Fatalf("%q gave %q, want %q", text, got, want)
		}
		if logged := strings.Fields(log.String()); !slices.Equal(logged, want) {
			t.Fatalf("the log has %q, want %q", logged, want)
		}
	})
}

// A line that never ends takes no more memory than a long one, and is cut
// once: no piece from its middle comes as a line.
func TestEndlessLine(t *testing.T) {
	var got []int
	l := &lines{tail: tail{limit: 1000}, log: &bytes.Buffer{}, line: func(line []byte) { got = append(got, len(line)) }}
	for range 100 {
		_, _ = l.Write(bytes.Repeat([]byte("x"), 1<<17))
	}
	if len(l.part) > longestLine {
		t.Errorf("%d bytes are kept", len(l.part))
	}
	_, _ = l.Write([]byte("\nshort\n"))
	if !slices.Equal(got, []int{longestLine, 5}) {
		t.Errorf("lines of %d bytes", got)
	}
}

// The last line stands in messages, so whatever it was it is short, one line,
// and moves no cursor.
func TestLastLineIsFitForAMessage(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "",
		"one\ntwo\n\n  \n":                      "two",
		"\x1b[31;1merror:\x1b[0m no \x07room\n": "error: no room",
		"one\rtwo\r":                            "two",
		"half\xff\xfe a word":                   "half? a word",
		"a\tb":                                  "a b",
		"gnp.\u202ecod":                         "gnp.cod",
		"said\n\x00\x01\x02\n":                  "said",
		strings.Repeat("ä", 400):                strings.Repeat("ä", 250) + "...",
	} {
		if got := lastLine([]byte(text)); got != want {
			t.Errorf("%q gave %q, want %q", text, got, want)
		}
	}
}
