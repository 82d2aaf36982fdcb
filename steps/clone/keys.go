package clone

import (
	"fmt"
	"maps"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// Recorded are the public keys of a host in the flake, or nil.
func (c *Clone) Recorded(keyName string) (*format.PublicKeys, error) {
	for _, file := range c.Files {
		if file.Path == "keys/"+keyName+".json" {
			keys, err := format.ParsePublicKeys([]byte(file.Content))
			if err != nil {
				return nil, &Error{fmt.Errorf("%s: %w", file.Path, err), ""}
			}
			return keys, nil
		}
	}
	return nil, nil
}

// Words says whether the flake's keys come from these words: each file of keys
// names the words, so that this is known before anything else happens.
func (c *Clone) Words(ids derive.IDs) error {
	for _, file := range c.Files {
		if !strings.HasPrefix(file.Path, "keys/") {
			continue
		}
		keys, err := format.ParsePublicKeys([]byte(file.Content))
		switch {
		case err != nil:
			continue
		case keys.IDs.Words != ids.Words:
			return &Error{fmt.Errorf("%w: %s names %s, these are %s", ErrOtherWords, file.Path, keys.IDs.Words, ids.Words), "these are valid words, but not those of this flake"}
		case keys.IDs != ids:
			return &Error{fmt.Errorf("the words are right, the passphrase beside them is not: %s names %s", file.Path, keys.IDs.WordsWithPassphrase), ""}
		}
	}
	return nil
}

// Generations are those that the keys of a host have, or will have: the
// operator's from whichever host knows the latest, the host's own from its
// file.
func (c *Clone) Generations(keyName string) format.Generations {
	generations := format.Generations{}
	for _, file := range c.Files {
		if !strings.HasPrefix(file.Path, "keys/") {
			continue
		}
		keys, err := format.ParsePublicKeys([]byte(file.Content))
		if err != nil {
			continue
		}
		if keys.Name == keyName {
			maps.Copy(generations, keys.Generations)
			continue
		}
		for label, generation := range keys.Generations {
			if _, parts, err := derive.ParseLabel(label); err == nil && parts.Host == "" {
				generations[label] = max(generations[label], generation)
			}
		}
	}
	return generations
}

// File returns a file of the tip.
func (c *Clone) File(name string) (steps.File, bool) {
	for _, file := range c.Files {
		if file.Path == name {
			return file, true
		}
	}
	return steps.File{}, false
}
