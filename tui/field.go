package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// field edits the answer of the one question that has the focus.
type field interface {
	// update takes a key or a message of the field's own commands.
	update(msg tea.Msg) (field, tea.Cmd)
	// takes says that the field wants this key for itself, although it would
	// lead to another question.
	takes(msg tea.KeyMsg) bool
	// view draws the field: never wider than the canvas, and never higher
	// where that is possible.
	view(c canvas) []string
	// values is what is answered now.
	values() []string
	// hints are the keys that only this field has.
	hints() []Hint
}

// secretField is a field whose answer is a secret. It says itself when that
// is complete.
type secretField interface {
	field
	// taken returns the secret, or why there is none yet.
	taken() (*secret.Secret, error)
	// wipe forgets what was typed.
	wipe()
}

// zoomed is a field that wants the whole page.
type zoomed interface{ zoom() bool }

// newField makes the field of a question. Draft, where it is not nil, is
// what was typed and not accepted.
func newField(question steps.Question, draft []string, t talk) field {
	values := question.Value
	if draft != nil {
		values = draft
	}
	switch question.Kind {
	case steps.KindChoice, steps.KindChoices:
		return newChoice(question, values)
	case steps.KindConfirm:
		return newConfirm(values)
	case steps.KindList:
		return newList(values)
	case steps.KindSecret:
		return newSecret(t.given(question), question.Optional, keymap(t))
	case steps.KindWords:
		return newWords(t.setup.MakeWords, t.given(question), question.Optional, t.setup.Options.Remote)
	case steps.KindReport:
		return reportField{title: question.Title, lines: question.Lines}
	}
	return newText(strings.Join(values, ""))
}

// keymap is the one that the operator types with now.
func keymap(t talk) string {
	if t.answers.Locale.Keymap != "" {
		return t.answers.Locale.Keymap
	}
	return t.facts.Locale.Keymap
}

// textField is huh's input line. Its cursor does not blink: that would be a
// redraw twice a second, which a serial line cannot bear, so the commands
// that huh returns are dropped.
type textField struct{ input *huh.Input }

func newText(value string) textField {
	input := huh.NewInput().Value(&value).Prompt("")
	input.WithKeyMap(huhKeys())
	input.Focus()
	return textField{input: input}
}

func (f textField) update(msg tea.Msg) (field, tea.Cmd) {
	if key, ok := msg.(tea.KeyMsg); ok && key.Type == tea.KeyRunes {
		key.Runes = []rune(oneLine(string(key.Runes)))
		msg = key
	}
	f.input.Update(msg)
	return f, nil
}

func (f textField) takes(tea.KeyMsg) bool { return false }
func (f textField) hints() []Hint         { return nil }

func (f textField) text() string {
	text, _ := f.input.GetValue().(string)
	return text
}

func (f textField) values() []string { return []string{strings.TrimSpace(f.text())} }

func (f textField) view(c canvas) []string {
	f.input.WithTheme(c.theme.huh)
	f.input.WithWidth(c.width)
	return []string{c.theme.Cursor.Render(c.glyphs.Cursor) + " " + cut(strings.TrimRight(f.inputView(c), "\n"), c.width-2, c.glyphs)}
}

func (f textField) inputView(c canvas) string {
	f.input.WithWidth(max(c.width-3, 4))
	line, _, _ := strings.Cut(f.input.View(), "\n")
	return line
}

// confirmField is huh's yes and no.
type confirmField struct{ confirm *huh.Confirm }

func newConfirm(values []string) confirmField {
	yes := len(values) > 0 && values[0] == "true"
	confirm := huh.NewConfirm().Value(&yes).Affirmative("Yes").Negative("No").Inline(true)
	confirm.WithKeyMap(huhKeys())
	confirm.Focus()
	return confirmField{confirm: confirm}
}

func (f confirmField) update(msg tea.Msg) (field, tea.Cmd) {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return f, nil
	}
	for _, one := range typed(key) {
		yes, _ := f.confirm.GetValue().(bool)
		switch r := letter(one); {
		case (r == 'y' || r == 'Y') && !yes, (r == 'n' || r == 'N') && yes:
			one = tea.KeyMsg{Type: tea.KeyRight}
		case r == 'y' || r == 'Y' || r == 'n' || r == 'N':
			continue
		}
		f.confirm.Update(one)
	}
	return f, nil
}

func (f confirmField) takes(tea.KeyMsg) bool { return false }
func (f confirmField) hints() []Hint         { return []Hint{{"y/n", "choose"}} }

func (f confirmField) values() []string {
	if yes, _ := f.confirm.GetValue().(bool); yes {
		return []string{"true"}
	}
	return []string{"false"}
}

func (f confirmField) view(c canvas) []string {
	f.confirm.WithTheme(c.theme.huh)
	f.confirm.WithWidth(c.width)
	line, _, _ := strings.Cut(f.confirm.View(), "\n")
	return []string{c.cut(strings.TrimRight(line, " "))}
}

// reportField is nothing to answer: its lines are drawn by the page.
type reportField struct {
	title string
	lines []string
}

func (f reportField) update(tea.Msg) (field, tea.Cmd) { return f, nil }
func (f reportField) takes(tea.KeyMsg) bool           { return false }
func (f reportField) values() []string                { return nil }
func (f reportField) hints() []Hint                   { return nil }

func (f reportField) view(c canvas) []string {
	var lines []string
	if f.title != "" {
		lines = append(lines, c.theme.Title.Render(c.cut(oneLine(f.title))))
	}
	for _, line := range f.lines {
		if strings.TrimSpace(line) == "" {
			lines = append(lines, "")
			continue
		}
		lines = append(lines, hang(c, line)...)
	}
	return lines
}

// hang wraps a line of a report so that what follows "name   value" stays
// below the value.
func hang(c canvas, line string) []string {
	line = oneLine(line)
	indent := 0
	if at := strings.LastIndex(strings.TrimRight(line, " "), "  "); at >= 0 && at+2 < c.width/2 {
		indent = at + 2
	}
	if len([]rune(line)) <= c.width {
		return []string{c.cut(line)}
	}
	runes := []rune(line)
	head := string(runes[:min(indent, len(runes))])
	body := c.inset(indent).wrap(string(runes[min(indent, len(runes)):]), c.theme.Text)
	for i := range body {
		if i == 0 {
			body[i] = c.cut(head + body[i])
		} else {
			body[i] = c.cut(strings.Repeat(" ", indent) + body[i])
		}
	}
	return slices.Clip(body)
}
