package cli

import (
	"errors"

	"github.com/spf13/cobra"
)

// recovery is the group of commands for when something was lost.
func (a *app) recovery() *cobra.Command {
	command := &cobra.Command{
		Use: "recover", Short: "from the words: a machine's keys, its disk, or the whole machine", Args: knownCommand,
		Long: "Recover brings back from the 24 words what was lost. Alone, it looks where it runs and offers what\n" +
			"fits there:\n\n" +
			"  keys      the TPM was cleared, replaced, or is another one: the keys go into it again\n" +
			"  disk      the machine does not start: its encrypted disk is opened from a live medium, to be read\n" +
			"  machine   the machine is gone: another one is installed as it was, from its flake\n\n" +
			"Each says first whether these are the right words, and does nothing when they are not.",
		Example: "  sudo mnemonix recover\n  sudo mnemonix recover keys\n  sudo mnemonix recover disk --device /dev/nvme0n1p3\n" +
			"  sudo mnemonix recover machine --flake git@git.example.org:alice/machines.git",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.recoverByAsking(cmd.Context(), cmd) },
	}
	command.AddCommand(a.recoverKeys(), a.recoverDisk(), a.recoverMachine())
	return command
}

// recoverMachine installs a machine that a flake knows.
func (a *app) recoverMachine() *cobra.Command {
	var flags installFlags
	command := &cobra.Command{
		Use: "machine --flake URL", Short: "install a machine as it was, from its flake", Args: noArguments,
		Long: "Machine is mnemonix install --flake for a machine that the flake knows: the flake is cloned into\n" +
			"memory and believed by the words, the machine's answers are what it starts with, its keys are those\n" +
			"of before, and its encrypted secrets stay as they are. What is asked is which disks it gets. --host\n" +
			"names it; without, the machines are listed. mnemonix install --help says the rest.",
		Example: "  sudo mnemonix recover machine --flake git@git.example.org:alice/machines.git\n" +
			"  sudo mnemonix recover machine --flake /mnt/stick/flake.bundle --host snix --yes --secrets-fd 3 3< secrets.json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.join.flake == "" {
				return usage(errors.New("--flake is missing"), "a machine that is gone is rebuilt from its flake: a git URL, a path or a bundle")
			}
			if flags.yes && flags.join.host == "" && flags.answers == "" {
				return usage(errors.New("--host is missing"), "with --yes nobody is asked which machine it is")
			}
			flags.rebuild = true
			return a.runInstall(cmd.Context(), flags)
		},
	}
	command.Flags().StringVar(&flags.answers, "answers", "", "begin with the answers in this `file` instead of the machine's own")
	command.Flags().StringVar(&flags.lock, "lock", "", "a flake.lock `file` to go with the flake")
	flags.join.add(command)
	flags.add(command)
	return command
}
