package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/features"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// defaultTryFolder is where try writes the flake when nothing else is named.
const defaultTryFolder = "mnemonix-flake"

// try is the whole wizard on this machine, without its consequences.
func (a *app) try() *cobra.Command {
	var out, answersFile string
	command := &cobra.Command{
		Use: "try", Short: "the whole wizard on this machine: writes a flake to a folder, touches nothing else", Args: noArguments,
		Long: "Try detects this machine, asks every question of an installation, shows the plan, writes the\n" +
			"flake to a folder and prints the commands that an installation would run. It needs no root\n" +
			"and changes nothing but that folder.",
		Example: "  mnemonix try\n  mnemonix try --out my-flake\n  mnemonix --plain try",
		RunE: func(cmd *cobra.Command, _ []string) error {
			runner, err := a.runner()
			if err != nil {
				return err
			}
			here, err := a.here()
			if err != nil {
				return err
			}
			folder, err := newFolder(here, out) // better now than after all the questions
			if err != nil {
				return err
			}
			trial := trial{app: a, runner: runner, here: here, out: folder}
			if _, err := here.LookPath("git"); err != nil {
				trial.noGit = true
			}
			setup, err := trial.setup(cmd.Context(), answersFile)
			if err != nil {
				return err
			}
			defer setup.Secrets.Wipe()
			return a.converse(cmd.Context(), setup)
		},
	}
	command.Flags().StringVar(&out, "out", defaultTryFolder, "write the flake to this new or empty `folder`")
	command.Flags().StringVar(&answersFile, "answers", "", "begin with the answers in this `file`")
	return command
}

// trial is one run of try.
type trial struct {
	app    *app
	runner run.Runner // the machine that is looked at
	here   run.Runner // the machine that is written on
	out    string
	noGit  bool
}

// setup is the conversation of try.
func (t trial) setup(ctx context.Context, answersFile string) (tui.Setup, error) {
	setup := tui.Setup{
		Title:   "try",
		Steps:   flow.Install(),
		Secrets: &steps.Secrets{},
		Detect: func(ctx context.Context) (steps.Facts, error) {
			return flow.Detect(ctx, t.runner, flow.Install()), nil
		},
		Begin:       answers.Defaults,
		Set:         set,
		CheckSecret: checkSecret,
		Warnings:    features.Warnings,
		MakeWords:   t.app.makeWords,
		Plan:        t.plan,
		Accept:      t.accept,
		Harmless:    true,
		AcceptVerb:  "write the flake",
		Options:     t.app.look(),
	}
	if answersFile == "" {
		return setup, nil
	}
	in, err := t.app.input(ctx, inputFlags{answers: answersFile})
	if err != nil {
		return setup, err
	}
	setup.Begin = func(steps.Facts) steps.Answers { return in.Answers }
	return setup, nil
}

// makeWords makes 24 new words. Where there is a TPM its random numbers are
// mixed in; they can only add to those of the kernel.
func (a *app) makeWords(context.Context) (*words.Mnemonic, error) {
	tpm, err := a.openTPM()
	if err != nil {
		return words.Generate(nil)
	}
	extra, err := device.Random(tpm)
	if err := errors.Join(err, tpm.Close()); err != nil {
		return words.Generate(nil)
	}
	defer clear(extra)
	return words.Generate(extra)
}

// plan computes the plan of an installation of this machine.
func (t trial) plan(ctx context.Context, facts steps.Facts, chosen steps.Answers, secrets *steps.Secrets) (steps.Plan, error) {
	if err := answers.Check(chosen); err != nil {
		return steps.Plan{}, err
	}
	keys, err := keysFromSecrets(chosen.Host.Key(), secrets)
	if err != nil {
		return steps.Plan{}, err
	}
	return flow.Plan(flow.Install(), steps.Input{
		Facts: disk.ReadAgain(ctx, t.runner, facts, chosen), Answers: chosen, Keys: keys, Target: installTarget, Folder: installFolder(chosen), NoGit: t.noGit,
	}), nil
}

// accept writes the flake and returns what an installation would run.
func (t trial) accept(ctx context.Context, plan steps.Plan, chosen steps.Answers, secrets *steps.Secrets, report func(apply.Event)) ([]string, error) {
	keys, err := keysFromSecrets(chosen.Host.Key(), secrets)
	if err != nil {
		return nil, err
	}
	compute := func(folder string) (steps.Plan, error) {
		// The files are those that were reviewed; only the folder differs.
		return flakeFiles(plan, chosen, folder, t.noGit, t.app.signer(keys, secrets)), nil
	}
	if _, err := t.app.writeFlake(ctx, t.here, t.out, compute, secrets, report); err != nil {
		return nil, err
	}
	lines := []string{"The flake is in " + t.out + "."}
	if t.noGit {
		lines = append(lines, "git is not installed: these are files only, without a repository.")
	}
	if keys != nil {
		lines = append(lines, "", "The public keys that belong to your words:")
		lines = append(lines, keyLines(keys)...)
	}
	lines = append(lines, "", "An installation would now run, as root:", "")
	return append(lines, commandLines(plan.Actions)...), nil
}

// set is answers.Set on a copy: the conversation keeps the old answers until
// the new one was checked.
func set(chosen steps.Answers, key string, values []string) (steps.Answers, error) {
	err := answers.Set(&chosen, key, values)
	return chosen, err
}

// checkSecret says what is wrong with a secret, before anything uses it.
func checkSecret(name string, value *secret.Secret) error {
	const maxPIN = 32 // bytes of an authorization value: the size of SHA-256, TPM 2.0 part 1, 19.6.4.3
	switch {
	case name == "pin" && value.Len() > maxPIN:
		return steps.Problem{Key: name, Text: fmt.Sprintf("a PIN has at most %d bytes", maxPIN)}
	case name == "pin" && value.Len() < 4, name == "diskPassphrase" && value.Len() < 8, name == "userPassword" && value.Len() < 8:
		return steps.Problem{Key: name, Text: "that is too short to protect anything", Hint: "a PIN has at least 4 characters, a passphrase at least 8"}
	}
	var fault error
	value.Use(func(view []byte) {
		if strings.ContainsAny(string(view), "\n\r\x00") {
			fault = steps.Problem{Key: name, Text: "it holds a line break or a zero byte, which cannot be typed at a prompt"}
		}
	})
	return fault
}

// look is how the conversation is drawn.
func (a *app) look() tui.Options {
	return tui.OptionsFrom(os.Getenv, a.flags.ascii, a.flags.noColor)
}

// converse holds the conversation in the skin that fits, and gives its end a
// status.
func (a *app) converse(ctx context.Context, setup tui.Setup) error {
	var result tui.Result
	var err error
	setup.HungUp = a.hangUp
	terminal, isFile := a.streams.Out.(*os.File)
	if a.flags.plain || !isFile || tui.Plain(os.Getenv, a.streams.In, terminal) {
		result, err = tui.RunPlain(ctx, setup, a.streams.In, a.streams.Out)
	} else {
		result, err = tui.Run(ctx, setup, a.streams.In, terminal, os.Getenv("TERM"))
	}
	if err != nil {
		return fault(err)
	}
	for _, line := range result.Summary {
		if _, err := fmt.Fprintln(a.streams.Out, line); err != nil && !noTerminal(err) {
			return fault(err)
		}
	}
	var known *exit
	if result.Applied && errors.As(result.Err, &known) { // what was begun says itself how it ended
		return known
	}
	switch result.Kind {
	case tui.KindAccepted:
		return nil
	case tui.KindDeclined:
		return &exit{status: exitDeclined, err: errors.New("declined: nothing was written")}
	case tui.KindInterrupted:
		var problem steps.Problem
		if errors.As(result.Err, &problem) { // the input ended, and it says what is missing
			return usage(fmt.Errorf("nothing was written: %w", problem), problem.Hint)
		}
		return interruptedBefore()
	case tui.KindFailed:
	}
	if errors.As(result.Err, &known) {
		return known
	}
	return fault(result.Err)
}
