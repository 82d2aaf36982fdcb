package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
)

// recoverKeysFlags are the flags of recover keys.
type recoverKeysFlags struct {
	machine      machineFlags
	passphraseFD int
	pinFD        int
}

// recoverKeys puts the keys of a machine into a TPM that has lost them.
func (a *app) recoverKeys() *cobra.Command {
	var flags recoverKeysFlags
	command := &cobra.Command{
		Use: "keys", Short: "a cleared or replaced TPM gets the machine's keys again", Args: noArguments,
		Long: "Keys is for an installed machine whose TPM was cleared, replaced with the main board, or whose disk\n" +
			"moved to another machine. The words are compared with what the flake records before anything else\n" +
			"happens. Then the same keys, in the same generations, go into the TPM, each is used once, and what\n" +
			"works again is said. No key is replaced by another one: mnemonix keys enroll --replace does that.",
		Example: "  sudo mnemonix recover keys\n  sudo mnemonix recover keys --host snix --flake /mnt/etc/nixos --root /mnt --words-fd 3 3< words",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.keysAgain(cmd.Context(), flags) },
	}
	flags.machine.add(command, a.managed)
	command.Flags().IntVar(&flags.passphraseFD, "passphrase-fd", -1, "read the passphrase beside the words from this `descriptor`")
	command.Flags().IntVar(&flags.pinFD, "pin-fd", -1, "read the PIN of the operator's keys, or the passphrase of their files, from this `descriptor`")
	return command
}

func (a *app) keysAgain(ctx context.Context, flags recoverKeysFlags) error {
	chosen, recorded, err := flags.machine.withKeys()
	if err != nil {
		return err
	}
	if recorded == nil {
		return usage(fmt.Errorf("%s: %w: the flake does not say which keys the machine had", flags.machine.keysFile(chosen), fs.ErrNotExist),
			"mnemonix keys enroll makes them anew from the words")
	}
	_, _ = fmt.Fprintf(a.streams.Err, "The keys of %s come from the words %s.\n", chosen.Host.Name, recorded.IDs.Words)
	root, err := a.typedRoot(ctx, flags.passphraseFD, true)
	if err != nil {
		return err
	}
	defer root.Wipe()
	checked, err := checkKeys(root, recorded)
	if err != nil {
		return fault(err)
	}
	if err := checked.problem(); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(a.streams.Err, "These are the right words: all %d recorded keys come from them.\n", len(checked.Keys))
	enrolment, err := a.enrolment(flags.machine, chosen, root)
	if err != nil {
		return err
	}
	if a.flags.dryRun {
		return a.wouldEnroll(enrolment)
	}
	if enrolment.PIN, err = a.pin(ctx, enrolment, flags.pinFD); err != nil {
		return err
	}
	defer func() { enrolment.PIN.Wipe() }()
	result, err := enrolment.Carry(ctx)
	var other *tpmenroll.OtherKeysError
	switch {
	case errors.As(err, &other):
		return &exit{status: exitDeclined, err: err, hint: "a recovery replaces no key by another: mnemonix keys enroll --replace does, and says what that shuts out"}
	case err != nil:
		return tpmStatus(err)
	}
	if err := a.enrolled(enrolment, result); err != nil {
		return err
	}
	return a.worksAgain(enrolment)
}

// worksAgain looks at the keys once more, and says what works and what is still
// to be done.
func (a *app) worksAgain(enrolment enroll.Enrolment) error {
	keys, err := enrolment.Keys()
	if err != nil {
		return fault(err)
	}
	status, err := enroll.Look(enrolment.Runner, enrolment.Open, enrolment.Answers, enrolment.Target, keys)
	if err != nil {
		return tpmStatus(err)
	}
	for _, key := range status.Keys {
		if key.State != enroll.KeyWorks && key.State != enroll.KeyUnknown {
			return fault(fmt.Errorf("%s %s after it was enrolled: %s", key.Slot, key.State, key.Reason))
		}
	}
	for _, line := range leftToDo(enrolment.Answers) {
		if _, err := fmt.Fprintln(a.streams.Out, line); err != nil {
			return fault(err)
		}
	}
	return nil
}

// leftToDo is what works again, and what only the running machine can do.
func leftToDo(chosen steps.Answers) []string {
	lines := []string{
		"",
		chosen.Host.Name + " has its keys again: it answers as the same host over ssh, and reads its secrets at the next start",
		"(or now: sudo nixos-rebuild switch).",
	}
	if chosen.HoldsOperatorKeys() {
		lines = append(lines, "Yours sign in, sign commits and open the fleet's secrets from here as before.")
	}
	if chosen.Boot.ByTPM() {
		lines = append(lines,
			"The disk asks for its passphrase until its key is sealed to this TPM: when the machine runs,",
			"  sudo luks-tpm-enrol")
	}
	return lines
}
