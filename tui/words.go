package tui

import (
	"context"
	"errors"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// wordsMode is where the words page stands.
type wordsMode int

const (
	wordsMenu     wordsMode = iota // make new ones, or type those on paper
	wordsMaking                    // the randomness is being fetched
	wordsShown                     // to be written down
	wordsRehearse                  // typed from the paper, before anything depends on them
	wordsTyped                     // existing ones are being typed
	wordsDone
)

// The entries of the menu.
const (
	menuMake = "make"
	menuType = "type"
	menuKeep = "keep"
	menuNone = "none"
)

// wordsField is the page of the 24 words. New ones are shown once, then typed
// from the paper: what was not written down correctly is found while it still
// costs nothing.
type wordsField struct {
	make   func(context.Context) (*words.Mnemonic, error)
	remote string
	mode   wordsMode
	menu   choiceField
	shown  *words.Mnemonic // the new words
	entry  wordEntry
	result *words.Mnemonic
	fault  fault
}

// fault is what is wrong, the way out, and neighbours of a wrong word.
type fault struct{ text, hint string }

// wordsMade brings the new words.
type wordsMade struct {
	made *words.Mnemonic
	err  error
}

func newWords(makeNew func(context.Context) (*words.Mnemonic, error), present, optional bool, remote string) wordsField {
	var options []steps.Option
	if present {
		options = append(options, steps.Option{Value: menuKeep, Title: "Keep the words", Help: "they were given already"})
	}
	if makeNew != nil {
		options = append(options, steps.Option{Value: menuMake, Title: "Make 24 new words", Help: "shown once, to be written on paper"})
	}
	options = append(options, steps.Option{Value: menuType, Title: "Type my 24 words", Help: "from the paper of another machine, or of this one"})
	if optional && !present {
		options = append(options, steps.Option{Value: menuNone, Title: "Go on without words", Help: "then there are no keys either"})
	}
	menu := newChoice(steps.Question{Kind: steps.KindChoice, Options: options}, []string{options[0].Value})
	return wordsField{make: makeNew, remote: remote, menu: menu, entry: newWordEntry(nil)}
}

// picked is the entry of the menu under the cursor.
func (f wordsField) picked() string { return strings.Join(f.menu.values(), "") }

func (f wordsField) values() []string { return nil }

func (f wordsField) zoom() bool {
	return f.mode == wordsShown || f.mode == wordsRehearse || f.mode == wordsTyped
}

// drawsSecret says that the page shows words: it is wiped from the screen
// when it is left.
func (f wordsField) drawsSecret() bool { return f.zoom() }

func (f wordsField) takes(msg tea.KeyMsg) bool {
	switch f.mode {
	case wordsMenu:
		return isNext(msg) && (f.picked() == menuMake || f.picked() == menuType)
	case wordsDone:
		return false
	}
	return isNext(msg) || isBack(msg)
}

func (f wordsField) hints() []Hint {
	switch f.mode {
	case wordsShown:
		return []Hint{{"enter", "written down"}, {"esc", "back"}}
	case wordsRehearse:
		return []Hint{{"space", "next word"}, {"esc", "show them again"}, {"ctrl+u", "start over"}}
	case wordsTyped:
		return []Hint{{"space", "next word"}, {"esc", "back"}, {"ctrl+u", "start over"}}
	}
	return nil
}

func (f wordsField) taken() (*secret.Secret, error) {
	switch {
	case f.result != nil:
		return f.result.Joined(), nil
	case f.mode == wordsMenu && (f.picked() == menuKeep || f.picked() == menuNone):
		return nil, nil
	}
	return nil, steps.Problem{Text: "there are no words yet", Hint: "make new ones, or type those on paper"}
}

func (f wordsField) wipe() {
	f.entry.wipe()
	f.shown.Wipe()
	if f.result != f.shown {
		f.result.Wipe()
	}
}

func (f wordsField) update(msg tea.Msg) (field, tea.Cmd) {
	switch msg := msg.(type) {
	case wordsMade:
		if f.mode != wordsMaking {
			msg.made.Wipe()
			return f, nil
		}
		if msg.err != nil {
			f.mode = wordsMenu
			f.fault = faultOf(msg.err)
			return f, nil
		}
		f.shown, f.mode = msg.made, wordsShown
	case tea.KeyMsg:
		return f.press(msg)
	}
	return f, nil
}

func (f wordsField) press(msg tea.KeyMsg) (field, tea.Cmd) {
	f.fault = fault{}
	switch f.mode {
	case wordsMenu:
		if isNext(msg) {
			return f.choose()
		}
		next, _ := f.menu.update(msg)
		f.menu, _ = next.(choiceField)
	case wordsMaking:
		if isBack(msg) {
			f.mode = wordsMenu
		}
	case wordsShown:
		switch {
		case msg.String() == "enter":
			f.entry.wipe()
			f.entry, f.mode = newWordEntry(f.shown), wordsRehearse
		case isBack(msg):
			f.mode = wordsMenu
		}
	case wordsRehearse, wordsTyped:
		return f.typeWord(msg), nil
	case wordsDone:
		if msg.Type == tea.KeyCtrlU {
			f.mode, f.result = wordsMenu, nil
		}
	}
	return f, nil
}

func (f wordsField) choose() (field, tea.Cmd) {
	switch f.picked() {
	case menuType:
		if f.entry.paper != nil {
			f.entry = newWordEntry(nil)
		}
		f.mode = wordsTyped
		return f, nil
	case menuMake:
	default:
		return f, nil
	}
	if f.shown != nil { // going back and forth does not change them
		f.mode = wordsShown
		return f, nil
	}
	f.mode = wordsMaking
	makeNew := f.make
	return f, func() tea.Msg {
		made, err := makeNew(context.Background())
		return wordsMade{made: made, err: err}
	}
}

func (f wordsField) typeWord(msg tea.KeyMsg) wordsField {
	if isBack(msg) {
		if f.mode == wordsRehearse {
			f.mode = wordsShown
			return f
		}
		f.mode = wordsMenu
		return f
	}
	f.entry, f.fault = f.entry.press(msg)
	if !f.entry.complete() {
		return f
	}
	result, err := f.entry.check()
	if err != nil {
		f.fault = faultOf(err)
		return f
	}
	f.result, f.mode = result, wordsDone
	f.entry.wipe()
	return f
}

func faultOf(err error) fault {
	var refused *words.Error
	if errors.As(err, &refused) {
		return fault{text: refused.Error(), hint: refused.Hint()}
	}
	text, hint := told(err)
	return fault{text: text, hint: hint}
}
