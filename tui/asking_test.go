package tui

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// menuStep is a page of a conversation that only asks.
type menuStep struct {
	title string
	ask   func() []steps.Question
}

func (s menuStep) Name() string                                     { return s.title }
func (s menuStep) Title() string                                    { return s.title }
func (s menuStep) Detect(context.Context, run.Runner) steps.Finding { return steps.Nothing }
func (s menuStep) Plan(steps.Input, *steps.Plan)                    {}
func (s menuStep) Ask(steps.Facts, steps.Answers) []steps.Question  { return s.ask() }

// menu asks what was lost, and for a whole machine where its flake is. Nothing
// is planned.
func menu() (Setup, map[string]string) {
	given := map[string]string{"lost": "disk"}
	question := func(q steps.Question) []steps.Question {
		if value, ok := given[q.Key]; ok {
			q.Value = []string{value}
		}
		return []steps.Question{q}
	}
	return Setup{
		Title: "recover", Options: Options{Glyphs: ASCIIGlyphs()},
		Set: func(answers steps.Answers, key string, values []string) (steps.Answers, error) {
			given[key] = strings.Join(values, "")
			return answers, nil
		},
		Steps: []steps.Step{
			menuStep{title: "Recover", ask: func() []steps.Question {
				return question(steps.Question{Key: "lost", Kind: steps.KindChoice, Title: "What was lost?", Help: "Everything comes back from the 24 words.", Options: []steps.Option{
					{Value: "keys", Title: "Keys: into this machine's TPM again", Unavailable: "a live medium has none"},
					{Value: "disk", Title: "Disk: open an encrypted one, to read it", Help: "The machine does not start. There is: /dev/nvme0n1p3, 512 GiB, of snix."},
					{Value: "machine", Title: "Machine: as it was, from its flake", Help: "The machine is gone, or is to be installed again."},
				}})
			}},
			menuStep{title: "Flake", ask: func() []steps.Question {
				if given["lost"] != "machine" {
					return nil
				}
				return question(steps.Question{Key: "flake", Kind: steps.KindText, Title: "Where is its flake?"})
			}},
		},
	}, given
}

func TestGoldenMenu(t *testing.T) {
	for _, size := range sizes {
		for name, keys := range map[string][]string{"menu": nil, "menu-unavailable": {"up", "enter"}, "menu-flake": {"down", "enter"}} {
			setup, _ := menu()
			golden(t, fmt.Sprintf("ascii-%dx%d/%s", size.width, size.height, name), tidy(drive(t, setup, size.width, size.height).press(keys...).view()))
		}
	}
}

// A conversation without a plan ends with its last answer, or leads out of
// itself.
func TestOnlyAsked(t *testing.T) {
	for name, test := range map[string]struct {
		keys  []string
		lines []string
		kind  Kind
		given map[string]string
	}{
		"the proposal":    {[]string{"enter"}, []string{""}, KindAccepted, map[string]string{"lost": "disk"}},
		"a second page":   {[]string{"down", "enter", "/srv/flake", "enter"}, []string{"machine", "/srv/flake"}, KindAccepted, map[string]string{"lost": "machine", "flake": "/srv/flake"}},
		"left":            {[]string{"esc"}, []string{"quit"}, KindDeclined, map[string]string{"lost": "disk"}},
		"back, then left": {[]string{"down", "enter", "esc", "esc"}, []string{"machine", "back", "quit"}, KindDeclined, map[string]string{"lost": "machine"}},
		"ctrl-c":          {[]string{"ctrl+c", "y"}, nil, KindDeclined, map[string]string{"lost": "disk"}},
	} {
		t.Run(name, func(t *testing.T) {
			setup, given := menu()
			d := drive(t, setup, 80, 24).press(test.keys...)
			if kind := d.wizard.Result().Kind; !d.quit || !maps.Equal(given, test.given) || kind != test.kind {
				t.Errorf("full screen: over %v with %q, %v; the page:\n%s", d.quit, kind, given, d.view())
			}
			if test.lines == nil {
				return
			}
			setup, given = menu()
			result, out := talkPlain(t, setup, test.lines...)
			if result.Kind != test.kind || !maps.Equal(given, test.given) {
				t.Errorf("plain: %q, %v:\n%s", result.Kind, given, out)
			}
			if strings.Contains(out, "step 1 of") || strings.Contains(out, "Computing the plan") {
				t.Errorf("a menu speaks of a plan:\n%s", out)
			}
		})
	}
}
