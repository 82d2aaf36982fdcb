package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// keys is the group of commands around the words and what comes from them.
func (a *app) keys() *cobra.Command {
	command := &cobra.Command{
		Use: "keys", Short: "the keys that belong to your words", Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(a.keysShow(), a.keysEnroll(), a.keysStatus(), a.keysCheck())
	return command
}

// showFlags are the flags of keys show.
type showFlags struct {
	host         string
	services     []string
	generation   int
	json         bool
	reveal       bool
	passphraseFD int
}

// keysShow prints what the words give, without a TPM and without root.
func (a *app) keysShow() *cobra.Command {
	var flags showFlags
	command := &cobra.Command{
		Use: "show --host NAME", Short: "your public keys and those of a machine, from the words", Args: noArguments,
		Long: "Show derives from the 24 words the operator's public keys and those of one machine. It needs\n" +
			"no TPM and no root. The words are typed, or read from a file descriptor; no argument and no\n" +
			"environment variable ever holds them. --reveal also prints what has to be secret.",
		Example: "  mnemonix keys show --host snix\n  mnemonix keys show --host snix --json --words-fd 3 3< words > keys.json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.check(); err != nil {
				return err
			}
			root, err := a.typedRoot(cmd.Context(), flags.passphraseFD, false)
			if err != nil {
				return err
			}
			defer root.Wipe()
			keys, err := format.NewPublicKeys(root, flags.host, generations(flags.host, flags.generation))
			if err != nil {
				return fault(err)
			}
			if flags.json {
				text, err := keys.Marshal()
				if err != nil {
					return fault(err)
				}
				_, err = a.streams.Out.Write(text)
				return err
			}
			for _, line := range keyLines(keys) {
				if _, err := fmt.Fprintln(a.streams.Out, line); err != nil {
					return fault(err)
				}
			}
			if flags.reveal {
				return a.reveal(root, flags)
			}
			return nil
		},
	}
	command.Flags().StringVar(&flags.host, "host", "", "the machine's key `name`")
	command.Flags().StringSliceVar(&flags.services, "service", nil, "with --reveal: a `service` whose API key to print")
	command.Flags().IntVar(&flags.generation, "generation", 0, "the `number` of the generation of the machine's keys")
	command.Flags().BoolVar(&flags.json, "json", false, "print JSON: the file keys/NAME.json of a flake")
	command.Flags().BoolVar(&flags.reveal, "reveal", false, "also print the disk's recovery passphrase and the API keys")
	command.Flags().IntVar(&flags.passphraseFD, "passphrase-fd", -1, "read the passphrase beside the words from this `descriptor`")
	return command
}

func (f showFlags) check() error {
	if f.host == "" {
		return usage(errors.New("--host is missing"), "the machine's key name: its host name, unless it was renamed")
	}
	if err := derive.CheckName(f.host); err != nil {
		return usage(fmt.Errorf("--host %s: %w", f.host, err), "")
	}
	if f.generation < 0 || f.generation > derive.MaxGeneration {
		return usage(fmt.Errorf("--generation %d is not 0 to %d", f.generation, derive.MaxGeneration), "")
	}
	if f.json && f.reveal {
		return usage(errors.New("--json and --reveal exclude each other"), "the JSON is a file of public keys")
	}
	for _, service := range f.services {
		if _, err := derive.Service(f.host, service, f.generation); err != nil {
			return usage(fmt.Errorf("--service %s: %w", service, err), "")
		}
	}
	if len(f.services) > 0 && !f.reveal {
		return usage(errors.New("--service prints a secret"), "add --reveal")
	}
	return nil
}

// generations gives all keys of a machine one generation; the operator's
// have their own and stay as they are.
func generations(host string, number int) format.Generations {
	if number == 0 {
		return nil
	}
	chosen := format.Generations{}
	for _, purpose := range []derive.Purpose{derive.SSH, derive.Age, derive.WireGuard, derive.LUKS} {
		if label, err := derive.Host(host, purpose, 0); err == nil {
			chosen[label.String()] = number
		}
	}
	return chosen
}

// keyLines shows public keys to a person.
func keyLines(keys *format.PublicKeys) []string {
	lines := []string{"words        " + keys.IDs.Words}
	if keys.IDs.WordsWithPassphrase != keys.IDs.Words {
		lines = append(lines, "             "+keys.IDs.WordsWithPassphrase+" with the passphrase")
	}
	return append(lines,
		"",
		"operator",
		"  ssh        "+keys.User.SSH.Public,
		"             "+keys.User.SSH.Fingerprint,
		"  sign       "+keys.User.Sign.Public,
		"             "+keys.User.Sign.Fingerprint,
		"  age        "+keys.User.Age.Recipient,
		"             "+keys.User.Age.RecipientTPM,
		"",
		"host "+keys.Name,
		"  ssh        "+keys.Host.SSH.Public,
		"             "+keys.Host.SSH.Fingerprint,
		"  age        "+keys.Host.Age.Recipient,
		"             "+keys.Host.Age.RecipientTPM,
		"  wireguard  "+keys.Host.WireGuard.Public,
	)
}

// reveal prints the secrets that were asked for, and only those.
func (a *app) reveal(root *derive.Root, flags showFlags) error {
	passphrase, err := root.RecoveryPassphrase(flags.host, flags.generation)
	if err != nil {
		return fault(err)
	}
	if err := a.printSecret("\nsecret\n  luks       ", passphrase); err != nil {
		return err
	}
	for _, service := range slices.Compact(slices.Sorted(slices.Values(flags.services))) {
		key, err := root.ServiceKey(flags.host, service, flags.generation)
		if err != nil {
			return fault(err)
		}
		if err := a.printSecret(fmt.Sprintf("  service    %s ", service), key); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printSecret(before string, value *secret.Secret) error {
	defer value.Wipe()
	if _, err := fmt.Fprint(a.streams.Out, before); err != nil {
		return fault(err)
	}
	if _, err := value.WriteTo(a.streams.Out); err != nil {
		return fault(err)
	}
	_, err := fmt.Fprintln(a.streams.Out)
	return err
}
