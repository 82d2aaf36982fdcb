package apply

import (
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// withheld is an error without the secrets that a program has repeated.
type withheld struct {
	text string
	err  error
}

func (w *withheld) Error() string { return w.text }

func (w *withheld) Unwrap() error { return w.err }

// redact cuts the secrets out of an error, which a program may have repeated
// in its last line.
func redact(err error, secrets *steps.Secrets) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	clean := string(secrets.Redact([]byte(text)))
	if clean == text {
		return err
	}
	redactInside(err, secrets)
	return &withheld{text: clean, err: err}
}

// redactInside does it where the line itself is, for who takes the error
// apart.
func redactInside(err error, secrets *steps.Secrets) {
	if failed, ok := err.(*run.Error); ok { //nolint:errorlint // each link of the chain is looked at
		failed.Last = string(secrets.Redact([]byte(failed.Last)))
	}
	switch chain := err.(type) { //nolint:errorlint // the same
	case interface{ Unwrap() error }:
		if next := chain.Unwrap(); next != nil {
			redactInside(next, secrets)
		}
	case interface{ Unwrap() []error }:
		for _, next := range chain.Unwrap() {
			redactInside(next, secrets)
		}
	}
}
