package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// hidden reads a secret; the words that are no answers work here too.
func (p *plain) hidden(question steps.Question, prompt string) (*secret.Secret, error) {
	for {
		typed, err := p.in.secret(func() { _, _ = fmt.Fprint(p.out, prompt) })
		p.say("")
		if err != nil {
			return nil, err
		}
		word := ""
		typed.Use(func(view []byte) {
			if len(view) <= len("back") {
				word, _ = command(string(view))
			}
		})
		switch word {
		case "back":
			return nil, errBack
		case "quit":
			return nil, errQuit
		case "help":
			p.help(question)
			continue
		}
		return typed, nil
	}
}

// secret reads a secret twice.
func (p *plain) secret(question steps.Question) error {
	if keymap := keymap(p.talk); keymap != "" {
		p.say("The keymap is %s.", oneLine(keymap))
	}
	if p.in.tty != nil {
		defer Silence(p.in.tty)()
	}
	first, err := p.hidden(question, "secret> ")
	if err != nil {
		return err
	}
	if first.Len() == 0 && (p.talk.given(question) || question.Optional) {
		return nil
	}
	again, err := p.hidden(question, "again> ")
	if err != nil {
		first.Wipe()
		return err
	}
	defer again.Wipe()
	if !first.Equal(again) {
		first.Wipe()
		return faulty{steps.Problem{Text: "the two were not the same"}}
	}
	if err := p.talk.keep(question, first); err != nil {
		first.Wipe()
		return faulty{err}
	}
	return nil
}

// words makes or reads the 24 words.
func (p *plain) words(question steps.Question) error {
	choice := steps.Question{Kind: steps.KindChoice, Help: question.Help}
	if p.talk.given(question) {
		choice.Options = append(choice.Options, steps.Option{Value: menuKeep, Title: "Keep the words that were given"})
	}
	if p.talk.setup.MakeWords != nil {
		choice.Options = append(choice.Options, steps.Option{Value: menuMake, Title: "Make 24 new words"})
	}
	choice.Options = append(choice.Options, steps.Option{Value: menuType, Title: "Type my 24 words"})
	if question.Optional && !p.talk.given(question) {
		choice.Options = append(choice.Options, steps.Option{Value: menuNone, Title: "Go on without words"})
	}
	p.options(choice.Options)
	if remote := p.talk.setup.Options.Remote; remote != "" {
		p.prose("Warning: this conversation travels over " + remote + ": the words can be recorded on their way. Better sit at the machine itself.")
	}
	line, err := p.read(choice, "> ")
	if err != nil {
		return err
	}
	picked, err := p.pick(choice.Options, line)
	if err != nil {
		return faulty{err}
	}
	var paper *words.Mnemonic
	switch picked {
	case menuKeep, menuNone:
		return nil
	case menuMake:
		if paper, err = p.show(); err != nil {
			return err
		}
		defer paper.Wipe()
	}
	return p.typeWords(question, paper)
}

// show prints new words, one on a line, for the paper.
func (p *plain) show() (*words.Mnemonic, error) {
	made, err := p.talk.setup.MakeWords(p.in.ctx)
	if errors.Is(err, context.Canceled) {
		return nil, err
	}
	if err != nil {
		return nil, faulty{err}
	}
	p.prose("Write these 24 words on paper, in this order. Whoever has them has your keys; without them nobody can help you. They stay in what this terminal can scroll back to: clear that afterwards.")
	for position := 1; position <= words.Count; position++ {
		p.say("%3d  %s", position, made.Word(position))
	}
	return made, nil
}

// typeWords reads the words and keeps them.
func (p *plain) typeWords(question steps.Question, paper *words.Mnemonic) error {
	phrase, err := p.phrase(question, paper)
	if err != nil {
		return err
	}
	defer phrase.Wipe()
	if err := p.talk.keep(question, phrase.Joined()); err != nil {
		return faulty{err}
	}
	p.say("24 words, and their checksum is right.")
	return nil
}

// phrase reads the words, one or several on a line, until there are 24 right
// ones. Between two lines nothing is shown either: a sheet that is pasted comes
// faster than the lines are asked for.
func (p *plain) phrase(question steps.Question, paper *words.Mnemonic) (*words.Mnemonic, error) {
	p.prose("Type the words from the paper, one or more on a line. Four letters of each are enough. A word that is not right is asked for again.")
	if p.in.tty != nil {
		defer Silence(p.in.tty)()
	}
	entry := newWordEntry(paper)
	defer func() { entry.wipe() }()
	for {
		line, err := p.hidden(question, fmt.Sprintf("word %d> ", entry.at+1))
		if err != nil {
			return nil, err
		}
		var problem fault
		line.Use(func(view []byte) { entry, problem = entry.write([]rune(strings.TrimSpace(string(view)) + " ")) })
		line.Wipe()
		if problem != (fault{}) {
			entry = entry.forgetWrong()
			p.problem(steps.Problem{Text: problem.text, Hint: problem.hint})
			continue
		}
		if !entry.complete() {
			continue
		}
		phrase, err := entry.check()
		if err == nil {
			return phrase, nil
		}
		p.problem(steps.Problem{Text: faultOf(err).text, Hint: faultOf(err).hint})
		p.say("All 24 once more.")
		entry.wipe()
		entry = newWordEntry(paper)
	}
}

// ErrLeft says that a person left an entry instead of ending it.
var ErrLeft = errors.New("left before the end")

// TypeWords asks for 24 words on a terminal, line by line, for a command that
// is no conversation. Nothing that is typed is shown.
func TypeWords(ctx context.Context, tty *os.File, out io.Writer) (*words.Mnemonic, error) {
	p := &plain{in: newLineReader(ctx, tty), out: out, c: canvas{width: plainWidth, height: 1 << 20, theme: NewTheme(false), glyphs: ASCIIGlyphs()}}
	phrase, err := p.phrase(steps.Question{
		Kind: steps.KindWords, Help: "They are not shown while they are typed. quit leaves.",
	}, nil)
	if errors.Is(err, errBack) || errors.Is(err, errQuit) || errors.Is(err, io.EOF) {
		return nil, ErrLeft
	}
	return phrase, err
}
