package tui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

func paste(text string) tea.KeyMsg {
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true}
}

// kept is what the wizard holds as the words.
func kept(d *driver) string { return text(d.wizard.setup.Secrets.Words) }

func TestWordsTyped(t *testing.T) {
	list := strings.Fields(paper)
	short := make([]string, len(list))
	for i, word := range list {
		short[i] = word[:min(4, len(word))]
	}
	columns := make([]string, 0, len(list)) // as a sheet in two columns reads line by line
	for i := range 12 {
		columns = append(columns, numberedWord(i, list), numberedWord(i+12, list))
	}
	for _, test := range []struct {
		name string
		send func(*driver)
	}{
		{"whole words", func(d *driver) { d.press(paper, "enter") }},
		{"four letters", func(d *driver) { d.press(strings.Join(short, " "), "enter") }},
		{"with enter", func(d *driver) {
			for _, word := range list {
				d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(word)})
				d.press("enter")
			}
		}},
		{"capitals", func(d *driver) { d.press(strings.ToUpper(paper), "enter") }},
		{"in one read", func(d *driver) { d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(paper + " ")}) }},
		{"pasted", func(d *driver) { d.send(paste(paper)) }},
		{"pasted in lines", func(d *driver) { d.send(paste(strings.Join(list, "\r\n"))) }},
		{"pasted, numbered", func(d *driver) { d.send(paste(numbered(list))) }},
		{"pasted, numbered, in two columns", func(d *driver) { d.send(paste(strings.Join(columns, "   "))) }},
		{"pasted in two columns, one wrong and mended", func(d *driver) {
			d.send(paste(strings.Replace(strings.Join(columns, "   "), "13. "+list[12], "13. "+list[12]+"x", 1)))
			d.wants("word 13 is not in the list", "near it: "+list[12])
			d.press("backspace", "enter")
		}},
		{"pasted with two wrong, mended one after the other", func(d *driver) {
			d.send(paste("viod " + strings.Join(list[1:22], ", ") + ", qqqq, " + list[23] + "\n"))
			d.wants("word 1 is not in the list", "near it: void", "qqqq?")
			d.press("ctrl+w", "void", "enter")
			d.wants("word 23 is not in the list")
			d.press("ctrl+w", list[22], "enter")
		}},
		{"pasted in two parts, the first with a wrong word", func(d *driver) {
			d.send(paste("viod " + strings.Join(list[1:12], " ") + " " + list[12][:2]))
			d.wants("word 1 is not in the list")
			d.press("ctrl+w", "void", "enter")
			d.press("ctrl+w")
			d.send(paste(strings.Join(list[12:], " ") + " "))
		}},
		{"pasted over others", func(d *driver) {
			d.send(paste(strings.Repeat("abandon ", 24)))
			d.wants("their checksum does not match")
			d.send(paste(paper))
		}},
		{"in full width", func(d *driver) {
			d.send(paste(strings.Map(func(r rune) rune {
				if r == ' ' {
					return '\u3000'
				}
				return r - 'a' + '\uff41'
			}, paper)))
		}},
		{"a letter too much", func(d *driver) { d.press("voidx", "backspace", "space", strings.Join(list[1:], " "), "enter") }},
		{"one mended afterwards", func(d *driver) {
			d.press("zoo "+strings.Join(list[1:], " "), "enter")
			d.wants("their checksum does not match")
			d.press(slices.Repeat([]string{"left"}, 24)...)
			d.press("ctrl+w", "void", "enter")
		}},
	} {
		d := open(t, toWords, "down", "enter")
		test.send(d)
		d.wants("24 words, and their checksum is right")
		if kept(d) != paper {
			t.Errorf("%s: other words were kept:\n%s", test.name, d.view())
		}
	}
}

func numberedWord(i int, list []string) string {
	return strings.Split(numbered(list), " ")[2*i] + " " + list[i]
}

func TestWordsRefused(t *testing.T) {
	for _, test := range []struct {
		keys  []string
		wants []string
	}{
		{[]string{"viod", "space"}, []string{"word 1 is not in the list", "near it: void"}},
		{[]string{"void", "space", "com", "space"}, []string{"word 2 is not complete", "first four letters"}},
		{[]string{"qqq"}, []string{"no word begins like this"}},
		{[]string{"ab"}, []string{"abandon  ability  able"}},
		{[]string{"act", "space"}, []string{"word 2, 23 to go"}}, // a word that begins others
		{[]string{"1. ", "voi", ". ", "d "}, []string{"word 2, 23 to go"}},
		{[]string{"7.zoo "}, []string{"word 8, 23 to go"}}, // the numbers of a sheet count
	} {
		open(t, toWords, append([]string{"down", "enter"}, test.keys...)...).wants(test.wants...)
	}
}

func TestRehearsal(t *testing.T) {
	d := open(t, toWords, "enter", "enter", "void", "space", "zoo", "space")
	d.wants("word 2 is not the one that was shown")
	if strings.Contains(d.view(), "come") {
		t.Error("the rehearsal gives the word away")
	}
	d.press("esc") // a look at the words, which are still the same
	d.wants("unfold")
	d.press("esc", "enter")
	d.wants("unfold")
	d.press("enter", paper, "enter")
	d.wants("their checksum is right")
	if kept(d) != paper {
		t.Error("other words were kept")
	}
	// Other words than the shown ones are no rehearsal, however right.
	other := strings.Repeat("abandon ", 23) + "art"
	d = open(t, toWords, "enter", "enter")
	d.send(paste(other))
	d.wants("word 1 is not the one that was shown")
	if kept(d) != "" {
		t.Error("words that were never written down were kept")
	}
}

func TestWordsCannotBeMade(t *testing.T) {
	setup := testSetup(t)
	setup.MakeWords = func(context.Context) (*words.Mnemonic, error) {
		return nil, errors.New("read 256 bits of randomness: no")
	}
	d := drive(t, setup, 80, 24).press(with(toWords, "enter")...)
	d.wants("read 256 bits of randomness: no", "Make 24 new words")
	setup.MakeWords, setup.Secrets = nil, &steps.Secrets{}
	if d = drive(t, setup, 80, 24).press(toWords...); strings.Contains(d.view(), "Make 24") {
		t.Error("making words is offered where it cannot be done")
	}
}

func TestWordsOverRemote(t *testing.T) {
	setup := testSetup(t)
	setup.Options.Remote = "ssh"
	d := drive(t, setup, 80, 24).press(toWords...)
	d.wants("This screen travels over ssh")
	d.press("enter").wants("This screen travels over ssh", "unfold")
}

func TestWordsKept(t *testing.T) {
	d := open(t, toWords, "enter", "enter", paper, "enter", "enter", "esc")
	d.wants("Keep the words")
	d.press("enter")
	if kept(d) != paper || d.wizard.form.question().Key == "words" {
		t.Errorf("enter does not keep them:\n%s", d.view())
	}
	// Leaving the right way or the wrong one keeps what was typed to the end.
	d = open(t, toWords, "enter", "enter", paper, "enter", "esc")
	if kept(d) != paper {
		t.Error("going back lost the words")
	}
}

func TestWordsOptional(t *testing.T) {
	f := newWords(nil, false, true, "")
	next, _ := f.update(keyTypes["up"])
	if next.takes(keyTypes["enter"]) {
		t.Error("going on without words is held back")
	}
	if value, err := next.(wordsField).taken(); value != nil || err != nil {
		t.Errorf("without words: %v, %v", value, err)
	}
}

// TestWordEntryAnyKeys types anything and stays in one piece.
func TestWordEntryAnyKeys(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e := newWordEntry(nil)
		for range rapid.IntRange(0, 40).Draw(rt, "keys") {
			if key, ok := anyKey().Draw(rt, "key").(tea.KeyMsg); ok {
				e, _ = e.press(key)
			}
			if e.at < 0 || e.at >= words.Count {
				rt.Fatalf("at cell %d", e.at)
			}
			for i, cell := range e.cells {
				if len(cell) > longestWord || (e.accepted[i] && !words.Valid(string(cell))) {
					rt.Fatalf("cell %d holds %q, accepted %v", i, cell, e.accepted[i])
				}
			}
		}
		if e.complete() && slices.Contains(e.accepted, false) {
			rt.Fatal("complete with an open word")
		}
	})
}
