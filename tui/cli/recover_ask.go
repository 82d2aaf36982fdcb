package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/hardware"
	"codeberg.org/mnemonix/mnemonix/steps/unlock"
)

// offers are the ways to recover, with what fits on this machine, or why one
// does not.
func (a *app) offers(ctx context.Context) ([]steps.Option, error) {
	if a.flags.sysroot != "" {
		return nil, usage(errors.New("--sysroot names a recorded machine: nothing was lost there"), "mnemonix --dry-run recover machine --flake URL tells what would happen on it")
	}
	runner, err := a.runner()
	if err != nil {
		return nil, err
	}
	live := flow.Detect(ctx, runner, []steps.Step{hardware.Step{}}).Live
	keys := steps.Option{Value: "keys", Title: "Keys: into this machine's TPM again"}
	machine := machineFlags{flake: a.managed, root: "/"}
	switch chosen, err := machine.machine(); {
	case live.Installer:
		keys.Unavailable = "a live medium has none: start the machine itself, or see recover keys --help"
	case err != nil:
		keys.Unavailable = "there is no flake in " + a.managed + " that knows this machine"
	default:
		keys.Help = "The TPM was cleared, replaced or is another one. This is " + chosen.Host.Name + ", and its flake is in " + a.managed + "."
	}
	disk := steps.Option{Value: "disk", Title: "Disk: open an encrypted one, to read it"}
	containers, err := unlock.Containers(ctx, runner)
	var closed []string
	for _, one := range containers {
		if one.Open == "" {
			closed = append(closed, one.Title())
		}
	}
	switch {
	case err != nil:
		disk.Unavailable = "the disks could not be listed"
	case len(containers) == 0:
		disk.Unavailable = "no encrypted disk was found"
	case len(closed) == 0:
		disk.Unavailable = "every encrypted disk is open already"
	default:
		disk.Help = "The machine does not start. There is: " + strings.Join(closed, "; ") + "."
	}
	whole := steps.Option{Value: "machine", Title: "Machine: as it was, from its flake", Help: "The machine is gone, or is to be installed again. It asks which disks it gets."}
	if !live.Installer {
		whole.Unavailable = "it is started from a live medium: mnemonix iso makes one"
	}
	return []steps.Option{keys, disk, whole}, nil
}

// fitting is the first option that can be chosen, as a proposal: nothing that
// can be chosen here is dangerous before it was asked again.
func fitting(options []steps.Option) []string {
	for _, option := range options {
		if option.Unavailable == "" {
			return []string{option.Value}
		}
	}
	return nil
}

// recoverByAsking shows what can be recovered here, and asks which.
func (a *app) recoverByAsking(ctx context.Context, cmd *cobra.Command) error {
	offers, err := a.offers(ctx)
	if err != nil {
		return err
	}
	if !a.onTerminal() || fitting(offers) == nil {
		lines := []string{"What was lost?", ""}
		for _, one := range offers {
			why := one.Help
			if one.Unavailable != "" {
				why = "not here: " + one.Unavailable
			}
			lines = append(lines, fmt.Sprintf("  %-8s %s", one.Value, one.Title), "           "+why)
		}
		if _, err := fmt.Fprintln(a.streams.Err, strings.Join(lines, "\n")); err != nil {
			return fault(err)
		}
		if !a.onTerminal() {
			return usage(errors.New("nobody is here to say what was lost"), "mnemonix recover keys, mnemonix recover disk, or mnemonix recover machine --flake URL")
		}
		return lacks(errors.New("there is nothing to recover from here"), "for its keys start the machine itself; for its disk, or for all of it, a live medium")
	}
	given, err := a.choose(ctx, "recover",
		page{title: "Recover", ask: func(map[string][]string) []steps.Question {
			return []steps.Question{{
				Key: "lost", Kind: steps.KindChoice, Title: "What was lost?", Options: offers, Value: fitting(offers),
				Help: "Everything comes back from the 24 words. Each of these says first whether they are the right ones, and does nothing when they are not.",
			}}
		}},
		page{title: "Flake", ask: func(given map[string][]string) []steps.Question {
			if only(given["lost"]) != "machine" {
				return nil
			}
			return []steps.Question{{
				Key: "flake", Kind: steps.KindText, Title: "Where is its flake?",
				Help: "A git URL, a path or a bundle. It is believed when its last commit is signed by the key of the words.",
			}}
		}})
	if err != nil {
		return err
	}
	if only(given["lost"]) == "machine" {
		whole, _, err := cmd.Find([]string{"machine"})
		if err != nil {
			return fault(err)
		}
		if err := whole.Flags().Set("flake", only(given["flake"])); err != nil {
			return fault(err)
		}
	}
	return a.runChosen(ctx, cmd, only(given["lost"]))
}
