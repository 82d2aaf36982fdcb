package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// installTarget is where an installation mounts the new root.
const installTarget = "/mnt"

// installFolder is where it puts the flake: in the place that nixos-rebuild
// looks for it by itself or, where the root forgets, in the one that is
// mounted there when the machine runs.
func installFolder(chosen steps.Answers) string {
	if chosen.Disk.Impermanence {
		return installTarget + "/persist/etc/nixos"
	}
	return installTarget + "/etc/nixos"
}

// inputFlags are the flags of the commands that compute a plan.
type inputFlags struct {
	answers string
	facts   string
	keys    string
	lock    string
}

func (f *inputFlags) add(command *cobra.Command) {
	command.Flags().StringVar(&f.answers, "answers", "", "the answers `file` (YAML); - is standard input")
	command.Flags().StringVar(&f.facts, "facts", "", "facts from this `file` (detect --json) instead of detecting")
	command.Flags().StringVar(&f.keys, "keys", "", "public keys from this `file` (keys show --json)")
	command.Flags().StringVar(&f.lock, "lock", "", "a flake.lock `file` to go with the flake")
}

// given is what a plan is computed from, and the secrets that came with it.
type given struct {
	steps.Input
	secrets *steps.Secrets
}

// input reads everything that a plan is computed from.
func (a *app) input(ctx context.Context, flags inputFlags) (in given, err error) {
	if flags.facts != "" && a.flags.sysroot != "" {
		return given{}, usage(errors.New("--facts and --sysroot both name a machine"), "give one of them")
	}
	if flags.answers == "" {
		return given{}, usage(errors.New("--answers is missing"), "mnemonix schema describes the file; mnemonix try writes one by asking")
	}
	text, err := readFile(flags.answers, 16<<20)
	if err != nil {
		return given{}, err
	}
	chosen, err := answers.Read(text)
	if err != nil {
		return given{}, usage(fmt.Errorf("%s: %w", flags.answers, err), "")
	}
	secrets := &steps.Secrets{}
	defer func() {
		if err != nil {
			secrets.Wipe()
		}
	}()
	in = given{Input: steps.Input{Answers: chosen, Target: installTarget, Folder: installFolder(chosen)}, secrets: secrets}
	if in.Keys, err = a.publicKeys(chosen, flags.keys, in.secrets); err != nil {
		return given{}, err
	}
	if flags.lock != "" {
		if in.Lock, err = readFile(flags.lock, 1<<20); err != nil {
			return given{}, err
		}
	}
	if in.Facts, err = a.facts(ctx, flags.facts); err != nil || flags.facts != "" {
		return in, err
	}
	runner, err := a.runner()
	if err != nil {
		return given{}, err
	}
	in.Facts = disk.ReadAgain(ctx, runner, in.Facts, chosen)
	return in, nil
}

// plan computes the plan of an installation and prints it.
func (a *app) plan() *cobra.Command {
	var flags inputFlags
	var asJSON bool
	command := &cobra.Command{
		Use: "plan --answers FILE", Short: "what an installation would do, in full; nothing is touched", Args: noArguments,
		Long: "Plan computes everything that an installation would write, run and erase. The same facts and\n" +
			"answers give the same plan, byte for byte. What would make an installation refuse to begin is\n" +
			"listed as a blocker; the status is 0 all the same, for a plan is only read.",
		Example: "  mnemonix plan --answers answers.yaml\n  mnemonix --sysroot laptop plan --answers answers.yaml --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := a.input(cmd.Context(), flags)
			if err != nil {
				return err
			}
			in.secrets.Wipe()
			plan := flow.Plan(flow.Install(), in.Input)
			if asJSON {
				return printJSON(a.streams.Out, plan)
			}
			for _, line := range tui.PlanLines(plan, nil, a.look()) {
				if _, err := fmt.Fprintln(a.streams.Out, line); err != nil {
					return fault(err)
				}
			}
			return nil
		},
	}
	flags.add(command)
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON; its schema: mnemonix schema plan")
	return command
}
