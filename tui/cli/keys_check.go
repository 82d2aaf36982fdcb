package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// checked is what keys check prints as JSON. It holds no secret.
type checked struct {
	Name       string         `json:"name"`
	Right      bool           `json:"right"`      // words, passphrase and all keys
	Words      bool           `json:"words"`      // the 24 words are those of the machine
	Passphrase bool           `json:"passphrase"` // and so is the passphrase beside them
	Recorded   derive.IDs     `json:"recorded"`
	Given      derive.IDs     `json:"given"`
	Keys       []format.Match `json:"keys"`
}

// keysCheck compares words that are typed anew with the recorded keys.
func (a *app) keysCheck() *cobra.Command {
	var machine machineFlags
	var passphraseFD int
	var asJSON bool
	command := &cobra.Command{
		Use: "check", Short: "re-type the words: are they the ones of this machine?", Args: noArguments,
		Long: "Check derives the public keys from the words and compares them, and the public identifiers of\n" +
			"the words, with those recorded in the flake. It changes nothing and needs no TPM. Do it once a\n" +
			"year, from the paper.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := machine.machine()
			if err != nil {
				return err
			}
			recorded, err := machine.recordedKeys(chosen)
			if err != nil {
				return err
			}
			if recorded == nil {
				return usage(fmt.Errorf("%s: %w", machine.keysFile(chosen), fs.ErrNotExist), "the machine's keys were not enrolled from this flake")
			}
			root, err := a.typedRoot(cmd.Context(), passphraseFD, true)
			if err != nil {
				return err
			}
			defer root.Wipe()
			found, err := checkKeys(root, recorded)
			if err != nil {
				return fault(err)
			}
			if asJSON {
				return errors.Join(found.problem(), printJSON(a.streams.Out, found))
			}
			if err := found.problem(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.streams.Out, "these are the words of %s (%s), and all %d keys in %s come from them\n",
				found.Name, found.Given.Words, len(found.Keys), machine.keysFile(chosen))
			return err
		},
	}
	machine.add(command)
	command.Flags().IntVar(&passphraseFD, "passphrase-fd", -1, "read the passphrase beside the words from this `descriptor`")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// checkKeys compares words with what is recorded. Of other words no key is
// compared: none could match.
func checkKeys(root *derive.Root, recorded *format.PublicKeys) (*checked, error) {
	found := &checked{Name: recorded.Name, Recorded: recorded.IDs, Given: root.IDs(), Keys: []format.Match{}}
	found.Words = found.Given.Words == recorded.IDs.Words
	found.Passphrase = found.Words && found.Given == recorded.IDs
	if !found.Passphrase {
		return found, nil
	}
	var err error
	if found.Keys, err = format.Compare(root, recorded); err != nil {
		return nil, err
	}
	found.Right = true
	for _, key := range found.Keys {
		found.Right = found.Right && key.Found == key.Recorded
	}
	return found, nil
}

// problem says what does not match.
func (c *checked) problem() error {
	switch {
	case !c.Words:
		return usage(fmt.Errorf("these are valid words, but not those of %s", c.Name),
			fmt.Sprintf("recorded is %s, these are %s", c.Recorded.Words, c.Given.Words))
	case !c.Passphrase:
		return usage(errors.New("the words are right, the passphrase beside them is not"), "")
	}
	for _, key := range c.Keys {
		switch key.Found {
		case key.Recorded:
		case format.NoGeneration:
			return usage(fmt.Errorf("the words are right, but %s in the file of public keys does not come from them", key.Key),
				"the file was changed by somebody: mnemonix keys show --json prints the right one")
		default:
			return usage(fmt.Errorf("the words are right, but %s is of generation %d and recorded as %d", key.Key, key.Found, key.Recorded),
				"correct generations in the file of public keys")
		}
	}
	return nil
}
