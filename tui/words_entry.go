package tui

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

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

// write takes what was typed or pasted in one read. Letters go into the cell
// that is typed in; what is no letter ends a word. A word with a number before
// it goes into the cell of that number, so that a numbered sheet may be pasted
// as it comes, in columns too. All 24 words at once fill every cell, whatever
// was there. A wrong word among several keeps its cell, and the others theirs;
// then the first wrong one is typed in.
func (e wordEntry) write(runes []rune) (wordEntry, fault) {
	if len(runes) == 1 && runes[0] > unicode.MaxASCII {
		return e, fault{} // the list is ASCII
	}
	text := []byte(string(runes))
	defer clear(text)
	typed := words.Separate(text)
	defer func() {
		for _, one := range typed {
			clear(one.Word)
		}
	}()
	if len(typed) == 0 {
		if strings.ContainsFunc(string(runes), func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }) {
			return e.accept()
		}
		return e, fault{} // the number of a word, or the dot after it
	}
	goesOn := unicode.IsLetter(runes[0])          // with what is in the cell
	open := unicode.IsLetter(runes[len(runes)-1]) // the next read may go on with the last word
	if len(typed) == words.Count {
		e.wipe()
		e, open = newWordEntry(e.paper), false
	}
	wrong := -1
	end := func() {
		var problem fault
		if e, problem = e.settle(); problem == (fault{}) {
			e = e.next()
		} else {
			if wrong < 0 {
				wrong = e.at
			}
			e.at++
		}
	}
	if !goesOn && len(e.cells[e.at]) > 0 {
		end()
	}
	for i, one := range typed {
		if one.Number > 0 && one.Number <= words.Count {
			e.at, goesOn = one.Number-1, false
		}
		if e.at == words.Count {
			break
		}
		e = e.edit(func(cell []byte) []byte {
			if i > 0 || !goesOn {
				cell = cell[:0]
			}
			return appendWord(cell, one.Word)
		})
		if i < len(typed)-1 || !open {
			end()
		}
	}
	e.at = min(e.at, words.Count-1)
	if wrong >= 0 {
		e.at = wrong
		return e, e.judge()
	}
	e.checked = !slices.Contains(e.accepted, false)
	return e, fault{}
}

// appendWord appends as much of a word as there is room for. A letter that no
// word of the list has stays visible as one that is wrong.
func appendWord(cell, word []byte) []byte {
	for _, r := range string(word) {
		if len(cell) == longestWord {
			break
		}
		if r > unicode.MaxASCII {
			r = '?'
		}
		cell = append(cell, byte(r))
	}
	return cell
}

// accept ends the word that is typed and goes to the next open one, which may
// be one that was wrong.
func (e wordEntry) accept() (wordEntry, fault) {
	if len(e.cells[e.at]) == 0 {
		return e, fault{}
	}
	e, problem := e.settle()
	if problem != (fault{}) {
		return e, problem
	}
	if e.checked = !slices.Contains(e.accepted, false); e.checked {
		return e, fault{}
	}
	if e = e.next(); len(e.cells[e.at]) > 0 {
		return e, e.judge()
	}
	return e, fault{}
}

// settle completes the word that is typed and accepts it where it is right.
func (e wordEntry) settle() (wordEntry, fault) {
	if full := completion(string(e.cells[e.at])); full != "" {
		e = e.edit(func(cell []byte) []byte { return append(cell[:0], full...) })
	}
	if problem := e.judge(); problem != (fault{}) {
		return e, problem
	}
	e.accepted = slices.Clone(e.accepted)
	e.accepted[e.at] = true
	return e, fault{}
}

// next goes to the next cell that is open, if there is one.
func (e wordEntry) next() wordEntry {
	for range e.cells {
		if e.at = (e.at + 1) % len(e.cells); !e.accepted[e.at] {
			break
		}
	}
	return e
}

// forgetWrong empties the cells whose words were not accepted.
func (e wordEntry) forgetWrong() wordEntry {
	at := e.at
	for i, done := range e.accepted {
		if e.at = i; !done {
			e = e.edit(func(cell []byte) []byte { return cell[:0] })
		}
	}
	e.at = at
	return e
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
