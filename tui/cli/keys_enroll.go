package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
)

// enrollFlags are the flags of keys enroll.
type enrollFlags struct {
	machine      machineFlags
	passphraseFD int
	pinFD        int
	replace      bool
	generations  map[string]int
	disks        []string
	diskFD       int
}

// keysEnroll puts a machine's keys into its TPM.
func (a *app) keysEnroll() *cobra.Command {
	var flags enrollFlags
	command := &cobra.Command{
		Use: "enroll", Short: "put a machine's keys into its TPM, or into files, from the words", Args: noArguments,
		Long: "Enroll derives the machine's keys from the words, imports them into the TPM encrypted, uses each\n" +
			"once, and writes the files by which sshd, age and sops find them there. What the machine is to\n" +
			"hold stands in its answers. Enrolling again with the same words changes nothing; with other\n" +
			"words it refuses unless --replace is given.\n\n" +
			"One key is replaced by its next generation, from the same words: --generation host/ssh=1 --replace.\n" +
			"The keys are host/ssh, host/age, user/ssh, user/age and user/sign. A new user/* key has to be\n" +
			"enrolled on every machine that holds it. Leaked words need new words: no generation helps then.\n\n" +
			"With --disk the recovery passphrase of the words also opens an encrypted disk, as it does after an\n" +
			"installation; after words were replaced, it has to be told.",
		Example: "  mnemonix keys enroll\n  mnemonix keys enroll --host snix --flake . --root /mnt --words-fd 3 3< words\n" +
			"  mnemonix keys enroll --replace --generation host/ssh=1",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.enroll(cmd.Context(), flags) },
	}
	flags.machine.add(command, a.managed)
	command.Flags().IntVar(&flags.passphraseFD, "passphrase-fd", -1, "read the passphrase beside the words from this `descriptor`")
	command.Flags().IntVar(&flags.pinFD, "pin-fd", -1, "read the PIN of the operator's keys, or the passphrase of their files, from this `descriptor`")
	command.Flags().BoolVar(&flags.replace, "replace", false, "replace keys that belong to other words, another generation or another PIN")
	command.Flags().StringToIntVar(&flags.generations, "generation", nil, "the generation of a key from now on, as `KEY=NUMBER`")
	command.Flags().StringArrayVar(&flags.disks, "disk", nil, "let the recovery passphrase of the words open this LUKS `device` too")
	command.Flags().IntVar(&flags.diskFD, "disk-passphrase-fd", -1, "read a passphrase that opens the disks now from this `descriptor`")
	return command
}

func (a *app) enroll(ctx context.Context, flags enrollFlags) error {
	generations, err := flags.slots()
	if err != nil {
		return err
	}
	chosen, recorded, err := flags.machine.withKeys()
	if err != nil {
		return err
	}
	root, err := a.typedRoot(ctx, flags.passphraseFD, false)
	if err != nil {
		return err
	}
	defer root.Wipe()
	enrolment, err := a.enrolment(flags.machine, chosen, root)
	if err != nil {
		return err
	}
	enrolment.Generations, enrolment.Replace = generations, flags.replace
	if a.flags.dryRun {
		return a.wouldEnroll(enrolment)
	}
	enrolment.PIN, err = a.pin(ctx, enrolment, flags.pinFD)
	if err != nil {
		return err
	}
	defer func() { enrolment.PIN.Wipe() }()
	result, err := a.carry(ctx, enrolment)
	if err != nil && !flags.replace && a.replaces(ctx, err) {
		enrolment.Replace = true
		if flags.pinFD == -1 { // what was typed once may be why
			enrolment.PIN.Wipe()
			if enrolment.PIN, err = a.pin(ctx, enrolment, -1); err != nil {
				return err
			}
		}
		result, err = a.carry(ctx, enrolment)
	}
	if err != nil {
		return err
	}
	if err := a.enrolled(enrolment, result); err != nil {
		return err
	}
	a.sayDisks(recorded, enrolment, flags.disks)
	return a.enrollDisks(ctx, enrolment, flags.disks, flags.diskFD)
}

// enrolled tells what became of the keys.
func (a *app) enrolled(enrolment enroll.Enrolment, result *tpmenroll.Result) error {
	places := enroll.Places(enrolment.Answers, enrolment.Target)
	for _, file := range result.Files {
		if _, err := fmt.Fprintf(a.streams.Out, "%-10s %-10s %s\n", file.Slot, file.State, places[file.Slot].Private); err != nil {
			return fault(err)
		}
	}
	if !enrolment.Answers.TPM.Keys {
		a.sayFiles(enrolment.Answers)
	}
	if !result.Changed() {
		_, err := fmt.Fprintln(a.streams.Err, "nothing changed: all keys were there and work")
		return err
	}
	_, err := fmt.Fprintf(a.streams.Err, "the public keys are in %s: commit it\n", enrolment.KeysFile())
	return err
}

// wouldEnroll tells what an enrolment would do with each key, and does nothing:
// the TPM is only asked what is in it.
func (a *app) wouldEnroll(enrolment enroll.Enrolment) error {
	keys, err := enrolment.Keys()
	if err != nil {
		return fault(err)
	}
	status, err := enroll.Look(enrolment.Runner, enrolment.Open, enrolment.Answers, enrolment.Target, keys)
	if err != nil {
		return tpmStatus(err)
	}
	would := map[enroll.KeyState]string{
		enroll.KeyWorks: "stay", enroll.KeyUnknown: "stay, if the passphrase is right", enroll.KeyMissing: "be made",
		enroll.KeyFails: "be made again, where it is the same key", enroll.KeyOther: "not be touched: it is another key (--replace)",
	}
	if enrolment.Replace {
		would[enroll.KeyOther], would[enroll.KeyFails] = "be replaced", "be replaced"
	}
	for _, key := range status.Keys {
		if _, err := fmt.Fprintf(a.streams.Out, "%-10s would %s\n           %s\n", key.Slot, would[key.State], key.File); err != nil {
			return fault(err)
		}
	}
	_, err = fmt.Fprintln(a.streams.Err, "a dry run: nothing was touched, and the PIN was not asked for")
	return err
}

// slots are the generations by the keys that can have one here.
func (f enrollFlags) slots() (map[tpmenroll.Slot]int, error) {
	generations := map[tpmenroll.Slot]int{}
	all := tpmenroll.Slots(true)
	for name, generation := range f.generations {
		if !slices.Contains(all, tpmenroll.Slot(name)) {
			return nil, usage(fmt.Errorf("--generation %s: no such key", name), "the keys are "+listed(all))
		}
		if generation < 0 || generation > derive.MaxGeneration {
			return nil, usage(fmt.Errorf("--generation %s=%d is not 0 to %d", name, generation, derive.MaxGeneration), "")
		}
		generations[tpmenroll.Slot(name)] = generation
	}
	return generations, nil
}

func listed(slots []tpmenroll.Slot) string {
	names := make([]string, len(slots))
	for i, slot := range slots {
		names[i] = string(slot)
	}
	return strings.Join(names, ", ")
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
