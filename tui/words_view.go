package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

func (f wordsField) view(c canvas) []string {
	switch f.mode {
	case wordsMaking:
		return []string{c.theme.Dim.Render(c.cut("fetching randomness" + c.glyphs.More))}
	case wordsShown:
		return f.page(c, "Write these words on paper.",
			"They are shown only now. Number them: the order counts. Whoever has them has your keys; without them nobody can help you.",
			func(i int) string { return f.shown.Word(i + 1) })
	case wordsRehearse:
		return f.page(c, "Type the words from the paper.", "Four letters of each are enough.", nil)
	case wordsTyped:
		return f.page(c, "Type the words from the paper.",
			"Four letters of each are enough; all 24 may be pasted at once, numbered or not.", nil)
	case wordsDone:
		return []string{
			c.theme.Chosen.Render(c.cut(c.glyphs.Yes + " 24 words, and their checksum is right")),
			c.theme.Dim.Render(c.cut("ctrl+u takes others")),
		}
	}
	lines := f.menu.view(c)
	if f.remote != "" {
		lines = append(append(lines, ""), f.overRemote(c)...)
	}
	return append(lines, f.faultLines(c)...)
}

func (f wordsField) overRemote(c canvas) []string {
	return c.wrap(c.glyphs.No+" This screen travels over "+f.remote+
		": the words can be recorded on their way and on the other machine. Better sit at the machine itself.", c.theme.Warning)
}

func (f wordsField) faultLines(c canvas) []string {
	if f.fault.text == "" {
		return nil
	}
	return c.fault(f.fault.text, f.fault.hint)
}

// page draws the grid with as much around it as there is room for: the grid
// first, then what is wrong, then what to do, then why.
func (f wordsField) page(c canvas, what, why string, word func(int) string) []string {
	var below []string
	switch {
	case f.fault.text != "":
		below = f.faultLines(c)
	case word == nil:
		below = f.candidates(c)
	case f.remote != "":
		below = f.overRemote(c)
	}
	grid := f.grid(c, len(below), word)
	room := c.height - len(grid)
	below = below[:min(len(below), max(room, 0))]
	room -= len(below)
	above := []string{c.theme.Title.Render(c.cut(what))}
	if reason := c.wrap(why, c.theme.Text); room >= len(reason)+4 {
		above = append(above, reason...)
	}
	if room < len(above) {
		above = nil
	}
	room -= len(above)
	if len(above) > 0 && room > 0 {
		above = append(above, "")
		room--
	}
	if len(below) > 0 && room > 0 {
		below = append([]string{""}, below...)
	}
	return append(append(above, grid...), below...)
}

// cellWidth is a number, a space and the longest word of the list.
const cellWidth = 2 + 1 + 8

// grid draws the cells in columns that are read downwards, as on paper: four
// columns where there is room, else two, else three close together. Below
// is how many lines are to follow.
func (f wordsField) grid(c canvas, below int, word func(int) string) []string {
	columns, gap := 4, 3
	switch {
	case c.width >= 4*(cellWidth+gap)-gap:
	case c.height >= words.Count/2+below || c.width < 3*(cellWidth+1)-1:
		columns = 2
	default:
		columns, gap = 3, 1
	}
	rows := words.Count / columns
	lines := make([]string, rows)
	for row := range rows {
		var line strings.Builder
		for column := range columns {
			i := column*rows + row
			cell := c.theme.Dim.Render(fmt.Sprintf("%2d", i+1)) + " " + f.cell(c, i, word)
			if column < columns-1 {
				cell = pad(cell, cellWidth+gap)
			}
			line.WriteString(cell)
		}
		lines[row] = c.cut(strings.TrimRight(line.String(), " "))
	}
	return lines
}

// cell is one word: shown, typed, or being typed with what it will become.
func (f wordsField) cell(c canvas, i int, word func(int) string) string {
	if word != nil {
		return c.theme.Title.Render(word(i))
	}
	typed := string(f.entry.cells[i])
	if i != f.entry.at {
		switch {
		case typed == "":
			return c.theme.Dim.Render(strings.Repeat(".", 4))
		case !f.entry.accepted[i]:
			return c.theme.Warning.Render(typed + "?")
		}
		return typed
	}
	rest := strings.TrimPrefix(completion(typed), typed)
	if rest != "" {
		return c.theme.Cursor.Render(typed) + c.theme.Dim.Render(rest)
	}
	return c.theme.Cursor.Render(ansi.Truncate(typed, 7, "")) + c.theme.Input.Render("_")
}

// candidates are the words that what is typed may become.
func (f wordsField) candidates(c canvas) []string {
	typed := string(f.entry.cells[f.entry.at])
	left := 0
	for _, done := range f.entry.accepted {
		if !done {
			left++
		}
	}
	if len(typed) < 2 || left == 0 {
		return []string{c.theme.Dim.Render(c.cut(fmt.Sprintf("word %d, %d to go", f.entry.at+1, left)))}
	}
	found := words.Complete(typed)
	if len(found) == 0 {
		return []string{c.theme.Warning.Render(c.cut("no word begins like this"))}
	}
	return []string{c.theme.Dim.Render(c.cut(strings.Join(found, "  ")))}
}
