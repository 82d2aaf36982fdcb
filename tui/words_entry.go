package tui

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// completeFrom is how many letters decide: no two words of the list begin
// with the same four.
const completeFrom = 4

// longestWord leaves room for slips: the list's longest has 8 letters.
const longestWord = 16

// wordEntry is 24 words being typed, one cell each.
type wordEntry struct {
	cells    [][]byte
	at       int             // the cell that is typed in, from 0
	accepted []bool          // the word stands in the list
	paper    *words.Mnemonic // in a rehearsal: what they must be
	checked  bool            // all 24 were entered, to the end
}

func newWordEntry(paper *words.Mnemonic) wordEntry {
	e := wordEntry{cells: make([][]byte, words.Count), accepted: make([]bool, words.Count), paper: paper}
	for i := range e.cells {
		e.cells[i] = make([]byte, 0, longestWord)
	}
	return e
}

func (e wordEntry) wipe() {
	for i := range e.cells {
		clear(e.cells[i][:cap(e.cells[i])])
		e.cells[i] = e.cells[i][:0]
	}
}

// complete says that the last word was entered and none is open.
func (e wordEntry) complete() bool { return e.checked && !slices.Contains(e.accepted, false) }

// check makes the phrase of what was typed.
func (e wordEntry) check() (*words.Mnemonic, error) {
	typed := secret.New(bytes.Join(e.cells, []byte(" ")))
	defer typed.Wipe()
	phrase, err := words.Parse(typed)
	if err != nil {
		return nil, err
	}
	if e.paper != nil && !phrase.Equal(e.paper) {
		position := phrase.Differences(e.paper)[0]
		return nil, steps.Problem{Text: fmt.Sprintf("word %d is not the one that was shown", position)}
	}
	return phrase, nil
}

func (e wordEntry) press(msg tea.KeyMsg) (wordEntry, fault) {
	e.checked = false
	switch msg.Type {
	case tea.KeyEnter, tea.KeyTab, tea.KeySpace:
		return e.accept()
	case tea.KeyRunes:
		if msg.Alt {
			return e, fault{}
		}
		return e.write(msg.Runes)
	case tea.KeyBackspace:
		if len(e.cells[e.at]) == 0 && e.at > 0 {
			e.at--
			return e, fault{}
		}
		e = e.edit(func(cell []byte) []byte { return cell[:max(len(cell)-1, 0)] })
	case tea.KeyCtrlW:
		e = e.edit(func(cell []byte) []byte { return cell[:0] })
	case tea.KeyCtrlU:
		e.wipe()
		return newWordEntry(e.paper), fault{}
	case tea.KeyLeft, tea.KeyUp:
		e.at = max(e.at-1, 0)
	case tea.KeyRight, tea.KeyDown:
		e.at = min(e.at+1, len(e.cells)-1)
	}
	return e, fault{}
}

// edit changes the cell that is typed in.
func (e wordEntry) edit(change func([]byte) []byte) wordEntry {
	cell := e.cells[e.at]
	changed := change(cell)
	clear(changed[len(changed):cap(changed)])
	e.cells = slices.Clone(e.cells)
	e.cells[e.at] = changed
	e.accepted = slices.Clone(e.accepted)
	e.accepted[e.at] = false
	return e
}

// write takes letters. A space, a line feed, a comma ends a word; digits and
// dots are the numbers of a numbered list. All 24 at once, in any order that
// their numbers tell, fill every cell.
func (e wordEntry) write(runes []rune) (wordEntry, fault) {
	if phrase := whole(runes); phrase != nil {
		defer phrase.Wipe()
		for i := range e.cells {
			e.at = i
			e = e.edit(func(cell []byte) []byte { return append(cell[:0], phrase.Word(i+1)...) })
		}
		for i := range e.cells {
			e.at = i
			if problem := e.judge(); problem != (fault{}) {
				return e, problem
			}
			e.accepted[i] = true
		}
		e.checked = true
		return e, fault{}
	}
	for _, r := range runes {
		switch {
		case unicode.IsLetter(r):
			if len(e.cells[e.at]) < longestWord && r < unicode.MaxASCII { // the list is ASCII
				e = e.edit(func(cell []byte) []byte { return utf8.AppendRune(cell, unicode.ToLower(r)) })
			}
		case unicode.IsSpace(r), r == ',', r == ';':
			if len(e.cells[e.at]) == 0 {
				continue
			}
			var problem fault
			if e, problem = e.accept(); problem != (fault{}) {
				return e, problem
			}
		}
	}
	return e, fault{}
}

// whole is the phrase when all 24 words came at once, else nil.
func whole(runes []rune) *words.Mnemonic {
	if len(runes) < 4*words.Count {
		return nil
	}
	phrase, err := words.Parse(secret.New([]byte(string(runes))))
	if err != nil {
		return nil
	}
	return phrase
}

// accept ends the word that is typed and goes to the next open one.
func (e wordEntry) accept() (wordEntry, fault) {
	if len(e.cells[e.at]) == 0 {
		return e, fault{}
	}
	if full := completion(string(e.cells[e.at])); full != "" {
		e = e.edit(func(cell []byte) []byte { return append(cell[:0], full...) })
	}
	if problem := e.judge(); problem != (fault{}) {
		return e, problem
	}
	e.accepted = slices.Clone(e.accepted)
	e.accepted[e.at] = true
	if open := slices.Index(e.accepted, false); open < 0 {
		e.checked = true
		return e, fault{}
	}
	for e.accepted[e.at] {
		e.at = (e.at + 1) % len(e.cells)
	}
	return e, fault{}
}

// completion is the word that is meant, once that is certain.
func completion(typed string) string {
	if words.Valid(typed) {
		return typed
	}
	if len(typed) < completeFrom {
		return ""
	}
	if found := words.Complete(typed); len(found) == 1 {
		return found[0]
	}
	return ""
}

// judge says what is wrong with the word that is typed.
func (e wordEntry) judge() fault {
	typed := string(e.cells[e.at])
	switch {
	case !words.Valid(typed) && len(typed) < completeFrom && len(words.Complete(typed)) > 0:
		return fault{text: fmt.Sprintf("word %d is not complete", e.at+1), hint: "its first four letters are enough"}
	case !words.Valid(typed):
		return fault{
			text: fmt.Sprintf("word %d is not in the list", e.at+1),
			hint: "near it: " + strings.Join(words.Nearest(typed, 4), ", "),
		}
	case e.paper != nil && e.paper.Word(e.at+1) != typed:
		return fault{text: fmt.Sprintf("word %d is not the one that was shown", e.at+1), hint: "look at the paper, or press esc to see the words again"}
	}
	return fault{}
}
