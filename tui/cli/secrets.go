package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

// readSecrets reads the JSON object of --secrets-fd, and the words of
// --words-fd where those were given by themselves. Either may be -1.
func readSecrets(secretsFD, wordsFD int) (*steps.Secrets, error) {
	secrets, err := secretsFrom(secretsFD)
	if err != nil {
		return secrets, err
	}
	words, err := fromDescriptor("words-fd", wordsFD)
	switch {
	case err != nil:
		return secrets, err
	case words != nil && secrets.Words.Len() > 0:
		words.Wipe()
		return secrets, usage(errors.New("--words-fd and the words of --secrets-fd say the same thing twice"), "give one of them")
	case words != nil:
		secrets.Words = words
	}
	for _, name := range []string{"diskPassphrase", "userPassword", "pin"} {
		value := secrets.Named(name)
		if value == nil {
			continue
		}
		if err := checkSecret(name, value); err != nil {
			return secrets, usage(fmt.Errorf("the secret %s: %w", name, err), hintOf(err))
		}
	}
	return secrets, nil
}

func secretsFrom(fd int) (*steps.Secrets, error) {
	if fd == -1 {
		return &steps.Secrets{}, nil
	}
	if fd < 0 {
		return &steps.Secrets{}, usage(fmt.Errorf("--secrets-fd %d is no file descriptor", fd), "")
	}
	file := os.NewFile(uintptr(fd), "secrets-fd")
	if file == nil {
		return &steps.Secrets{}, usage(fmt.Errorf("--secrets-fd %d is no file descriptor", fd), "")
	}
	if fd > 2 {
		defer func() { _ = file.Close() }()
	}
	secrets, err := answers.Secrets(file)
	if err != nil {
		return &steps.Secrets{}, usage(fmt.Errorf("--secrets-fd %d: %w", fd, err), "for example: mnemonix install ... --secrets-fd 3 3< secrets.json")
	}
	return &secrets, nil
}

func contains(list []string, text string) bool { return slices.Contains(list, text) }
