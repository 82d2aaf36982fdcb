package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/flake"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// render writes the flake, and nothing else.
func (a *app) render() *cobra.Command {
	var flags inputFlags
	var out string
	var noGit, example bool
	command := &cobra.Command{
		Use: "render --answers FILE --out FOLDER", Short: "write the flake of a machine to a folder, as a git repository", Args: noArguments,
		Long: "Render writes the complete NixOS flake that an installation would use. The folder has to be\n" +
			"new or empty; it appears whole or not at all. What was rendered is kept on the branch\n" +
			"mnemonix/rendered, so that later runs can merge with what you edit.",
		Example: "  mnemonix render --answers answers.yaml --out flake\n  mnemonix render --example --out fleet",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usage(errors.New("--out is missing"), "it names the folder that the flake is written to")
			}
			secrets := &steps.Secrets{}
			var compute func(folder string) (steps.Plan, error)
			var blockers []steps.Problem
			if example {
				if flags != (inputFlags{}) {
					return usage(errors.New("--example stands alone"), "it writes the five hosts of the guide, from answers that come with mnemonix")
				}
				compute = func(folder string) (steps.Plan, error) { return examplePlan(folder, noGit) }
			} else {
				in, err := a.input(cmd.Context(), flags)
				if err != nil {
					return err
				}
				defer in.secrets.Wipe()
				secrets = in.secrets
				whole := flow.Plan(flow.Install(), in.Input)
				blockers = whole.Blockers
				compute = func(folder string) (steps.Plan, error) { return a.flakePlan(whole, in.Input, folder, noGit, secrets) }
			}
			runner, err := a.here()
			if err != nil {
				return err
			}
			if !noGit {
				if _, err := runner.LookPath("git"); err != nil {
					return lacks(errors.New("git is not installed"), "install it, or write files only: --no-git")
				}
			}
			written, err := a.writeFlake(cmd.Context(), runner, out, compute, secrets, nil)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.streams.Err, "wrote %d files to %s\n", len(written.Files), out)
			return errors.Join(err, a.unfit(blockers))
		},
	}
	flags.add(command)
	command.Flags().StringVar(&out, "out", "", "the new `folder`")
	command.Flags().BoolVar(&noGit, "no-git", false, "files only, no repository")
	command.Flags().BoolVar(&example, "example", false, "the five hosts of the guide")
	return command
}

// unfit tells what keeps the answers from being installed on the machine that
// the facts are of: the flake is whole, but disko.nix may name no disk yet.
func (a *app) unfit(blockers []steps.Problem) error {
	if len(blockers) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(a.streams.Err, "With these facts it could not be installed yet (the machine's own: --facts):")
	for _, blocker := range blockers {
		_, failed := fmt.Fprintln(a.streams.Err, "  "+strings.TrimPrefix(blocker.Key+": "+blocker.Text, ": "))
		err = errors.Join(err, failed)
	}
	return err
}

// flakeFiles is the plan that writes the files of another plan to a folder.
// signer is the key that signs its commit, or empty.
func flakeFiles(plan steps.Plan, chosen steps.Answers, folder string, noGit bool, signer string) steps.Plan {
	files := steps.Plan{Version: steps.PlanVersion, Host: plan.Host, Files: plan.Files}
	for _, action := range flake.Actions(folder, chosen, noGit, signer) {
		files.Do(action)
	}
	return files.Sealed()
}

// flakePlan is the part of an installation's plan that writes the flake, to
// another folder.
func (a *app) flakePlan(plan steps.Plan, in steps.Input, folder string, noGit bool, secrets *steps.Secrets) (steps.Plan, error) {
	if len(plan.Files) == 0 {
		for _, blocker := range plan.Blockers {
			return plan, usage(errors.New(blocker.Text), blocker.Hint)
		}
	}
	return flakeFiles(plan, in.Answers, folder, noGit, a.signer(in.Keys, secrets)), nil
}

// signer is the public key that the flake's commit is signed with: that of
// the words, where they are at hand and ssh-keygen is there to use it.
func (a *app) signer(keys *format.PublicKeys, secrets *steps.Secrets) string {
	if keys == nil || secrets.Words.Len() == 0 {
		return ""
	}
	here, err := a.here()
	if err != nil {
		return ""
	}
	if _, err := here.LookPath("ssh-keygen"); err != nil {
		return ""
	}
	return keys.User.Sign.Public
}

func examplePlan(folder string, noGit bool) (steps.Plan, error) {
	files, operator, err := flow.Example()
	if err != nil {
		return steps.Plan{}, fault(err)
	}
	return flakeFiles(steps.Plan{Host: "example", Files: files}, operator, folder, noGit, ""), nil
}

// status gives the error of an apply its status.
func (a *app) status(err error) error {
	var known *exit
	switch {
	case err == nil:
		return nil
	case errors.Is(err, apply.ErrInterrupted):
		return &exit{status: exitInterrupted, err: err, hint: "nothing was left behind"}
	case errors.As(err, &known):
		return err
	}
	hint := "nothing was left behind"
	var failed *run.Error
	if errors.As(err, &failed) {
		hint += "; --log FILE keeps all of what the program said"
	}
	return &exit{status: exitApply, err: err, hint: hint}
}
