package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// listField is any number of lines, one value each: Enter adds the line that
// is typed, Enter on an empty line goes on, Backspace on an empty line takes
// back the line above. Several lines pasted at once are several values.
type listField struct {
	lines []string
	input textField
}

func newList(values []string) listField {
	f := listField{input: newText("")}
	for _, value := range values {
		if value != "" {
			f.lines = append(f.lines, value)
		}
	}
	return f
}

func (f listField) takes(msg tea.KeyMsg) bool {
	return msg.String() == "enter" && strings.TrimSpace(f.input.text()) != ""
}

func (f listField) hints() []Hint {
	if strings.TrimSpace(f.input.text()) != "" {
		return []Hint{{"enter", "add line"}}
	}
	if len(f.lines) > 0 {
		return []Hint{{"backspace", "edit last"}}
	}
	return nil
}

// values are the lines, and what is typed and not yet added: it was meant.
func (f listField) values() []string {
	return append(slices.Clone(f.lines), nonEmpty(f.input.text())...)
}

func nonEmpty(text string) []string {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return []string{text}
}

func (f listField) update(msg tea.Msg) (field, tea.Cmd) {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return f, nil
	}
	switch {
	case key.Type == tea.KeyEnter:
		f.lines = f.values()
		f.input = newText("")
	case key.Type == tea.KeyBackspace && f.input.text() == "" && len(f.lines) > 0:
		last := len(f.lines) - 1
		f.input = newText(f.lines[last])
		f.lines = slices.Clone(f.lines[:last])
	case key.Type == tea.KeyRunes && strings.ContainsAny(string(key.Runes), "\n\r"):
		f = f.paste(string(key.Runes))
	default:
		f.input.update(key)
	}
	return f, nil
}

func (f listField) paste(text string) listField {
	pieces := strings.FieldsFunc(f.input.text()+text, func(r rune) bool { return r == '\n' || r == '\r' })
	f.lines = slices.Clone(f.lines)
	for _, piece := range pieces {
		f.lines = append(f.lines, nonEmpty(oneLine(piece))...)
	}
	f.input = newText("")
	return f
}

func (f listField) view(c canvas) []string {
	room := max(c.height-1, 1)
	from, to := window(len(f.lines), room, len(f.lines)-1)
	var lines []string
	for i := from; i < to; i++ {
		lines = append(lines, c.cut(fmt.Sprintf("%2d  %s", i+1, oneLine(f.lines[i]))))
	}
	return append(lines, f.input.view(c)...)
}
