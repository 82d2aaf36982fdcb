package tui

import (
	"bytes"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// longestSecret is how many bytes a typed secret has at most. The buffer has
// that room from the start, so that growing never leaves a copy behind.
const longestSecret = 512

// typing is what is being typed of a secret.
type typing struct{ text []byte }

func newTyping() *typing { return &typing{text: make([]byte, 0, longestSecret)} }

func (b *typing) add(r rune) {
	if len(b.text)+utf8.RuneLen(r) <= longestSecret {
		b.text = utf8.AppendRune(b.text, r)
	}
}

func (b *typing) drop() {
	_, size := utf8.DecodeLastRune(b.text)
	b.cutTo(len(b.text) - size)
}

func (b *typing) cutTo(n int) {
	clear(b.text[n:])
	b.text = b.text[:n]
}

func (b *typing) wipe() { b.cutTo(0) }

// hiddenField is a secret that is typed twice and never shown. What is typed
// lies in two buffers that are wiped; the messages of bubbletea that brought
// the single keys are left to the garbage collector.
type hiddenField struct {
	first, again *typing
	second       bool // the second time is being typed
	present      bool // there is a secret already
	optional     bool
	keymap       string
	fault        string
}

func newSecret(present, optional bool, keymap string) hiddenField {
	return hiddenField{first: newTyping(), again: newTyping(), present: present, optional: optional, keymap: keymap}
}

func (f hiddenField) values() []string { return nil }

func (f hiddenField) hints() []Hint { return []Hint{{"ctrl+u", "clear"}} }

// takes holds on to Enter after the first time, and lets Esc go back to it.
func (f hiddenField) takes(msg tea.KeyMsg) bool {
	switch {
	case isNext(msg):
		return (!f.second && len(f.first.text) > 0) || (f.second && !bytes.Equal(f.first.text, f.again.text))
	case isBack(msg):
		return f.second
	}
	return false
}

func (f hiddenField) update(msg tea.Msg) (field, tea.Cmd) {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return f, nil
	}
	f.fault = ""
	now := f.first
	if f.second {
		now = f.again
	}
	switch {
	case isNext(key) && !f.second:
		f.second = len(f.first.text) > 0
	case isNext(key):
		if !bytes.Equal(f.first.text, f.again.text) {
			f.wipe()
			f.second = false
			f.fault = "the two were not the same: type it twice again"
		}
	case isBack(key):
		f.second = false
		f.again.wipe()
		f.first.wipe()
	case key.Type == tea.KeyBackspace:
		now.drop()
	case key.Type == tea.KeyCtrlU:
		now.wipe()
	case key.Type == tea.KeySpace, key.Type == tea.KeyRunes && !key.Alt:
		for _, r := range key.Runes {
			if !unsafe(r) && r != '\n' {
				now.add(r)
			}
		}
	}
	return f, nil
}

func (f hiddenField) wipe() {
	f.first.wipe()
	f.again.wipe()
}

// taken returns nil and no error where what is there already is kept.
func (f hiddenField) taken() (*secret.Secret, error) {
	switch {
	case len(f.first.text) == 0 && (f.present || f.optional):
		return nil, nil
	case len(f.first.text) == 0:
		return nil, steps.Problem{Text: "this needs an answer"}
	case !f.second:
		return nil, steps.Problem{Text: "type it a second time"}
	}
	return secret.New(bytes.Clone(f.first.text)), nil
}

func (f hiddenField) view(c canvas) []string {
	mask := func(b *typing, active bool) string {
		n := min(utf8.RuneCount(b.text), max(c.width-16, 1))
		line := strings.Repeat(c.glyphs.Mask, n)
		if active {
			line += c.theme.Input.Render(" ")
		}
		return line
	}
	mark := func(active bool) string {
		if active {
			return c.theme.Cursor.Render(c.glyphs.Cursor) + " "
		}
		return "  "
	}
	lines := []string{
		c.cut(mark(!f.second) + "secret  " + mask(f.first, !f.second)),
		c.cut(mark(f.second) + "again   " + mask(f.again, f.second)),
	}
	var notes []string
	if f.keymap != "" {
		notes = append(notes, "typed with the keymap "+oneLine(f.keymap))
	}
	switch {
	case f.present && len(f.first.text) == 0:
		notes = append(notes, "there is one already: enter keeps it")
	case f.optional && len(f.first.text) == 0:
		notes = append(notes, "may be left empty")
	}
	if len(notes) > 0 {
		lines = append(lines, c.theme.Dim.Render(c.cut("  "+strings.Join(notes, "; "))))
	}
	if f.fault != "" {
		lines = append(lines, c.theme.Error.Render(c.cut(c.glyphs.No+" "+f.fault)))
	}
	return lines
}
