package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps/enroll"
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
	Disk       *enroll.Found  `json:"disk,omitempty"` // with --disk
}

// checkFlags are the flags of keys check.
type checkFlags struct {
	machine      machineFlags
	passphraseFD int
	disk         string
	json         bool
}

// keysCheck compares words that are typed anew with what is recorded.
func (a *app) keysCheck() *cobra.Command {
	var flags checkFlags
	command := &cobra.Command{
		Use: "check", Short: "re-type the words: are they the ones of this machine, and of its disk?", Args: noArguments,
		Long: "Check derives the public keys from the words and compares them, and the public identifiers of\n" +
			"the words, with those recorded in the flake. It changes nothing and needs no TPM. Do it once a\n" +
			"year, from the paper.\n\n" +
			"With --disk it also tries whether the recovery passphrase of the words opens an encrypted disk,\n" +
			"without opening it. What words, name and generation it needs stands in the disk's header, so\n" +
			"that neither the flake nor --host is needed for a disk alone.",
		Example: "  mnemonix keys check\n  mnemonix keys check --disk /dev/disk/by-partlabel/disk-main-luks",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.check(cmd.Context(), cmd, flags) },
	}
	flags.machine.add(command, a.managed)
	command.Flags().IntVar(&flags.passphraseFD, "passphrase-fd", -1, "read the passphrase beside the words from this `descriptor`")
	command.Flags().StringVar(&flags.disk, "disk", "", "also try the recovery passphrase on this LUKS `device`")
	command.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	return command
}

func (a *app) check(ctx context.Context, cmd *cobra.Command, flags checkFlags) error {
	recorded, file, err := flags.recorded(cmd)
	if err != nil {
		return err
	}
	root, err := a.typedRoot(ctx, flags.passphraseFD, true)
	if err != nil {
		return err
	}
	defer root.Wipe()
	found := &checked{Name: flags.machine.host, Right: true, Words: true, Passphrase: true, Given: root.IDs(), Recorded: root.IDs(), Keys: []format.Match{}}
	if recorded != nil {
		if found, err = checkKeys(root, recorded); err != nil {
			return fault(err)
		}
	}
	problem := found.problem()
	if problem == nil && flags.disk != "" {
		if found.Disk, err = a.checkDisk(ctx, root, flags.disk, found.Name); err != nil {
			found.Right, problem = false, err
		}
	}
	if flags.json {
		return errors.Join(problem, printJSON(a.streams.Out, found))
	}
	if problem != nil {
		return problem
	}
	lines := []string{}
	if recorded != nil {
		lines = append(lines, fmt.Sprintf("these are the words of %s (%s), and all %d keys in %s come from them", found.Name, found.Given.Words, len(found.Keys), file))
	}
	if disk := found.Disk; disk != nil {
		lines = append(lines, fmt.Sprintf("the recovery passphrase of %s in generation %d opens slot %d of %s", disk.Name, disk.Generation, disk.Slot, flags.disk))
		if !disk.Noted {
			lines = append(lines, "its header does not say so: a recovery would have to be told the name")
		}
	}
	_, err = fmt.Fprintln(a.streams.Out, strings.Join(lines, "\n"))
	return err
}

// recorded are the public keys in the flake, and their file. For a disk alone
// there need not be a flake.
func (f *checkFlags) recorded(cmd *cobra.Command) (*format.PublicKeys, string, error) {
	chosen, err := f.machine.machine()
	if errors.Is(err, fs.ErrNotExist) && f.disk != "" && !cmd.Flags().Changed("flake") {
		if !cmd.Flags().Changed("host") {
			f.machine.host = ""
		}
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	recorded, err := f.machine.recordedKeys(chosen)
	if err != nil {
		return nil, "", err
	}
	if recorded == nil {
		return nil, "", usage(fmt.Errorf("%s: %w", f.machine.keysFile(chosen), fs.ErrNotExist), "the machine's keys were not enrolled from this flake")
	}
	return recorded, f.machine.keysFile(chosen), nil
}

// checkDisk tries the recovery passphrase on a disk.
func (a *app) checkDisk(ctx context.Context, root *derive.Root, disk, name string) (*enroll.Found, error) {
	runner, err := a.here()
	if err != nil {
		return nil, err
	}
	if _, err := runner.LookPath("cryptsetup"); err != nil {
		return nil, lacks(err, "install cryptsetup, or: nix shell nixpkgs#cryptsetup")
	}
	found, err := enroll.Recovery{Runner: runner, Root: root}.Find(ctx, disk, name)
	var other *enroll.OtherDiskError
	switch {
	case errors.As(err, &other):
		return nil, usage(err, other.Hint())
	case err != nil:
		return nil, lacks(err, "is it a LUKS2 device, and are you root?")
	}
	return found, nil
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
