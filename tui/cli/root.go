package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/tpm/device"
)

const rootLong = `mnemonix provisions NixOS machines. It detects the hardware, lets you choose
features and a disk layout, turns 24 words into keys that live in the machine's
TPM, and writes a complete NixOS flake.

Nothing is written before you have reviewed it, and nothing is asked after.

Alone, on a terminal, it does what fits where it runs: on a live medium it
installs, on a machine that it manages it offers a menu.`

// root is the command mnemonix itself, with the flags that all commands know.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "mnemonix",
		Short:         "provision a NixOS machine from words, answers and a reviewed plan",
		Long:          rootLong,
		Example:       "  mnemonix try\n  sudo mnemonix install\n  mnemonix plan --answers answers.yaml\n  mnemonix render --answers answers.yaml --out flake",
		Args:          knownCommand,
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return a.alone(cmd.Context(), cmd) },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(err, "see: "+cmd.CommandPath()+" --help")
	})
	flags := root.PersistentFlags()
	flags.SortFlags = false
	flags.StringVar(&a.flags.sysroot, "sysroot", "", "read a recorded machine from this `folder` instead of this one")
	flags.StringVar(&a.flags.tpm, "tpm", device.Auto, tpmHelp)
	flags.IntVar(&a.flags.wordsFD, "words-fd", -1, "read the 24 words from this file `descriptor`")
	flags.BoolVar(&a.flags.dryRun, "dry-run", false, "tell what would be done and do nothing")
	flags.BoolVar(&a.flags.plain, "plain", false, "numbered questions, line by line: for screen readers and serial lines")
	flags.BoolVar(&a.flags.ascii, "ascii", false, "draw with ASCII only")
	flags.BoolVar(&a.flags.noColor, "no-color", false, "no colours (also: NO_COLOR)")
	flags.StringVar(&a.flags.log, "log", "", "append what programs print to this `file`")
	root.AddCommand(
		a.install(), a.change(), a.recovery(), a.resume(), a.undo(), a.report(), a.try(), a.detect(), a.plan(), a.render(), a.iso(), a.keys(),
		a.catalog(), a.schema(), a.doctor(), a.version(), a.man(),
	)
	root.InitDefaultCompletionCmd()
	for _, command := range root.Commands() {
		if command.Name() == "completion" { // cobra's own would print its help for a shell that it does not know
			command.Args = cobra.ArbitraryArgs
			command.RunE = func(_ *cobra.Command, args []string) error {
				return usage(fmt.Errorf("there is no completion for the shell %q", strings.Join(args, " ")), "there is one for bash, fish, powershell and zsh")
			}
		}
	}
	return root
}

// knownCommand refuses a command that does not exist, and names the nearest.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see: " + cmd.CommandPath() + " --help"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean: " + strings.Join(near, ", ")
	}
	return usage(fmt.Errorf("unknown command %q", args[0]), hint)
}
