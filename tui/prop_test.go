package tui

import (
	"maps"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// journeys are the keys to where a random walk begins.
var journeys = [][]string{nil, toHardware, toHost, toFeatures, toDisk, toWords, toKeys, toFlake, toReview}

// anyKey is anything that a terminal may deliver.
func anyKey() *rapid.Generator[tea.Msg] {
	names := slices.Sorted(maps.Keys(keyTypes))
	names = slices.DeleteFunc(names, func(name string) bool { return name == "ctrl+c" })
	return rapid.OneOf(
		rapid.Map(rapid.SampledFrom(names), func(name string) tea.Msg { return keyTypes[name] }),
		rapid.Map(rapid.SampledFrom([]string{"enter", "enter", "esc", "down"}), func(name string) tea.Msg { return keyTypes[name] }),
		rapid.Map(rapid.StringMatching(`[a-z0-9/?yn .]{1,6}`), func(text string) tea.Msg {
			return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)}
		}),
		rapid.Map(rapid.String(), func(text string) tea.Msg {
			return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true}
		}),
	)
}

func fits(t interface{ Fatalf(string, ...any) }, w Wizard) {
	frame := w.View()
	lines := strings.Split(frame, "\n")
	if len(lines) > w.height {
		t.Fatalf("%d lines on a screen of %d:\n%s", len(lines), w.height, frame)
	}
	for _, line := range lines {
		if width := ansi.StringWidth(line); width > w.width {
			t.Fatalf("a line of %d columns on a screen of %d: %q", width, w.width, ansi.Strip(line))
		}
	}
}

// TestNoLineIsWider walks at random on screens of all sizes, which change on
// the way.
func TestNoLineIsWider(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := func() tea.WindowSizeMsg {
			return tea.WindowSizeMsg{Width: rapid.IntRange(20, 140).Draw(rt, "width"), Height: rapid.IntRange(5, 60).Draw(rt, "height")}
		}
		setup := testSetup(t)
		if rapid.Bool().Draw(rt, "unicode") {
			setup.Options.Glyphs = UnicodeGlyphs()
		}
		setup.Options.Remote = rapid.SampledFrom([]string{"", "ssh"}).Draw(rt, "remote")
		d := drive(t, setup, 80, 24).press(rapid.SampledFrom(journeys).Draw(rt, "journey")...)
		d.send(size())
		fits(rt, d.wizard)
		for range rapid.IntRange(1, 12).Draw(rt, "keys") {
			d.send(anyKey().Draw(rt, "key"))
			if rapid.IntRange(0, 4).Draw(rt, "resize") == 0 {
				d.send(size())
			}
			fits(rt, d.wizard)
			if w := d.wizard; w.stage == stageAsk && !slices.Contains(w.talk.pages(), w.form.step) {
				rt.Fatalf("page %d is none of %v", w.form.step, w.talk.pages())
			}
			if d.quit {
				return
			}
		}
	})
}

// known is every answer as the operator sees it: what is typed in the open
// field, else the draft, else the answer.
func known(w Wizard) map[string]string {
	seen := map[string]string{}
	for step := range w.setup.Steps {
		for _, question := range w.talk.questions(step) {
			if isSecret(question) || question.Kind == steps.KindReport {
				continue
			}
			values := question.Value
			if draft, ok := w.form.drafts[question.Key]; ok {
				values = draft
			}
			if w.stage == stageAsk && step == w.form.step && question.Key == w.form.question().Key {
				values = w.form.field.values()
			}
			if !empty(values) {
				seen[question.Key] = strings.Join(values, "\n")
			}
		}
	}
	return seen
}

// TestBackLosesNothing presses a way back after anything, and finds every
// answer and every half-typed one as it was.
func TestBackLosesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := drive(t, testSetup(t), 80, 24).press(rapid.SampledFrom(journeys).Draw(rt, "journey")...)
		for range rapid.IntRange(0, 8).Draw(rt, "keys") {
			d.send(anyKey().Draw(rt, "key"))
		}
		if d.quit || d.wizard.stage != stageAsk {
			return
		}
		for range rapid.IntRange(1, 6).Draw(rt, "backs") {
			before := known(d.wizard)
			d.press(rapid.SampledFrom([]string{"esc", "shift+tab", "alt+tab"}).Draw(rt, "back"))
			after := known(d.wizard)
			for key, value := range before {
				now, asked := after[key], false
				for step := range d.wizard.setup.Steps {
					asked = asked || slices.ContainsFunc(d.wizard.talk.questions(step), func(q steps.Question) bool { return q.Key == key })
				}
				if asked && now != value {
					rt.Fatalf("%s was %q and is %q", key, value, now)
				}
			}
		}
	})
}

// TestForeignText draws names that hold anything.
func TestForeignText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.String().Draw(rt, "text") + "\x1b]0;title\x07\x1b[2J\u202e"
		out := clean(text)
		for _, r := range out {
			if r != '\n' && unsafe(r) {
				rt.Fatalf("%q came out as %q", text, out)
			}
		}
		c := canvas{width: rapid.IntRange(1, 90).Draw(rt, "width"), height: 10, theme: NewTheme(true), glyphs: ASCIIGlyphs()}
		for _, line := range c.wrap(text, c.theme.Text) {
			if ansi.StringWidth(line) > c.width {
				rt.Fatalf("%q is wider than %d", line, c.width)
			}
		}
	})
}
