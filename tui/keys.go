package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/x/ansi"
)

// Hint is one entry of the key bar: the key and what it does.
type Hint struct{ Key, Does string }

// isBack says whether the key goes back. Shift+Tab does not exist on the
// Linux console, where it arrives as Tab or as Meta+Tab; Esc always does.
func isBack(msg tea.KeyMsg) bool {
	switch msg.String() {
	case "esc", "shift+tab", "alt+tab":
		return true
	}
	return false
}

// isNext says whether the key accepts and goes on.
func isNext(msg tea.KeyMsg) bool { return msg.String() == "enter" || msg.String() == "tab" }

// typed splits what was typed into single keys. bubbletea delivers all that
// one read returned as one message, so quick typing and pastes arrive as a
// message of many runes. A bracketed paste stays whole.
func typed(msg tea.KeyMsg) []tea.KeyMsg {
	if msg.Type != tea.KeyRunes || len(msg.Runes) < 2 || msg.Paste || msg.Alt {
		return []tea.KeyMsg{msg}
	}
	keys := make([]tea.KeyMsg, 0, len(msg.Runes))
	for _, r := range msg.Runes {
		keys = append(keys, tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	return keys
}

// letter returns the rune of a key that is one plain letter, or 0.
func letter(msg tea.KeyMsg) rune {
	switch {
	case msg.Alt, msg.Paste:
		return 0
	case msg.Type == tea.KeySpace:
		return ' '
	case msg.Type == tea.KeyRunes && len(msg.Runes) == 1:
		return msg.Runes[0]
	}
	return 0
}

// huhKeys is what huh's fields react to by themselves. Going on, going back
// and completing are decided here, for all fields alike.
func huhKeys() *huh.KeyMap {
	keys := &huh.KeyMap{}
	keys.Confirm.Toggle = key.NewBinding(key.WithKeys("left", "right", "up", "down", "h", "j", "k", "l", " "))
	keys.Input.AcceptSuggestion = key.NewBinding(key.WithDisabled())
	return keys
}

// keyBar draws the hints on one line: whole hints, as many as fit, the most
// important first. (The help bar of bubbles overflows narrow screens.)
func keyBar(theme Theme, glyphs Glyphs, width int, hints []Hint) string {
	const gap = 3
	var line strings.Builder
	used := 0
	for _, hint := range hints {
		need := ansi.StringWidth(hint.Key) + 1 + ansi.StringWidth(hint.Does)
		if used > 0 {
			need += gap
		}
		if used+need > width {
			if used+gap+ansi.StringWidth(glyphs.More) <= width && used > 0 {
				line.WriteString(strings.Repeat(" ", gap) + theme.Dim.Render(glyphs.More))
			}
			break
		}
		if used > 0 {
			line.WriteString(strings.Repeat(" ", gap))
		}
		line.WriteString(theme.Key.Render(hint.Key) + " " + theme.Dim.Render(hint.Does))
		used += need
	}
	return line.String()
}
