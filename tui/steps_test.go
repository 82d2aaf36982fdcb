package tui

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/features"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
)

// given are the answers that nothing proposes.
var given = map[string][]string{
	"host.name":        {"snix"},
	"users.0.name":     {"ada"},
	"users.0.fullName": {"Ada Lovelace"},
	"users.0.email":    {"ada@example.org"},
	"userPassword":     {"hunter2222", "enter", "hunter2222"},
	"diskPassphrase":   {"correct horse", "enter", "correct horse"},
	"pin":              {"123456", "enter", "123456"},
}

// TestGoldenSteps goes through the real installation of a recorded laptop,
// from the first question to the review, and keeps a frame of each question.
func TestGoldenSteps(t *testing.T) {
	text, err := os.ReadFile("../tests/machines/laptop-nvme-tpm.facts.json.golden")
	if err != nil {
		t.Fatal(err)
	}
	var facts steps.Facts
	if err := json.Unmarshal(text, &facts); err != nil {
		t.Fatal(err)
	}
	for _, size := range sizes {
		setup := testSetup(t)
		setup.Steps, setup.Begin, setup.Warnings, setup.Present = flow.Install(), answers.Defaults, features.Warnings, nil
		setup.Detect = func(context.Context) (steps.Facts, error) { return facts, nil }
		setup.Set = func(chosen steps.Answers, key string, values []string) (steps.Answers, error) {
			err := answers.Set(&chosen, key, values)
			return chosen, err
		}
		setup.Plan = func(_ context.Context, facts steps.Facts, chosen steps.Answers, _ *steps.Secrets) (steps.Plan, error) {
			return flow.Plan(flow.Install(), steps.Input{Facts: facts, Answers: chosen, Target: "/mnt", Folder: "/mnt/etc/nixos"}), nil
		}
		d := drive(t, setup, size.width, size.height)
		frames := walk(t, d)
		d.wants("[Summary]")
		for _, section := range []string{"2", "4"} {
			frames += frame("review", d.press(section))
		}
		golden(t, fmt.Sprintf("steps-%dx%d", size.width, size.height), withoutFlake.ReplaceAllString(frames, "$1..."))
	}
}

// withoutFlake finds what changes with every line of the flake: how many
// files there are, and the hash over them.
var withoutFlake = regexp.MustCompile(`((?:Files {6}|Plan {7}))(\d+ new.*|[0-9a-f]{16})`)

// walk answers every question up to the review.
func walk(t *testing.T, d *driver) string {
	t.Helper()
	var frames strings.Builder
	for range 100 {
		if d.wizard.stage != stageAsk {
			return frames.String() + frame("review", d)
		}
		question := d.wizard.form.question()
		switch values, known := given[question.Key]; {
		case question.Kind == steps.KindWords:
			frames.WriteString(frame(question.Key, d))
			d.press("down", "enter")
			d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(paper), Paste: true})
		case known:
			frames.WriteString(frame(question.Key, d))
			for !isSecret(question) && !empty(d.wizard.form.field.values()) { // what is proposed
				d.press("backspace")
			}
			d.press(values...)
		case question.Kind == steps.KindChoice && len(d.wizard.form.field.values()) == 0:
			frames.WriteString(frame(question.Key, d))
			d.press("down")
		default:
			frames.WriteString(frame(question.Key, d))
		}
		before := d.view()
		if d.press("enter"); d.view() == before || d.wizard.form.problem != nil && d.wizard.stage == stageAsk {
			t.Fatalf("%s was not accepted:\n%s", question.Key, d.view())
		}
	}
	t.Fatalf("no end:\n%s", d.view())
	return ""
}

func frame(name string, d *driver) string {
	return fmt.Sprintf("== %s\n%s\n", name, tidy(d.view()))
}
