package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/key"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// keysEnroll puts a machine's keys into its TPM.
func (a *app) keysEnroll() *cobra.Command {
	var machine machineFlags
	var passphraseFD, pinFD int
	var replace bool
	command := &cobra.Command{
		Use: "enroll", Short: "put a machine's keys into its TPM, from the words", Args: noArguments,
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
			if !chosen.TPM.Keys {
				return usage(fmt.Errorf("the answers of %s keep its keys out of the TPM (tpm.keys: false)", chosen.Host.Name), "")
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
			result, err := enroll.Enrolment{
				Runner: runner, Open: a.openTPM, Answers: chosen, Root: root, PIN: pin,
				Target: machine.root, Flake: machine.flake, Replace: replace,
			}.Carry(cmd.Context())
			if err != nil {
				return tpmStatus(err)
			}
			places := enroll.Places(chosen, machine.root)
			for _, file := range result.Files {
				if _, err := fmt.Fprintf(a.streams.Out, "%-10s %-10s %s\n", file.Slot, file.State, places[file.Slot].Private); err != nil {
					return fault(err)
				}
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
	command.Flags().IntVar(&pinFD, "pin-fd", -1, "read the PIN of the operator's keys from this `descriptor`")
	command.Flags().BoolVar(&replace, "replace", false, "replace keys that belong to other words or another PIN")
	return command
}

// pin reads the PIN of the operator's keys where this machine holds them
// with one.
func (a *app) pin(chosen steps.Answers, fd int) (*secret.Secret, error) {
	wanted := chosen.HoldsOperatorKeys() && chosen.WantsPIN()
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
		if pin, err = a.typed("The PIN of your keys: "); err != nil {
			if strings.Contains(err.Error(), errNoWords.Error()) {
				err = usage(errors.New("no PIN was given"), "give it by --pin-fd, or at a terminal")
			}
			return nil, err
		}
	}
	if err := key.CheckPIN(pin); err != nil {
		return nil, usage(err, "")
	}
	return pin, nil
}
