package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// maxSecret bounds what is read from a descriptor: far more than any words
// or passphrase, far less than a file that was named by mistake.
const maxSecret = 64 << 10

// fromDescriptor reads a secret from an inherited file descriptor to its
// end; one trailing line feed is dropped. -1 says that none was given.
func fromDescriptor(flag string, fd int) (*secret.Secret, error) {
	if fd == -1 {
		return nil, nil
	}
	file := os.NewFile(uintptr(fd), flag)
	if file == nil {
		return nil, usage(fmt.Errorf("--%s %d is no file descriptor", flag, fd), "")
	}
	if fd > 2 {
		defer func() { _ = file.Close() }()
	}
	value, err := secret.Read(file, maxSecret)
	switch {
	case errors.Is(err, secret.ErrTooLong):
		return nil, usage(fmt.Errorf("--%s %d: %w", flag, fd, err), "")
	case err != nil:
		return nil, usage(fmt.Errorf("read --%s %d: %w", flag, fd, errors.Unwrap(err)), fmt.Sprintf("for example: mnemonix ... --%s 3 3< FILE", flag))
	}
	return value, nil
}

// errNoTerminal says that something has to be typed and nobody can.
var errNoTerminal = errors.New("this is no terminal")

// hidden asks for a secret on the terminal, without an echo.
func (a *app) hidden(ctx context.Context, prompt string) (*secret.Secret, error) {
	if !term.IsTerminal(int(a.streams.In.Fd())) {
		return nil, errNoTerminal
	}
	value, err := tui.Hidden(ctx, a.streams.In, func() { _, _ = fmt.Fprint(a.streams.Err, prompt) })
	_, _ = fmt.Fprintln(a.streams.Err)
	if errors.Is(err, io.EOF) {
		return nil, &exit{status: exitDeclined, err: tui.ErrLeft}
	}
	return value, err
}

// hiddenTwice asks until the same was typed twice: what is mistyped here
// would shut its owner out later. Nothing at all is typed once.
func (a *app) hiddenTwice(ctx context.Context, prompt string) (*secret.Secret, error) {
	defer tui.Silence(a.streams.In)()
	for {
		first, err := a.hidden(ctx, prompt)
		if err != nil || first.Len() == 0 {
			return first, err
		}
		again, err := a.hidden(ctx, "The same once more: ")
		if err != nil {
			first.Wipe()
			return nil, err
		}
		same := first.Equal(again)
		again.Wipe()
		if same {
			return first, nil
		}
		first.Wipe()
		_, _ = fmt.Fprintln(a.streams.Err, "The two were not the same.")
	}
}

// typedRoot reads the words, and the passphrase beside them, from their
// descriptors or the terminal. A passphrase that nothing is there to compare
// with is typed twice.
func (a *app) typedRoot(ctx context.Context, passphraseFD int, compared bool) (*derive.Root, error) {
	typed, err := fromDescriptor("words-fd", a.flags.wordsFD)
	if err != nil {
		return nil, err
	}
	defer typed.Wipe()
	passphrase, err := fromDescriptor("passphrase-fd", passphraseFD)
	if err != nil {
		return nil, err
	}
	defer func() { passphrase.Wipe() }()
	if typed != nil {
		root, err := rootFrom(typed, passphrase)
		if err == nil && root == nil {
			err = usage(errNoWords, "")
		}
		return root, err
	}
	if !term.IsTerminal(int(a.streams.In.Fd())) {
		return nil, usage(errNoWords, "give them by a descriptor (--words-fd), or at a terminal")
	}
	defer tui.Silence(a.streams.In)()
	phrase, err := tui.TypeWords(ctx, a.streams.In, a.streams.Err)
	if errors.Is(err, tui.ErrLeft) {
		return nil, &exit{status: exitDeclined, err: err}
	}
	if err != nil {
		return nil, err
	}
	defer phrase.Wipe()
	if passphrase == nil {
		ask := a.hiddenTwice
		if compared {
			ask = a.hidden
		}
		if passphrase, err = ask(ctx, "The passphrase beside them, empty for none: "); err != nil {
			return nil, err
		}
	}
	root, err := derive.New(phrase, passphrase)
	if err != nil {
		return nil, fault(err)
	}
	return root, nil
}

// rootFrom derives the root of all keys from words and a passphrase, either
// of which may be nil; without words there is no root.
func rootFrom(typed, passphrase *secret.Secret) (*derive.Root, error) {
	if typed.Len() == 0 {
		return nil, nil
	}
	mnemonic, err := words.Parse(typed)
	if err != nil {
		var refused *words.Error
		hint := ""
		if errors.As(err, &refused) {
			hint = refused.Hint()
		}
		return nil, usage(err, hint)
	}
	defer mnemonic.Wipe()
	root, err := derive.New(mnemonic, passphrase)
	if err != nil {
		return nil, fault(err)
	}
	return root, nil
}

// keysFromSecrets are the public keys that belong to the words among the
// secrets, for the machine with this key name; nil without words.
func keysFromSecrets(name string, secrets *steps.Secrets) (*format.PublicKeys, error) {
	return keysInGenerations(name, secrets, nil)
}

// keysInGenerations are the same in these generations, as a flake records them.
func keysInGenerations(name string, secrets *steps.Secrets, generations format.Generations) (*format.PublicKeys, error) {
	root, err := rootFrom(secrets.Words, secrets.WordsPassphrase)
	if root == nil || err != nil {
		return nil, err
	}
	defer root.Wipe()
	return format.NewPublicKeys(root, name, generations)
}

// publicKeys are those of --keys, or of --words-fd, or none. The words go into
// the secrets.
func (a *app) publicKeys(chosen steps.Answers, file string, secrets *steps.Secrets) (*format.PublicKeys, error) {
	if file == "" {
		typed, err := fromDescriptor("words-fd", a.flags.wordsFD)
		if err != nil {
			return nil, err
		}
		secrets.Words = typed
		return keysFromSecrets(chosen.Host.Key(), secrets)
	}
	if a.flags.wordsFD >= 0 {
		return nil, usage(errors.New("--keys and --words-fd say the same thing twice"), "give one of them")
	}
	text, err := readFile(file, 1<<20)
	if err != nil {
		return nil, err
	}
	keys, err := format.ParsePublicKeys(text)
	if err != nil {
		return nil, usage(fmt.Errorf("%s: %w", file, err), "it is what mnemonix keys show --json prints")
	}
	if keys.Name != chosen.Host.Key() {
		return nil, usage(fmt.Errorf("%s holds the keys of %s, the answers are those of %s", file, keys.Name, chosen.Host.Key()), "")
	}
	return keys, nil
}
