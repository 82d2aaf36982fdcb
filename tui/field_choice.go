package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// choiceField is one or any number of options. It is our own and not huh's:
// huh v1 scrolls so that the cursor is always at the top, cannot show an
// option that is not available, takes options of the same title for one, and
// lays all of a long list out anew for each key.
type choiceField struct {
	options   []steps.Option
	many      bool
	chosen    []string // of many
	cursor    int      // in the options that are seen
	filter    string
	filtering bool
	anchor    string // the option under the cursor when the filter was opened
	// refused is why the option under the cursor could not be chosen.
	refused string
}

func newChoice(question steps.Question, values []string) choiceField {
	f := choiceField{options: question.Options, many: question.Kind == steps.KindChoices}
	if f.many {
		f.chosen = slices.Clone(values)
		return f
	}
	for i, option := range f.options {
		if slices.Contains(values, option.Value) {
			f.cursor = i
		}
	}
	// A list without an answer begins at the first option that can be taken,
	// and still has no answer: what is dangerous is never preselected.
	if empty(values) {
		f.cursor = -1
	}
	return f
}

// seen are the options that the filter lets through.
func (f choiceField) seen() []steps.Option {
	if f.filter == "" {
		return f.options
	}
	wanted := strings.Fields(strings.ToLower(f.filter))
	var seen []steps.Option
	for _, option := range f.options {
		text := strings.ToLower(option.Title + " " + option.Value)
		if !slices.ContainsFunc(wanted, func(word string) bool { return !strings.Contains(text, word) }) {
			seen = append(seen, option)
		}
	}
	return seen
}

func (f choiceField) hovered() (steps.Option, bool) {
	seen := f.seen()
	if f.cursor < 0 || f.cursor >= len(seen) {
		return steps.Option{}, false
	}
	return seen[f.cursor], true
}

func (f choiceField) values() []string {
	if f.many {
		// In the order of the list, whatever the order of choosing.
		values := []string{}
		for _, option := range f.options {
			if slices.Contains(f.chosen, option.Value) {
				values = append(values, option.Value)
			}
		}
		return values
	}
	if option, ok := f.hovered(); ok {
		return []string{option.Value}
	}
	return nil
}

func (f choiceField) takes(msg tea.KeyMsg) bool {
	if f.filtering || f.filter != "" {
		return msg.String() == "esc" || (f.many && f.filtering && isNext(msg)) || (f.filtering && len(f.seen()) == 0 && isNext(msg))
	}
	return false
}

func (f choiceField) hints() []Hint {
	switch {
	case f.cursor < 0 && !f.filtering && f.filter == "" && !f.long():
		return []Hint{{"up/down", "choose"}}
	case f.filtering && f.many:
		return []Hint{{"enter", "keep filter"}, {"esc", "clear"}}
	case f.filtering:
		return []Hint{{"esc", "clear filter"}}
	case f.many && f.long():
		return []Hint{{"space", "toggle"}, {"/", "filter"}}
	case f.many:
		return []Hint{{"space", "toggle"}}
	case f.long():
		return []Hint{{"/", "filter"}}
	}
	return nil
}

func (f choiceField) long() bool { return len(f.options) > 9 }

func (f choiceField) update(msg tea.Msg) (field, tea.Cmd) {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return f, nil
	}
	f.refused = ""
	for _, one := range typed(key) {
		if f.filtering {
			f = f.filterKey(one)
		} else {
			f = f.press(one)
		}
	}
	return f, nil
}

func (f choiceField) press(msg tea.KeyMsg) choiceField {
	n := len(f.seen())
	const page = 8
	switch msg.String() {
	case "up", "k", "ctrl+p":
		f.cursor--
	case "down", "j":
		f.cursor++
	case "pgup", "ctrl+u":
		f.cursor = max(f.cursor-page, 0)
	case "pgdown", "ctrl+d":
		f.cursor = min(f.cursor+page, n-1)
	case "home", "g":
		f.cursor = 0
	case "end", "G":
		f.cursor = n - 1
	case "/":
		f.filtering = true
		if under, ok := f.hovered(); ok && f.filter == "" {
			f.anchor = under.Value
		}
		return f
	case "esc":
		return f.unfiltered()
	case " ", "x":
		return f.toggle()
	default:
		return f
	}
	switch { // the list is a ring
	case n == 0:
		f.cursor = -1
	case f.cursor < 0:
		f.cursor = n - 1
	case f.cursor >= n:
		f.cursor = 0
	}
	return f
}

func (f choiceField) toggle() choiceField {
	option, ok := f.hovered()
	if !ok || !f.many {
		return f
	}
	if at := slices.Index(f.chosen, option.Value); at >= 0 {
		f.chosen = slices.Delete(slices.Clone(f.chosen), at, at+1)
		return f
	}
	if option.Unavailable != "" {
		f.refused = option.Unavailable
		return f
	}
	f.chosen = append(slices.Clone(f.chosen), option.Value)
	return f
}

func (f choiceField) filterKey(msg tea.KeyMsg) choiceField {
	switch msg.Type {
	case tea.KeyEsc:
		return f.unfiltered()
	case tea.KeyEnter, tea.KeyTab:
		f.filtering = false
		if len(f.seen()) == 0 {
			return f.unfiltered()
		}
		return f
	case tea.KeyUp, tea.KeyDown, tea.KeyPgUp, tea.KeyPgDown:
		return f.press(msg)
	case tea.KeyBackspace:
		if f.filter == "" {
			f.filtering = false
			return f
		}
		runes := []rune(f.filter)
		f.filter = string(runes[:len(runes)-1])
	case tea.KeyCtrlU:
		f.filter = ""
	case tea.KeyRunes, tea.KeySpace:
		f.filter += oneLine(string(msg.Runes))
	default:
		return f
	}
	f.cursor = min(0, len(f.seen())-1)
	if f.filter == "" {
		f.cursor = f.index(f.anchor)
	}
	return f
}

// unfiltered shows all options again, with the cursor on the same one, or
// where it was before when nothing matched.
func (f choiceField) unfiltered() choiceField {
	value := f.anchor
	if under, ok := f.hovered(); ok {
		value = under.Value
	}
	f.filter, f.filtering, f.anchor = "", false, ""
	f.cursor = f.index(value)
	if f.cursor < 0 && f.many {
		f.cursor = 0
	}
	return f
}

func (f choiceField) index(value string) int {
	return slices.IndexFunc(f.seen(), func(o steps.Option) bool { return o.Value == value })
}

func (f choiceField) view(c canvas) []string {
	seen := f.seen()
	var lines []string
	if f.filtering || f.filter != "" {
		line := c.theme.Key.Render("/") + " " + oneLine(f.filter)
		if f.filtering {
			line += c.theme.Input.Render(" ")
		}
		lines = append(lines, c.cut(line))
	}
	foot := f.foot(c)
	room := max(c.height-len(lines)-len(foot), 1)
	if len(seen) > room {
		room = max(room-1, 1)
	}
	from, to := window(len(seen), room, max(f.cursor, 0))
	columns := f.columns(c)
	for i := from; i < to; i++ {
		lines = append(lines, f.row(c, seen[i], i == f.cursor, columns))
	}
	switch {
	case len(seen) == 0:
		lines = append(lines, c.theme.Dim.Render(c.cut("nothing matches; esc clears the filter")))
	case to-from < len(seen):
		mark := c.glyphs.Down
		if to == len(seen) {
			mark = c.glyphs.Up
		}
		place := fmt.Sprintf("%s %d of %d", mark, f.cursor+1, len(seen))
		if f.cursor < 0 {
			place = fmt.Sprintf("%s %d to choose from", mark, len(seen))
		}
		lines = append(lines, c.theme.Dim.Render(c.cut(place)))
	}
	return append(lines, foot...)
}

// columns returns the width of the titles where the help of every option
// fits beside them, else 0: then only the help of the option under the
// cursor is shown, below.
func (f choiceField) columns(c canvas) int {
	width := 0
	if len(f.options) > manyOptions {
		return 0
	}
	for _, option := range f.options {
		width = max(width, ansi.StringWidth(title(option)))
	}
	for _, option := range f.options {
		if f.indent(c)+width+2+ansi.StringWidth(beside(option)) > c.width {
			return 0
		}
	}
	return width
}

// manyOptions are names that need no help, as those of time zones: it is not
// looked for.
const manyOptions = 100

// indent is the width of the marks before the title.
func (f choiceField) indent(c canvas) int {
	if f.many {
		return 2 + ansi.StringWidth(c.glyphs.On) + 1
	}
	return 2
}

func title(option steps.Option) string {
	if option.Title == "" {
		return oneLine(option.Value)
	}
	return oneLine(option.Title)
}

func beside(option steps.Option) string {
	if option.Unavailable != "" {
		return "not here: " + oneLine(option.Unavailable)
	}
	return oneLine(option.Help)
}

func (f choiceField) row(c canvas, option steps.Option, under bool, column int) string {
	mark, style := "  ", c.theme.Text
	if under {
		mark, style = c.theme.Cursor.Render(c.glyphs.Cursor)+" ", c.theme.Cursor
	}
	taken := slices.Contains(f.chosen, option.Value)
	if f.many {
		box := c.glyphs.Off
		if taken {
			box = c.theme.Chosen.Render(c.glyphs.On)
		}
		mark += box + " "
	}
	name := title(option)
	if option.Unavailable != "" && !taken {
		style = c.theme.Dim
	}
	if column == 0 {
		if option.Unavailable != "" {
			name += " (not here)"
		}
		return c.cut(mark + style.Render(name))
	}
	return c.cut(mark + style.Render(pad(name, column)) + "  " + c.theme.Dim.Render(beside(option)))
}

// foot is what stands below the options: why one cannot be taken, and the
// help of the one under the cursor where it has no room beside it.
func (f choiceField) foot(c canvas) []string {
	if f.refused != "" {
		return c.wrap(c.glyphs.No+" "+f.refused, c.theme.Error)
	}
	option, ok := f.hovered()
	if !ok || f.columns(c) > 0 || beside(option) == "" || c.height < 6 {
		return nil
	}
	return spaced(c.some(c.wrap(beside(option), c.theme.Dim), max(c.height/3, 1)), true)
}
