package tui

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
	"codeberg.org/mnemonix/mnemonix/tui/internal/fixture"
)

var update = flag.Bool("update", false, "write the golden files anew")

// paper is one of the published test phrases of BIP39.
const paper = "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold"

func phrase(t testing.TB, text string) *words.Mnemonic {
	t.Helper()
	made, err := words.Parse(secret.FromString(text))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// testSetup is the made-up conversation with nothing behind it.
func testSetup(t testing.TB) Setup {
	return Setup{
		Title: "install", Steps: fixture.Pages(), Secrets: &steps.Secrets{}, AcceptVerb: "install",
		Detect:    func(context.Context) (steps.Facts, error) { return fixture.Facts(), nil },
		Set:       fixture.Set,
		Warnings:  fixture.Warnings,
		MakeWords: func(context.Context) (*words.Mnemonic, error) { return phrase(t, paper), nil },
		Plan: func(context.Context, steps.Facts, steps.Answers, *steps.Secrets) (steps.Plan, error) {
			return fixture.Plan(), nil
		},
		Present: fixture.Present(),
		Options: Options{Glyphs: ASCIIGlyphs()},
	}
}

// driver plays the terminal: it delivers messages and carries commands out,
// one after the other.
type driver struct {
	t      testing.TB
	wizard Wizard
	quit   bool
	clears int // how often the screen was wiped
	frozen bool
}

func drive(t testing.TB, setup Setup, width, height int) *driver {
	d := &driver{t: t, wizard: NewWizard(setup)}
	d.send(tea.WindowSizeMsg{Width: width, Height: height})
	d.do(d.wizard.Init())
	return d
}

func (d *driver) send(msg tea.Msg) {
	model, cmd := d.wizard.Update(msg)
	d.wizard = model.(Wizard)
	d.do(cmd)
}

func (d *driver) do(cmd tea.Cmd) {
	if cmd == nil || d.frozen {
		return
	}
	d.deliver(cmd())
}

func (d *driver) deliver(msg tea.Msg) {
	switch batch := msg.(type) {
	case nil:
		return
	case tea.QuitMsg:
		d.quit = true
		return
	case tea.BatchMsg: // they run beside each other
		results := make(chan tea.Msg, len(batch))
		for _, cmd := range batch {
			go func() { results <- cmd() }()
		}
		for range batch {
			d.deliver(<-results)
		}
		return
	}
	if value := reflect.ValueOf(msg); value.Kind() == reflect.Slice && value.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		for i := range value.Len() { // tea.Sequence
			d.do(value.Index(i).Interface().(tea.Cmd))
		}
		return
	}
	if reflect.TypeOf(msg) == reflect.TypeOf(tea.ClearScreen()) {
		d.clears++
		return
	}
	d.send(msg)
}

var keyTypes = map[string]tea.KeyMsg{
	"enter": {Type: tea.KeyEnter}, "esc": {Type: tea.KeyEsc}, "tab": {Type: tea.KeyTab}, "shift+tab": {Type: tea.KeyShiftTab},
	"alt+tab": {Type: tea.KeyTab, Alt: true}, "up": {Type: tea.KeyUp}, "down": {Type: tea.KeyDown}, "left": {Type: tea.KeyLeft},
	"right": {Type: tea.KeyRight}, "space": {Type: tea.KeySpace, Runes: []rune{' '}}, "backspace": {Type: tea.KeyBackspace},
	"ctrl+c": {Type: tea.KeyCtrlC}, "ctrl+u": {Type: tea.KeyCtrlU}, "ctrl+d": {Type: tea.KeyCtrlD}, "ctrl+w": {Type: tea.KeyCtrlW},
	"home": {Type: tea.KeyHome}, "end": {Type: tea.KeyEnd}, "pgup": {Type: tea.KeyPgUp}, "pgdown": {Type: tea.KeyPgDown}, "f1": {Type: tea.KeyF1},
}

// press types keys by their names, and anything else as text that one read
// returned at once.
func (d *driver) press(keys ...string) *driver {
	for _, key := range keys {
		if msg, ok := keyTypes[key]; ok {
			d.send(msg)
			continue
		}
		for i, part := range strings.Split(key, " ") { // a terminal delivers spaces by themselves
			if i > 0 {
				d.send(keyTypes["space"])
			}
			if part != "" {
				d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(part)})
			}
		}
	}
	return d
}

func (d *driver) view() string { return ansi.Strip(d.wizard.View()) }

func (d *driver) wants(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if !strings.Contains(d.view(), text) {
			d.t.Errorf("the page lacks %q:\n%s", text, d.view())
		}
	}
}

// The keys that lead from the first page to the named one.
var (
	toHardware = []string{"enter", "/berl", "enter", "de_DE.UTF-8", "enter"}
	toHost     = append(toHardware[:len(toHardware):len(toHardware)], "enter")
	toFeatures = append(toHost[:len(toHost):len(toHost)], "snix", "enter", "down", "down", "enter", "Ada Lovelace", "enter", "ssh-ed25519 AAAAC3 ada", "enter", "enter", "hunter22", "enter", "hunter22", "enter")
	toDisk     = append(toFeatures[:len(toFeatures):len(toFeatures)], "space", "enter", "down", "enter")
	toWords    = append(toDisk[:len(toDisk):len(toDisk)], "down", "enter", "down", "enter", "tpm", "enter", "correct horse", "enter", "correct horse", "enter")
	toKeys     = append(toWords[:len(toWords):len(toWords)], "enter", "enter", paper, "enter", "enter", "enter")
	toFlake    = append(toKeys[:len(toKeys):len(toKeys)], "y", "enter", "1234", "enter", "1234", "enter")
	toReview   = append(toFlake[:len(toFlake):len(toFlake)], "enter")
)

func with(keys []string, more ...string) []string {
	return append(keys[:len(keys):len(keys)], more...)
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	wanted, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(wanted), text); diff != "" {
		t.Errorf("%s (-golden +now):\n%s", file, diff)
	}
}

// tidy takes off the spaces at the ends of lines, which no eye sees and some
// editors remove.
func tidy(frame string) string {
	lines := strings.Split(frame, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// events are the story of an apply up to the middle of its third action.
func events(plan steps.Plan) []apply.Event {
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var told []apply.Event
	tell := func(i int, kind apply.EventKind, text string) {
		told = append(told, apply.Event{
			Time: begin.Add(time.Duration(len(told)) * 10 * time.Second), Kind: kind, Text: text,
			Action: plan.Actions[i].ID, Title: plan.Actions[i].Title, Number: i + 1, Of: len(plan.Actions),
		})
	}
	tell(0, apply.EventStarted, "")
	tell(0, apply.EventLine, "The operation has completed successfully.")
	tell(0, apply.EventDone, "")
	tell(1, apply.EventSkipped, "")
	tell(2, apply.EventStarted, "")
	tell(2, apply.EventLine, "hosts/snix/disko.nix\x1b[31m and a sequence\x07")
	return told
}
