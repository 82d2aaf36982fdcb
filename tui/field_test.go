package tui

import (
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// open is the wizard at a page, with keys pressed.
func open(t *testing.T, way []string, keys ...string) *driver {
	t.Helper()
	return drive(t, testSetup(t), 80, 24).press(way...).press(keys...)
}

func answersOf(d *driver) []string { return d.wizard.form.field.values() }

func TestChoiceKeys(t *testing.T) {
	for _, test := range []struct {
		name string
		keys []string
		want string
	}{
		{"down", []string{"down"}, "de-latin1"},
		{"around the end", []string{"up"}, "jp106"},
		{"letters", []string{"j", "j", "k"}, "de-latin1"},
		{"letters in one read", []string{"jj"}, "fr"},
		{"end and home", []string{"end", "home"}, "us"},
		{"filter in one read", []string{"/jp"}, "jp106"},
		{"filter, then esc keeps the place", []string{"/jp", "esc"}, "jp106"},
		{"filter without a match, then esc", []string{"down", "/atlantis", "esc"}, "de-latin1"},
		{"filter, rubbed out", []string{"down", "/f", "backspace", "backspace"}, "de-latin1"},
	} {
		if got := answersOf(open(t, nil, test.keys...)); !slices.Equal(got, []string{test.want}) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestNothingIsPreselected: a choice without an answer stays without one.
func TestNothingIsPreselected(t *testing.T) {
	d := open(t, toDisk, "down", "enter")
	d.wants("Samsung SSD 980 1TB")
	if got := answersOf(d); len(got) != 0 {
		t.Fatalf("preselected %q", got)
	}
	d.press("enter")
	d.wants("this needs an answer")
}

func TestChoices(t *testing.T) {
	d := open(t, toFeatures, "down", "space", "up", "x")
	if got := answersOf(d); !slices.Equal(got, []string{"development", "multimedia"}) {
		t.Errorf("chosen %q: the order is that of the list", got)
	}
	d.press("space")
	if got := answersOf(d); !slices.Equal(got, []string{"multimedia"}) {
		t.Errorf("chosen %q", got)
	}
	d.press("end", "space")
	d.wants("the machine has one graphics card")
	if got := answersOf(d); !slices.Equal(got, []string{"multimedia"}) {
		t.Errorf("chosen %q: what is not available was taken", got)
	}
}

func TestWarningsAreLive(t *testing.T) {
	d := open(t, toFeatures, "space", "down", "space", "down", "space", "down", "space")
	if strings.Contains(d.view(), "more than four") {
		t.Fatal("warned of four features")
	}
	d.press("down", "space")
	d.wants("more than four features", "second machine can share this flake")
	d.press("space")
	if strings.Contains(d.view(), "more than four") {
		t.Error("the warning stays")
	}
}

func TestTextPaste(t *testing.T) {
	d := open(t, toHost)
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("sn\nix\x1b[31m\t"), Paste: true})
	if got := answersOf(d); !slices.Equal(got, []string{"sn ix"}) {
		t.Errorf("pasted %q", got)
	}
	d = open(t, toHost, "rose", "enter")
	d.wants("Kind of machine", "Host name         rose")
}

func TestList(t *testing.T) {
	way := with(toHost, "snix", "enter", "down", "enter", "Ada", "enter")
	d := open(t, way, "one", "enter", "two", "enter", "three")
	if got := answersOf(d); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("lines %q: what is typed was meant", got)
	}
	d.press("esc", "enter") // and it is there after going back
	if got := answersOf(d); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("after going back: %q", got)
	}
	d.press("backspace", "backspace", "x")
	if got := answersOf(d); !slices.Equal(got, []string{"one", "two", "threx"}) {
		t.Errorf("the last one edited: %q", got)
	}
	d = open(t, way)
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a b\r\nc\n\n d "), Paste: true})
	if got := answersOf(d); !slices.Equal(got, []string{"a b", "c", "d"}) {
		t.Errorf("pasted lines: %q", got)
	}
}

func TestSecretField(t *testing.T) {
	way := with(toHost, "snix", "enter", "down", "enter", "Ada", "enter", "enter")
	d := open(t, way, "enter")
	d.wants("this needs an answer")
	d.press("geheim", "enter", "geheimer", "enter")
	d.wants("the two were not the same")
	if d.wizard.setup.Secrets.UserPassword.Len() != 0 {
		t.Error("kept a secret that was typed in two ways")
	}
	d.press("ä", "space", "x", "backspace", "enter", "ä", "space", "enter")
	if got := text(d.wizard.setup.Secrets.UserPassword); got != "ä " {
		t.Errorf("kept %q", got)
	}
	// Going through again keeps it.
	d.press("esc")
	d.wants("there is one already")
	if d.press("enter"); d.wizard.form.question().Key == "userPassword" {
		t.Error("enter does not keep it")
	}
	if got := text(d.wizard.setup.Secrets.UserPassword); got != "ä " {
		t.Errorf("then %q", got)
	}
	// What is too long for any prompt is cut, not grown.
	f := newSecret(false, false, "")
	next, _ := f.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(strings.Repeat("é", 400))})
	hidden, _ := next.(hiddenField)
	if len(hidden.first.text) != longestSecret || cap(hidden.first.text) != longestSecret {
		t.Errorf("%d bytes in room for %d", len(hidden.first.text), cap(hidden.first.text))
	}
	hidden.wipe()
	if all := hidden.first.text[:longestSecret]; strings.Trim(string(all), "\x00") != "" {
		t.Error("the buffer was not wiped")
	}
}

func TestOptionalSecret(t *testing.T) {
	d := open(t, toWords, "enter", "enter", paper, "enter", "enter")
	d.wants("Passphrase of the words", "may be left empty")
	if d.press("enter"); d.wizard.form.question().Key == "wordsPassphrase" {
		t.Error("the optional secret holds the page")
	}
}

func TestConfirm(t *testing.T) {
	for keys, want := range map[string]string{"y": "true", "n": "false", "yn": "false", "yy": "true", "left": "true", "left left": "false"} {
		d := open(t, toKeys, strings.Fields(keys)...)
		if got := answersOf(d); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q", keys, got)
		}
	}
}

// TestDraft types what is refused, leaves, and comes back to it.
func TestDraft(t *testing.T) {
	d := open(t, toHost, "Snix", "esc")
	d.wants("This machine")
	d.press("enter")
	d.wants("> Snix")
	d.press("enter")
	d.wants("is not a host name: Snix")
	if name := d.wizard.Result().Answers.Host.Name; name != "" {
		t.Errorf("the draft became the answer %q", name)
	}
	d.press("backspace", "backspace", "backspace", "backspace", "snix", "enter")
	if name := d.wizard.Result().Answers.Host.Name; name != "snix" || len(d.wizard.form.drafts) != 0 {
		t.Errorf("the answer is %q, drafts %v", name, d.wizard.form.drafts)
	}
}

func TestUpAndDownLeaveALine(t *testing.T) {
	d := open(t, toHost, "snix", "down")
	if key := d.wizard.form.question().Key; key != "host.type" {
		t.Errorf("down leads to %s", key)
	}
}

func TestReportScrolls(t *testing.T) {
	setup := testSetup(t)
	var lines []string
	for i := range 60 {
		lines = append(lines, strings.Repeat("x", i%7)+" line "+string(rune('A'+i%26)))
	}
	page := reportPage{lines: lines}
	setup.Steps = []steps.Step{page}
	d := drive(t, setup, 60, 20)
	first := d.view()
	d.press("end")
	last := d.view()
	if first == last || !strings.Contains(last, lines[59]) {
		t.Errorf("the end is not shown:\n%s", last)
	}
	if d.press("up", "up"); d.view() == last {
		t.Error("the scroll went beyond the end")
	}
	if d.press("home"); d.view() != first {
		t.Errorf("back at the beginning:\n%s", d.view())
	}
}

// reportPage is a step that only reports.
type reportPage struct {
	steps.Step
	lines []string
}

func (reportPage) Name() string  { return "report" }
func (reportPage) Title() string { return "Report" }
func (p reportPage) Ask(steps.Facts, steps.Answers) []steps.Question {
	return []steps.Question{{Kind: steps.KindReport, Title: "Report", Lines: p.lines}}
}
