package cli

import (
	"context"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/hardware"
)

// alone is mnemonix without a command: what fits where it runs. On a live
// medium that is an installation, on a machine that it manages a menu, and
// elsewhere, or where nobody can answer, its help.
func (a *app) alone(ctx context.Context, root *cobra.Command) error {
	if !a.onTerminal() || a.flags.sysroot != "" {
		return root.Help()
	}
	runner, err := a.runner()
	if err != nil {
		return err
	}
	if flow.Detect(ctx, runner, []steps.Step{hardware.Step{}}).Live.Installer { // the rest is looked at by what is chosen
		return a.runChosen(ctx, root, "install")
	}
	machine := machineFlags{flake: a.managed, root: "/"}
	chosen, err := machine.machine()
	if err != nil {
		return root.Help()
	}
	options := []steps.Option{
		{Value: "change", Title: "Change: add and remove features", Help: "Edits by hand stay. What changes is shown before it is built and switched to."},
		{Value: "recover", Title: "Recover: what was lost, from the words", Help: "This machine's keys, when its TPM was cleared or replaced; a disk that does not start."},
		{Value: "status", Title: "Status: the TPM and this machine's keys", Help: "It only looks: whether the TPM is well, and whether each key loads and is the recorded one."},
	}
	given, err := a.choose(ctx, chosen.Host.Name, page{title: "Menu", ask: func(map[string][]string) []steps.Question {
		return []steps.Question{{
			Key: "command", Kind: steps.KindChoice, Title: "What is to be done?", Options: options, Value: fitting(options),
			Help: "This is " + chosen.Host.Name + ", and its flake is in " + a.managed + ". mnemonix --help lists everything else.",
		}}
	}})
	if err != nil {
		return err
	}
	if only(given["command"]) == "status" {
		return a.runChosen(ctx, root, "keys", "status")
	}
	return a.runChosen(ctx, root, only(given["command"]))
}

// runChosen runs a command as if it had been typed without flags.
func (a *app) runChosen(ctx context.Context, root *cobra.Command, path ...string) error {
	command, _, err := root.Find(path)
	if err != nil {
		return fault(err)
	}
	command.SetContext(ctx)
	return command.RunE(command, nil)
}
