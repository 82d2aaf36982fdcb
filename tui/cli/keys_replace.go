package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// carry enrols, and encrypts the secrets to the keys that come before those
// that open them now are replaced.
func (a *app) carry(ctx context.Context, enrolment enroll.Enrolment) (*tpmenroll.Result, error) {
	if enrolment.Replace {
		if err := a.rekey(ctx, enrolment); err != nil {
			return nil, err
		}
	}
	result, err := enrolment.Carry(ctx)
	if err != nil {
		return nil, tpmStatus(err)
	}
	return result, nil
}

// replaces asks whether keys that are there and are others are to be replaced,
// where somebody is there to say it.
func (a *app) replaces(ctx context.Context, err error) bool {
	var words *enroll.OtherWordsError
	var keys *tpmenroll.OtherKeysError
	var known *exit
	if !errors.As(err, &words) && !errors.As(err, &keys) || !errors.As(err, &known) || !term.IsTerminal(int(a.streams.In.Fd())) {
		return false
	}
	typed, readErr := tui.Line(ctx, a.streams.In, func() {
		_, _ = fmt.Fprintf(a.streams.Err, "%v\n  %s\nType replace to replace them, or nothing: ", err, known.hint)
	})
	return readErr == nil && strings.TrimSpace(typed) == "replace"
}

// rekey encrypts the flake's secrets to the keys that come, with those that go.
func (a *app) rekey(ctx context.Context, enrolment enroll.Enrolment) error {
	program, plugins, err := flow.Plugins()
	if err != nil {
		return lacks(err, "")
	}
	changed, err := enrolment.Rekey(ctx, enroll.Rekeying{
		Program: program, Plugins: plugins, Path: os.Getenv("PATH"), TPM: a.flags.tpm,
	})
	var missing *enroll.MissingError
	switch {
	case errors.As(err, &missing):
		return lacks(err, missing.Hint())
	case err != nil:
		return lacks(fmt.Errorf("%w; nothing was replaced", err),
			"the keys that are replaced have to open the secrets a last time; where they are lost, remove secrets/ and write them anew")
	case changed:
		_, err = fmt.Fprintln(a.streams.Err, "the secrets of the flake are encrypted to the new keys: commit them")
	}
	return err
}
