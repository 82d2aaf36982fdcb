package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/tpm/key"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// keysEnroll puts a machine's keys into its TPM.
func (a *app) keysEnroll() *cobra.Command {
	var machine machineFlags
	var passphraseFD, pinFD int
	var replace bool
	command := &cobra.Command{
		Use: "enroll", Short: "put a machine's keys into its TPM, or into files, from the words", Args: noArguments,
		Long: "Enroll derives the machine's keys from the words, imports them into the TPM encrypted, uses each\n" +
			"once, and writes the files by which sshd, age and sops find them there. What the machine is to\n" +
			"hold stands in its answers. Enrolling again with the same words changes nothing; with other\n" +
			"words it refuses unless --replace is given.",
		Example: "  mnemonix keys enroll\n  mnemonix keys enroll --host snix --flake . --root /mnt --words-fd 3 3< words",
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := machine.machine()
			if err != nil {
				return err
			}
			if !chosen.Host.NixOS() {
				return usage(fmt.Errorf("%s is no NixOS machine: it has no keys", chosen.Host.Name), "")
			}
			root, err := a.typedRoot(passphraseFD)
			if err != nil {
				return err
			}
			defer root.Wipe()
			pin, err := a.pin(chosen, pinFD)
			if err != nil {
				return err
			}
			defer pin.Wipe()
			runner, err := a.here()
			if err != nil {
				return err
			}
			program, err := os.Executable()
			if err != nil {
				return fault(err)
			}
			enrolment := enroll.Enrolment{
				Runner: runner, Open: a.openTPM, Answers: chosen, Root: root, PIN: pin,
				Target: machine.root, Flake: machine.flake, Replace: replace, AsRoot: os.Geteuid() == 0,
				Program: program,
			}
			if replace {
				// As long as the old keys are there they open the secrets.
				if err := a.rekey(cmd.Context(), enrolment); err != nil {
					return err
				}
			}
			result, err := enrolment.Carry(cmd.Context())
			if err != nil {
				return tpmStatus(err)
			}
			places := enroll.Places(chosen, machine.root)
			for _, file := range result.Files {
				if _, err := fmt.Fprintf(a.streams.Out, "%-10s %-10s %s\n", file.Slot, file.State, places[file.Slot].Private); err != nil {
					return fault(err)
				}
			}
			if !chosen.TPM.Keys {
				a.sayFiles(chosen)
			}
			if !result.Changed() {
				_, err = fmt.Fprintln(a.streams.Err, "nothing changed: all keys were there and work")
				return err
			}
			_, err = fmt.Fprintf(a.streams.Err, "the public keys are in %s: commit it\n", machine.keysFile(chosen))
			return err
		},
	}
	machine.add(command)
	command.Flags().IntVar(&passphraseFD, "passphrase-fd", -1, "read the passphrase beside the words from this `descriptor`")
	command.Flags().IntVar(&pinFD, "pin-fd", -1, "read the PIN of the operator's keys, or the passphrase of their files, from this `descriptor`")
	command.Flags().BoolVar(&replace, "replace", false, "replace keys that belong to other words or another PIN")
	return command
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

// sayFiles says what keys in files are worth.
func (a *app) sayFiles(chosen steps.Answers) {
	_, _ = fmt.Fprint(a.streams.Err, "no TPM is used: the machine's keys are plain files of mode 0600, and whoever reads the disk while it is\n"+
		"open, or as root, can copy them. In a TPM a key can be used and not copied.\n")
	if chosen.HoldsOperatorKeys() {
		_, _ = fmt.Fprint(a.streams.Err, "your own keys are encrypted with the passphrase: guessing it against a copied file is not slowed by a TPM.\n")
	}
	if chosen.Boot.Unlock == "none" {
		_, _ = fmt.Fprint(a.streams.Err, "WARNING: the disk is not encrypted. Whoever takes it has the machine's keys and reads its secrets.\n")
	}
}

// pin reads the PIN of the operator's keys where this machine holds them
// with one.
func (a *app) pin(chosen steps.Answers, fd int) (*secret.Secret, error) {
	// Keys in files always have a passphrase; it stands in the PIN's place.
	prompt, noun := "The PIN of your keys: ", "PIN"
	wanted := chosen.HoldsOperatorKeys() && (chosen.WantsPIN() || !chosen.TPM.Keys)
	if !chosen.TPM.Keys {
		prompt, noun = "The passphrase of your key files: ", "passphrase of the key files"
	}
	pin, err := fromDescriptor("pin-fd", fd)
	if err != nil {
		return nil, err
	}
	switch {
	case pin != nil && !wanted:
		pin.Wipe()
		return nil, usage(errors.New("--pin-fd: no key of this machine has a PIN"),
			"only the operator's keys can have one, where tpm.operatorKeys and tpm.pin are true")
	case !wanted:
		return nil, nil
	case pin == nil:
		if pin, err = a.typed(prompt); err != nil {
			if strings.Contains(err.Error(), errNoWords.Error()) {
				err = usage(errors.New("no "+noun+" was given"), "give it by --pin-fd, or at a terminal")
			}
			return nil, err
		}
	}
	if !chosen.TPM.Keys {
		if pin.Len() == 0 {
			return nil, usage(errors.New("the passphrase of the key files is empty"), "")
		}
		return pin, nil
	}
	if err := key.CheckPIN(pin); err != nil {
		return nil, usage(err, "")
	}
	return pin, nil
}
