package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/unlock"
)

// recoverDiskFlags are the flags of recover disk.
type recoverDiskFlags struct {
	device       string
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
			"opens the one that is named and mounts its root below /mnt. Wrong words are told before any\n" +
			"passphrase is tried. Nothing can be written to the disk, by no journal either, unless --rw is\n" +
			"given; no other disk is touched. The command that closes it again is printed at the end.",
		Example: "  sudo mnemonix recover disk\n  sudo mnemonix recover disk --device /dev/nvme0n1p3 --words-fd 3 3< words",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.openDisk(cmd.Context(), flags) },
	}
	command.Flags().StringVar(&flags.device, "device", "", "the encrypted `device`; without, those that are there are listed")
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
	container, err := a.chooseContainer(ctx, runner, flags.device)
	if err != nil {
		return err
	}
	if container.Open != "" {
		return usage(fmt.Errorf("%s is open already, as %s", container.Device, container.Open), "mount that: mount --options ro "+container.Open+" "+flags.at)
	}
	root, err := a.typedRoot(ctx, flags.passphraseFD, true)
	if err != nil {
		return err
	}
	defer root.Wipe()
	if container.Refuses(root.IDs()) {
		named := container.Notes[0].IDs
		problem, hint := "these are valid words, but not those of "+container.Device, "its header names "+named.Words+", these are "+root.IDs().Words
		if named.Words == root.IDs().Words {
			problem, hint = "the words are right, the passphrase beside them is not", "the header of "+container.Device+" names "+named.WordsWithPassphrase
		}
		return usage(errors.New(problem), hint)
	}
	found, err := a.checkDisk(ctx, root, container.Device, flags.host)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(a.streams.Err, "These are the right words: the recovery passphrase of %s in generation %d opens slot %d.\n", found.Name, found.Generation, found.Slot)
	passphrase, err := root.RecoveryPassphrase(found.Name, found.Generation)
	if err != nil {
		return fault(err)
	}
	defer passphrase.Wipe()
	at, err := filepath.Abs(flags.at)
	if err != nil {
		return fault(err)
	}
	opening := unlock.Opening{Runner: runner, Device: container.Device, Slot: found.Slot, Passphrase: passphrase, At: at, Write: flags.write}
	if a.flags.dryRun {
		_, err := fmt.Fprintf(a.streams.Out, "A dry run: nothing is opened. As root this would run, and mount what it finds at %s:\n  %s\n", at, commandLine(opening.Begin()))
		return err
	}
	opened, err := opening.Carry(ctx)
	if err != nil {
		return lacks(err, "what was opened was closed again")
	}
	return a.sayOpened(container, opened, flags.write)
}

// chooseContainer is the disk that was named, or that somebody chooses now.
func (a *app) chooseContainer(ctx context.Context, runner run.Runner, device string) (unlock.Container, error) {
	if device != "" {
		return named(ctx, runner, device)
	}
	list, err := unlock.Containers(ctx, runner)
	switch {
	case err != nil:
		return unlock.Container{}, lacks(err, "name it: --device")
	case len(list) == 0:
		return unlock.Container{}, lacks(errors.New("no encrypted disk was found"), "is it plugged in? A disk image or another device: --device")
	}
	for i, one := range list {
		_, _ = fmt.Fprintf(a.streams.Err, "  %d  %s\n", i+1, one)
	}
	if !term.IsTerminal(int(a.streams.In.Fd())) {
		return unlock.Container{}, usage(errors.New("which disk is not said"), "--device names one of these; no other is touched")
	}
	for {
		typed, err := a.line(ctx, "Which one? A number, or nothing to leave: ")
		if err != nil {
			return unlock.Container{}, err
		}
		if typed == "" {
			return unlock.Container{}, &exit{status: exitDeclined, err: errors.New("declined: nothing was opened")}
		}
		if number, err := strconv.Atoi(typed); err == nil && number >= 1 && number <= len(list) {
			return list[number-1], nil
		}
	}
}

// named is the container on a device, with what is known of it.
func named(ctx context.Context, runner run.Runner, device string) (unlock.Container, error) {
	device, err := filepath.Abs(device)
	if err != nil {
		return unlock.Container{}, fault(err)
	}
	container := unlock.Container{Device: device}
	real, err := filepath.EvalSymlinks(device) // a name below /dev/disk
	if err != nil {
		return container, usage(err, "mnemonix recover disk lists what is encrypted here")
	}
	if list, err := unlock.Containers(ctx, runner); err == nil {
		for _, one := range list {
			if one.Device == real {
				return one, nil
			}
		}
	}
	if container.Notes, err = unlock.Notes(ctx, runner, device); err != nil {
		return container, lacks(fmt.Errorf("%s is not encrypted with LUKS2, or cannot be read: %w", device, err), "")
	}
	return container, nil
}

// sayOpened says where it is, and how it is closed.
func (a *app) sayOpened(container unlock.Container, opened *unlock.Opened, write bool) error {
	state := "so that it can only be read"
	if write {
		state = "so that it can be written to"
	}
	lines := []string{container.Device + " is open, " + state + ":", ""}
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
