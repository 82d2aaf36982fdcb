package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/clone"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// joinFlags say which flake a machine joins, or is rebuilt from.
type joinFlags struct {
	flake  string
	branch string
	host   string
	trust  bool
}

func (f *joinFlags) add(command *cobra.Command) {
	command.Flags().StringVar(&f.flake, "flake", "", "join, or rebuild from, the flake in this git `repository`: a URL, a path or a bundle")
	command.Flags().StringVar(&f.branch, "branch", "", "the `branch` of that flake (default: the one it is on)")
	command.Flags().StringVar(&f.host, "host", "", "rebuild the machine of this `name` in that flake")
	command.Flags().BoolVar(&f.trust, "trust-unsigned", false, "take that flake although its last commit is not signed by your key")
}

// check refuses what makes no sense together.
func (f joinFlags) check() error {
	if f.flake != "" {
		return nil
	}
	for name, given := range map[string]bool{"branch": f.branch != "", "host": f.host != "", "trust-unsigned": f.trust} {
		if given {
			return usage(fmt.Errorf("--%s says something of a flake that is there already", name), "name it: --flake URL")
		}
	}
	return nil
}

// joined is the flake that a machine joins or is rebuilt from.
type joined struct {
	*clone.Clone
	keeps bool // the words open the secrets of the host that is rebuilt
}

// joinFlake clones the flake, and says whether it is believed, before anything of it
// is used.
func (p *provision) joinFlake(ctx context.Context) error {
	here, err := p.app.here()
	if err != nil {
		return err
	}
	source, err := clone.Source(here, p.flags.join.flake)
	if err != nil {
		return usage(err, hintOf(err))
	}
	root, err := p.rootOfWords(ctx)
	if err != nil {
		return err
	}
	defer root.Wipe()
	base, err := memoryFolder()
	if err != nil {
		return lacks(err, "")
	}
	p.note("Cloning " + source + " into memory.")
	cloned, err := clone.Fetch(ctx, clone.Options{Runner: here, Source: source, Branch: p.flags.join.branch, Base: base, Root: root})
	if err != nil {
		return lacks(err, hintOf(err))
	}
	p.joined = &joined{Clone: cloned}
	if err := cloned.Read(ctx); err != nil {
		return lacks(err, hintOf(err))
	}
	if err := cloned.Words(root.IDs()); err != nil {
		return usage(err, hintOf(err))
	}
	if err := p.believe(ctx); err != nil {
		return err
	}
	if err := p.chooseHost(ctx); err != nil {
		return err
	}
	return p.opensSecrets(ctx, here, root)
}

// leave takes the clone away, unless an interrupted apply goes on from it.
func (p *provision) leave(err error) error {
	if p.joined == nil || p.applied && err != nil {
		return err
	}
	return errors.Join(err, p.joined.Remove())
}

// memoryFolder is a folder in memory that is ours alone.
func memoryFolder() (string, error) {
	if os.Geteuid() == 0 {
		return path.Dir(apply.Memory), nil
	}
	folder := os.Getenv("XDG_RUNTIME_DIR")
	if !strings.HasPrefix(folder, "/run/user/") {
		return "", errors.New("no folder of our own in memory: XDG_RUNTIME_DIR is not set")
	}
	return filepath.Join(folder, "mnemonix"), nil
}

// rootOfWords are the words that were given, or are typed now: without them
// nobody knows whose flake it is. They stay among the secrets.
func (p *provision) rootOfWords(ctx context.Context) (*derive.Root, error) {
	if p.secrets.Words.Len() == 0 {
		if p.flags.yes || !term.IsTerminal(int(p.app.streams.In.Fd())) {
			return nil, usage(fmt.Errorf("a flake that is there already is believed by the words: %w", errNoWords), "give them by a descriptor (--secrets-fd or --words-fd), or at a terminal")
		}
		defer tui.Silence(p.app.streams.In)()
		p.note("The flake is signed by a key that comes from your 24 words. Type them first.")
		phrase, err := tui.TypeWords(ctx, p.app.streams.In, p.app.streams.Err)
		if errors.Is(err, tui.ErrLeft) {
			return nil, &exit{status: exitDeclined, err: err}
		}
		if err != nil {
			return nil, err
		}
		defer phrase.Wipe()
		p.secrets.Put("words", phrase.Joined())
		passphrase, err := p.app.hidden(ctx, "The passphrase beside them, empty for none: ")
		if err != nil {
			return nil, err
		}
		if passphrase.Len() > 0 {
			p.secrets.Put("wordsPassphrase", passphrase)
		}
	}
	return rootFrom(p.secrets.Words, p.secrets.WordsPassphrase)
}

// believe refuses a flake that the operator has not signed, unless that is
// wanted: by a flag, or by a part of the commit's name that is typed.
func (p *provision) believe(ctx context.Context) error {
	for _, line := range p.joined.Said() {
		if !term.IsTerminal(int(p.app.streams.In.Fd())) {
			p.note("  " + line)
			continue
		}
		for _, part := range tui.Prose(line) {
			p.note("  " + part)
		}
	}
	refused := p.joined.Untrusted()
	switch {
	case refused == nil:
		return nil
	case p.flags.join.trust:
		p.note("Warning: it is taken as it is, because --trust-unsigned was given.")
		return nil
	case p.flags.yes || !term.IsTerminal(int(p.app.streams.In.Fd())):
		return lacks(refused, hintOf(refused))
	}
	short := p.joined.Tip.Commit[:7]
	typed, err := p.app.line(ctx, "Whoever changed it decides what runs as root on this machine.\nTo take it as it is, type "+short+": ")
	if err != nil {
		return err
	}
	if typed != short {
		return &exit{status: exitDeclined, err: errors.New("declined: the flake is not believed, and nothing was written"), hint: hintOf(refused)}
	}
	return nil
}

// line asks for a line on the terminal.
func (a *app) line(ctx context.Context, prompt string) (string, error) {
	text, err := tui.Line(ctx, a.streams.In, func() { _, _ = fmt.Fprint(a.streams.Err, prompt) })
	switch {
	case ctx.Err() != nil:
		return "", interruptedBefore()
	case err != nil:
		return "", &exit{status: exitDeclined, err: errors.New("declined: nothing was written")}
	}
	return strings.TrimSpace(text), nil
}
