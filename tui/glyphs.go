package tui

import "strings"

// Glyphs are the characters that are not letters. There are three sets:
// what every terminal has, what the fonts of the Linux console have in
// common (the kernel's CP437 font and those of the kbd package), and what a
// terminal emulator has. Arrows, check marks, ellipsis and rounded corners
// are drawn as squares by some console font and stand in none but the last.
type Glyphs struct {
	Rule     string // the line below the title, as far as it is still to go
	RuleDone string // the same line, as far as one has come
	Bar      string // at the left of the question that has the focus
	Cursor   string // before the option under the cursor
	On, Off  string // a choice that is taken, and one that is not
	Dot      string // between things in a row
	Full     string // of a progress bar
	Empty    string
	More     string // something was cut off
	Up, Down string // there is more above, below
	Mask     string // a character of a secret
	Yes      string
	No       string
}

// ASCIIGlyphs is the set for --ascii and for terminals of which nothing is
// known.
func ASCIIGlyphs() Glyphs {
	return Glyphs{
		Rule: "-", RuleDone: "=", Bar: "|", Cursor: ">", On: "[x]", Off: "[ ]", Dot: "-",
		Full: "#", Empty: ".", More: "...", Up: "^", Down: "v", Mask: "*", Yes: "ok", No: "!",
	}
}

// ConsoleGlyphs is the set for the Linux console.
func ConsoleGlyphs() Glyphs {
	g := ASCIIGlyphs()
	g.Rule, g.RuleDone, g.Bar, g.Dot = "─", "─", "│", "·"
	g.Full, g.Empty, g.Mask = "█", "░", "•"
	return g
}

// UnicodeGlyphs is the set for terminal emulators with a UTF-8 locale.
func UnicodeGlyphs() Glyphs {
	g := ConsoleGlyphs()
	g.RuleDone, g.More, g.Up, g.Down, g.Yes = "━", "…", "↑", "↓", "✓"
	return g
}

// GlyphsFor chooses the set for a terminal: term is TERM, locale the first
// of LC_ALL, LC_CTYPE and LANG that is set. The console of a live medium
// shows UTF-8 with no locale set, a serial terminal may not.
func GlyphsFor(term, locale string, ascii bool) Glyphs {
	utf8 := strings.Contains(strings.ToLower(locale), "utf-8") || strings.Contains(strings.ToLower(locale), "utf8")
	switch {
	case ascii, term == "", term == "dumb", strings.HasPrefix(term, "vt"):
		return ASCIIGlyphs()
	case strings.HasPrefix(term, "linux"):
		return ConsoleGlyphs()
	case utf8:
		return UnicodeGlyphs()
	}
	return ASCIIGlyphs()
}
