package tui

import (
	"slices"
	"strings"
	"unicode"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
)

// canvas is the room that something is drawn in, and what it is drawn with.
type canvas struct {
	width, height int
	theme         Theme
	glyphs        Glyphs
}

// inset is the canvas with that many columns less.
func (c canvas) inset(columns int) canvas {
	c.width = max(c.width-columns, 1)
	return c
}

// cut shortens a line to the canvas' width; what is lost is marked.
func (c canvas) cut(line string) string { return cut(line, c.width, c.glyphs) }

func cut(line string, width int, glyphs Glyphs) string {
	if ansi.StringWidth(line) <= width {
		return line
	}
	more := glyphs.More
	if ansi.StringWidth(more) >= width {
		more = ""
	}
	return ansi.Truncate(line, width, more)
}

// wrap breaks text at words, and words that are longer than a line.
func (c canvas) wrap(text string, style lipgloss.Style) []string {
	if text == "" {
		return nil
	}
	lines := breakLines(clean(text), min(c.width, readable))
	for i, line := range lines {
		lines[i] = style.Render(line)
	}
	return lines
}

// breakLines breaks text at spaces, never at the dashes of a command or a
// name; a word that is longer than a line is broken where the line ends.
func breakLines(text string, width int) []string {
	var lines []string
	for _, paragraph := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			if line != "" && ansi.StringWidth(line)+1+ansi.StringWidth(word) <= width {
				line += " " + word
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for ansi.StringWidth(word) > width {
				head := ansi.Truncate(word, width, "")
				if head == "" { // a wide character where one column is left
					word = ""
					break
				}
				lines = append(lines, head)
				word = strings.TrimPrefix(word, head)
			}
			line = word
		}
		lines = append(lines, line)
	}
	return lines
}

// fault draws what is wrong, and below it the way out.
func (c canvas) fault(text, hint string) []string {
	inner := c.inset(2)
	var lines []string
	for i, line := range inner.wrap(text, c.theme.Error) {
		mark := "  "
		if i == 0 {
			mark = c.theme.Error.Render(c.glyphs.No) + " "
		}
		lines = append(lines, mark+line)
	}
	for _, line := range inner.wrap(hint, c.theme.Text) {
		lines = append(lines, "  "+line)
	}
	return lines
}

// some is the beginning of lines of prose, marked where the rest is missing.
func (c canvas) some(lines []string, room int) []string {
	if len(lines) <= room {
		return lines
	}
	if room <= 0 {
		return nil
	}
	lines = slices.Clone(lines[:room])
	lines[room-1] = cut(lines[room-1], min(c.width, readable)-ansi.StringWidth(c.glyphs.More)-1, c.glyphs) + " " + c.glyphs.More
	return lines
}

// readable is how many columns a line of prose has at most.
const readable = 76

// clean makes text from outside fit to be drawn: names of disks and
// networks, file contents and what programs print may hold anything, escape
// sequences too. Line feeds stay, for the caller to split at.
func clean(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unsafe(r) }) {
		return text
	}
	var out strings.Builder
	for _, r := range ansi.Strip(strings.ReplaceAll(text, "\t", "    ")) {
		switch {
		case r == '\n' || !unsafe(r):
			out.WriteRune(r)
		case r == '\r':
		default:
			out.WriteByte('?')
		}
	}
	return out.String()
}

// unsafe are the control characters and those that turn the direction of
// the writing, which can make a line read as what it is not.
func unsafe(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r)
}

// line makes text from outside one line.
func oneLine(text string) string {
	return strings.ReplaceAll(clean(text), "\n", " ")
}

// pad fills a line with spaces up to a width.
func pad(line string, width int) string {
	if missing := width - ansi.StringWidth(line); missing > 0 {
		return line + strings.Repeat(" ", missing)
	}
	return line
}

// window says which of n lines are seen when height lines fit and the one at
// focus is to be among them, in the middle where that is possible.
func window(n, height, focus int) (from, to int) {
	if n <= height {
		return 0, n
	}
	from = min(max(focus-height/2, 0), n-height)
	return from, from + height
}

// join puts two texts at the two ends of a line.
func (c canvas) join(left, right string) string {
	gap := c.width - ansi.StringWidth(left) - ansi.StringWidth(right)
	if gap < 2 {
		return c.cut(left)
	}
	return left + strings.Repeat(" ", gap) + right
}

// stripped is a line without its styles.
func stripped(line string) string { return ansi.Strip(line) }
