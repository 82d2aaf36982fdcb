package apply

import (
	"errors"

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
	var failed *run.Error
	if errors.As(err, &failed) {
		failed.Last = string(secrets.Redact([]byte(failed.Last)))
	}
	return &withheld{text: clean, err: err}
}
