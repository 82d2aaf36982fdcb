package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/unlock"
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

// offer is one way to recover, as it stands here.
type offer struct {
	name  string
	title string
	fits  bool
	why   string
}

// offers are what can be done on this machine.
func (a *app) offers(ctx context.Context) ([]offer, error) {
	if a.flags.sysroot != "" {
		return nil, usage(errors.New("--sysroot names a recorded machine: nothing was lost there"), "mnemonix --dry-run recover machine --flake URL tells what would happen on it")
	}
	runner, err := a.runner()
	if err != nil {
		return nil, err
	}
	live := flow.Detect(ctx, runner, flow.Recover()).Live
	keys := offer{name: "keys", title: "the keys of this machine into its TPM again"}
	machine := machineFlags{flake: "/etc/nixos", root: "/"}
	switch chosen, err := machine.machine(); {
	case live.Installer:
		keys.why = "a live medium has none: start the machine itself, or see recover keys --help"
	case err != nil:
		keys.why = "there is no flake in /etc/nixos that knows this machine"
	default:
		keys.fits, keys.why = true, "this is "+chosen.Host.Name+", and its flake is in /etc/nixos"
	}
	disk := offer{name: "disk", title: "open an encrypted disk, to read what is on it"}
	containers, err := unlock.Containers(ctx, runner)
	for _, one := range containers {
		if one.Open == "" {
			disk.fits, disk.why = true, one.String()
			break
		}
	}
	switch {
	case err != nil:
		disk.why = "the disks could not be listed"
	case len(containers) == 0:
		disk.why = "no encrypted disk was found"
	case !disk.fits:
		disk.why = "every encrypted disk is open already"
	}
	whole := offer{name: "machine", title: "install a machine as it was, from its flake", fits: live.Installer, why: "this is a live medium"}
	if !whole.fits {
		whole.why = "it is started from a live medium: mnemonix iso makes one"
	}
	return []offer{keys, disk, whole}, nil
}

// recoverByAsking shows what can be recovered here, and asks which.
func (a *app) recoverByAsking(ctx context.Context, cmd *cobra.Command) error {
	offers, err := a.offers(ctx)
	if err != nil {
		return err
	}
	lines := []string{"What was lost?", ""}
	some := false
	for i, one := range offers {
		mark := fmt.Sprint(i + 1)
		if !one.fits {
			mark = "-"
		}
		some = some || one.fits
		lines = append(lines, fmt.Sprintf("  %s  %-8s %s", mark, one.name, one.title), "     "+one.why)
	}
	if _, err := fmt.Fprintln(a.streams.Err, strings.Join(lines, "\n")); err != nil {
		return fault(err)
	}
	if !term.IsTerminal(int(a.streams.In.Fd())) {
		return usage(errors.New("nobody is here to say what was lost"), "mnemonix recover keys, mnemonix recover disk, or mnemonix recover machine --flake URL")
	}
	if !some {
		return lacks(errors.New("there is nothing to recover from here"), "for its keys start the machine itself; for its disk, or for all of it, a live medium")
	}
	for {
		typed, err := a.line(ctx, "\nA number or a name, or nothing to leave: ")
		if err != nil {
			return err
		}
		if typed == "" {
			return &exit{status: exitDeclined, err: errors.New("declined: nothing was written")}
		}
		for i, one := range offers {
			if typed != one.name && typed != fmt.Sprint(i+1) {
				continue
			}
			if !one.fits {
				_, _ = fmt.Fprintf(a.streams.Err, "%s does not go here: %s\n", one.name, one.why)
				break
			}
			chosen, _, err := cmd.Find([]string{one.name})
			if err != nil {
				return fault(err)
			}
			chosen.SetContext(ctx)
			if one.name == "machine" {
				place, err := a.line(ctx, "Where is its flake? A git URL, a path or a bundle: ")
				if err != nil {
					return err
				}
				if err := chosen.Flags().Set("flake", place); err != nil {
					return fault(err)
				}
			}
			return chosen.RunE(chosen, nil)
		}
	}
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
