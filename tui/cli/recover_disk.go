package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/unlock"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
)

// recoverDiskFlags are the flags of recover disk.
type recoverDiskFlags struct {
	devices      []string
	host         string
	at           string
	write        bool
	passphraseFD int
}

// recoverDisk opens the disk of a machine that does not start.
func (a *app) recoverDisk() *cobra.Command {
	var flags recoverDiskFlags
	command := &cobra.Command{
		Use: "disk", Short: "open an encrypted disk with the words, and mount what is on it", Args: noArguments,
		Long: "Disk is started from a live medium, as root. It lists the encrypted disks with the words, the\n" +
			"machine and the generation that their headers name, derives the recovery passphrase from the words,\n" +
			"opens the one that is named and mounts its root below /mnt: btrfs, ext4, xfs, LVM and ZFS. Half\n" +
			"of a mirror can be read without the other. Wrong words are told before any passphrase is tried.\n" +
			"Nothing can be written to the disk, by no journal either, unless --rw is given; no other disk is\n" +
			"touched. The commands that close it again are printed at the end.",
		Example: "  sudo mnemonix recover disk\n  sudo mnemonix recover disk --device /dev/sda2 --device /dev/sdb2\n  sudo mnemonix recover disk --device /dev/nvme0n1p3 --words-fd 3 3< words",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.openDisk(cmd.Context(), flags) },
	}
	command.Flags().StringArrayVar(&flags.devices, "device", nil, "the encrypted `device`; without, it is asked which. Once more for each further disk of a mirror")
	command.Flags().StringVar(&flags.host, "host", "", "the key `name` of the machine, for a disk whose header does not say it")
	command.Flags().StringVar(&flags.at, "at", installTarget, "mount its root at this empty `folder`")
	command.Flags().BoolVar(&flags.write, "rw", false, "so that it can be written to")
	command.Flags().IntVar(&flags.passphraseFD, "passphrase-fd", -1, "read the passphrase beside the words from this `descriptor`")
	return command
}

func (a *app) openDisk(ctx context.Context, flags recoverDiskFlags) error {
	if os.Geteuid() != 0 && !a.flags.dryRun {
		return lacks(errors.New("mnemonix recover disk opens a disk and needs root"), "sudo mnemonix recover disk")
	}
	runner, err := a.here()
	if err != nil {
		return err
	}
	for _, program := range []string{"cryptsetup", "lsblk", "mount"} {
		if _, err := runner.LookPath(program); err != nil {
			return lacks(err, "nix shell nixpkgs#cryptsetup nixpkgs#util-linux")
		}
	}
	containers, err := a.chooseContainers(ctx, runner, flags.devices)
	if err != nil {
		return err
	}
	for _, one := range containers {
		if one.Open != "" {
			return usage(fmt.Errorf("%s is open already, as %s", one.Device, one.Open), "mount that: mount --options ro "+one.Open+" "+flags.at)
		}
	}
	root, err := a.typedRoot(ctx, flags.passphraseFD, true)
	if err != nil {
		return err
	}
	defer root.Wipe()
	at, err := filepath.Abs(flags.at)
	if err != nil {
		return fault(err)
	}
	opening := unlock.Opening{Runner: runner, At: at, Write: flags.write}
	var first *enroll.Found
	for _, one := range containers {
		if err := refuses(one, root); err != nil {
			return err
		}
		found, err := a.checkDisk(ctx, root, one.Device, flags.host)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(a.streams.Err, "These are the right words: the recovery passphrase of %s in generation %d opens slot %d of %s.\n", found.Name, found.Generation, found.Slot, one.Device)
		if first == nil {
			first = found
		}
		if found.Name != first.Name || found.Generation != first.Generation {
			return usage(fmt.Errorf("%s is of %s in generation %d, and %s of %s in generation %d", containers[0].Device, first.Name, first.Generation, one.Device, found.Name, found.Generation),
				"open one after the other, with --at")
		}
		opening.Containers = append(opening.Containers, unlock.Locked{Device: one.Device, Slot: found.Slot})
	}
	if opening.Passphrase, err = root.RecoveryPassphrase(first.Name, first.Generation); err != nil {
		return fault(err)
	}
	defer opening.Passphrase.Wipe()
	if a.flags.dryRun {
		lines := []string{"A dry run: nothing is opened. As root this would run, and mount what it finds at " + at + ":"}
		for _, one := range opening.Begin() {
			lines = append(lines, "  "+commandLine(one))
		}
		_, err := fmt.Fprintln(a.streams.Out, strings.Join(lines, "\n"))
		return err
	}
	opened, err := opening.Carry(ctx)
	if err != nil {
		return lacks(err, "what was opened was closed again")
	}
	return a.sayOpened(opening, opened)
}

// refuses says that the header of a container names other words than these.
func refuses(container unlock.Container, root *derive.Root) error {
	if !container.Refuses(root.IDs()) {
		return nil
	}
	named := container.Notes[0].IDs
	if named.Words == root.IDs().Words {
		return usage(errors.New("the words are right, the passphrase beside them is not"), "the header of "+container.Device+" names "+named.WordsWithPassphrase)
	}
	return usage(errors.New("these are valid words, but not those of "+container.Device), "its header names "+named.Words+", these are "+root.IDs().Words)
}

// sayOpened says where it is, and how it is closed.
func (a *app) sayOpened(opening unlock.Opening, opened *unlock.Opened) error {
	state := "open, so that it can only be read:"
	if opening.Write {
		state = "open, so that it can be written to:"
	}
	var lines []string
	for _, one := range opening.Containers {
		lines = append(lines, one.Device+" is "+state)
	}
	lines = append(lines, "")
	for _, mount := range opened.Mounts {
		lines = append(lines, "  "+mount)
	}
	for _, left := range opened.Left {
		lines = append(lines, "  besides: "+left)
	}
	lines = append(lines, "", "To close it again:")
	for _, command := range opened.Close {
		lines = append(lines, "  "+commandLine(steps.Command{Argv: append([]string{"sudo"}, command.Argv...)}))
	}
	if _, err := fmt.Fprintln(a.streams.Out, strings.Join(lines, "\n")); err != nil {
		return fault(err)
	}
	return nil
}
