package tui

import (
	"io"

	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Theme is every style of the wizard. It is made once and handed down: the
// colours are numbers 0 to 15, so that they are the operator's own, and no
// dark blue (4), which cannot be read on the Linux console, and no bright
// black (8), which some palettes make the colour of the background: what is
// to stand back is faint instead.
type Theme struct {
	Brand   lipgloss.Style // the program's name
	Title   lipgloss.Style // of a page, of a section
	Label   lipgloss.Style // of the question that has the focus
	Text    lipgloss.Style
	Dim     lipgloss.Style // help, what is not yet reached
	Cursor  lipgloss.Style // the option under the cursor
	Chosen  lipgloss.Style // an option that is taken
	Bar     lipgloss.Style // beside the focused question
	Done    lipgloss.Style // of the progress rule and bar
	Warning lipgloss.Style
	Error   lipgloss.Style
	Added   lipgloss.Style // of a diff
	Removed lipgloss.Style
	Key     lipgloss.Style // in the key bar
	Input   lipgloss.Style // the character under the text cursor

	huh *huh.Theme
}

// NewTheme makes the theme. Without colour it still has bold, dim and
// reverse, which NO_COLOR leaves alone (no-color.org): a cursor that cannot
// be seen helps nobody.
func NewTheme(colour bool) Theme {
	renderer := lipgloss.NewRenderer(io.Discard)
	renderer.SetColorProfile(termenv.ANSI)
	renderer.SetHasDarkBackground(true)
	plain := renderer.NewStyle()
	paint := func(number string) lipgloss.Style {
		if !colour {
			return plain
		}
		return plain.Foreground(lipgloss.Color(number))
	}
	const red, green, yellow, cyan = "9", "10", "11", "14"

	theme := Theme{
		Brand:   paint(cyan).Bold(true),
		Title:   plain.Bold(true),
		Label:   plain.Bold(true),
		Text:    plain,
		Dim:     plain.Faint(true),
		Cursor:  paint(cyan).Bold(true),
		Chosen:  paint(green),
		Bar:     paint(cyan),
		Done:    paint(cyan),
		Warning: paint(yellow),
		Error:   paint(red).Bold(true),
		Added:   paint(green),
		Removed: paint(red),
		Key:     plain.Bold(true),
		Input:   plain.Reverse(true),
	}
	theme.huh = huhTheme(theme, plain)
	return theme
}

// huhTheme is what huh's fields are drawn with. It must be set: without one
// huh makes a new theme at each look at a style, six times the work of a key.
func huhTheme(theme Theme, plain lipgloss.Style) *huh.Theme {
	fields := huh.FieldStyles{
		Base: plain, Title: plain, Description: plain, Option: plain,
		ErrorIndicator: plain, ErrorMessage: plain,
		FocusedButton: theme.Cursor.SetString(">").MarginRight(3),
		BlurredButton: plain.SetString(" ").MarginRight(3),
		TextInput: huh.TextInputStyles{
			Cursor: theme.Input, CursorText: plain, Placeholder: theme.Dim, Prompt: plain, Text: plain,
		},
	}
	return &huh.Theme{Focused: fields, Blurred: fields}
}
