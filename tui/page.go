package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// programName stands in the title line of every page.
const programName = "mnemonix"

// The smallest screen that pages are drawn on.
const (
	leastWidth  = 36
	leastHeight = 12
)

// heading is what stands above every page.
type heading struct {
	at, of int    // the page's place; of 0: it has none
	title  string // of the page
	note   string // at the right: what is going on, and for which host
}

// sheet is one page: what is above, in the middle, below.
type sheet struct {
	heading heading
	body    []string
	focus   [2]int // the lines of the body that must be seen
	scroll  int    // added to where the body begins
	hints   []Hint
}

// margin is the empty column at the left, two where there is room.
func margin(width int) int {
	if width >= 60 {
		return 2
	}
	return 1
}

// rules says whether there is height for the line below the title and the
// empty lines around the body.
func airy(height int) bool { return height >= 20 }

// roomFor is the canvas of a page's body on a screen of that size.
func roomFor(width, height int, theme Theme, glyphs Glyphs) canvas {
	rows := height - 2 // title and keys
	if airy(height) {
		rows -= 4 // the rule, and an empty line above, below and at the foot
	}
	return canvas{width: max(width-2*margin(width), 1), height: max(rows, 1), theme: theme, glyphs: glyphs}
}

// draw makes the frame: exactly height lines, none wider than width.
func (s sheet) draw(width, height int, theme Theme, glyphs Glyphs) string {
	c := roomFor(width, height, theme, glyphs)
	body := s.visible(c)
	lines := []string{s.heading.line(c)}
	if airy(height) {
		lines = append(lines, s.heading.rule(c), "")
	}
	lines = append(lines, body...)
	for len(lines) < height-1 {
		lines = append(lines, "")
	}
	lines = append(lines[:height-1], keyBar(theme, glyphs, c.width, s.hints))
	left := strings.Repeat(" ", margin(width))
	for i, line := range lines {
		if line != "" {
			lines[i] = left + c.cut(line)
		}
	}
	return strings.Join(lines, "\n")
}

// visible is the part of the body that fits. Lines that do not fit are told
// of in the last one.
func (s sheet) visible(c canvas) []string {
	if len(s.body) <= c.height {
		return s.body
	}
	room := c.height - 1
	from := 0
	if s.focus[1] > room { // the whole focus where it fits, its beginning where not
		from = min(s.focus[1]-room, s.focus[0])
	}
	from = min(max(from+s.scroll, 0), len(s.body)-room)
	body := append([]string{}, s.body[from:from+room]...)
	var marks []string
	if from > 0 {
		marks = append(marks, fmt.Sprintf("%s %d more", c.glyphs.Up, from))
	}
	if below := len(s.body) - from - room; below > 0 {
		marks = append(marks, fmt.Sprintf("%s %d more", c.glyphs.Down, below))
	}
	return append(body, c.theme.Dim.Render(c.cut(strings.Join(marks, "   "))))
}

// furthest is the largest scroll that still shows something new.
func (s sheet) furthest(c canvas) int { return max(len(s.body)-c.height+1, 0) }

// line is the title line: "mnemonix  Step 3 of 11  Disk", and shorter where
// there is less room.
func (h heading) line(c canvas) string {
	brand := c.theme.Brand.Render(programName)
	title := c.theme.Title.Render(oneLine(h.title))
	if c.width < 56 {
		place := ""
		if h.of > 0 {
			place = fmt.Sprintf(" %d/%d", h.at, h.of)
		}
		return c.cut(brand + c.theme.Dim.Render(place) + " " + title)
	}
	left := brand + "   "
	if h.of > 0 {
		left += c.theme.Dim.Render(fmt.Sprintf("Step %d of %d", h.at, h.of)) + "   "
	}
	return c.join(left+title, c.theme.Dim.Render(oneLine(h.note)))
}

// rule is the line below the title, drawn differently as far as one has come.
func (h heading) rule(c canvas) string {
	done := 0
	if h.of > 0 {
		done = min(c.width*h.at/h.of, c.width)
	}
	return c.theme.Done.Render(strings.Repeat(c.glyphs.RuleDone, done)) +
		c.theme.Dim.Render(strings.Repeat(c.glyphs.Rule, c.width-done))
}

// tooSmall is shown where a page has no room. It has to fit anywhere.
func tooSmall(width, height int) string {
	text := fmt.Sprintf("%s: terminal is %dx%d; needs %dx%d", programName, width, height, leastWidth, leastHeight)
	lines := strings.Split(ansi.Wrap(text, max(width, 1), ""), "\n")
	return strings.Join(lines[:min(len(lines), max(height, 1))], "\n")
}
