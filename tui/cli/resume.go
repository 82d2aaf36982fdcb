package cli

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// resume goes on with an installation that was interrupted.
func (a *app) resume() *cobra.Command {
	var flags applyFlags
	command := &cobra.Command{
		Use: "resume", Short: "go on with an installation that was interrupted", Args: noArguments,
		Long: "Resume looks for the plan and the journal of an interrupted installation, in memory and on the\n" +
			"EFI system partitions, says what was done and what is left, asks for the secrets that are still\n" +
			"needed, and goes on. What is already done is not done again. With --yes nothing is asked.",
		Example: "  sudo mnemonix resume\n  sudo mnemonix resume --yes --secrets-fd 3 3< secrets.json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withInterrupted(cmd.Context(), "resume", flags, func(ctx context.Context, r *interrupted) error {
				if flags.yes || a.flags.dryRun {
					return r.resumeUnattended(ctx)
				}
				return r.resumeByAsking(ctx)
			})
		},
	}
	flags.add(command)
	return command
}

// undo backs out of an installation that was interrupted.
func (a *app) undo() *cobra.Command {
	var flags applyFlags
	command := &cobra.Command{
		Use: "undo", Short: "back out of an installation that was interrupted", Args: noArguments,
		Long: "Undo takes back what an interrupted installation did, the last action first, as far as the plan\n" +
			"knows how: partition tables are put back as they were saved. Once something was overwritten for\n" +
			"good it refuses, and says what is gone. With --yes nothing is asked.",
		Example: "  sudo mnemonix undo\n  mnemonix --dry-run undo",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withInterrupted(cmd.Context(), "undo", flags, func(ctx context.Context, r *interrupted) error {
				if err := apply.CanUndo(r.found); err != nil {
					return r.status(err)
				}
				if flags.yes || a.flags.dryRun {
					return r.undoUnattended(ctx)
				}
				return r.undoByAsking(ctx)
			})
		},
	}
	flags.add(command)
	return command
}

// interrupted is one run of resume or undo.
type interrupted struct {
	*applying
	found  apply.Found
	chosen steps.Answers
}

// withInterrupted finds the interrupted run and does something with it.
func (a *app) withInterrupted(ctx context.Context, verb string, flags applyFlags, do func(context.Context, *interrupted) error) (err error) {
	work, err := a.startApply(ctx, verb, flags)
	if err != nil {
		return err
	}
	defer func() { err = work.end(err) }()
	found, err := apply.Find(ctx, work.runner)
	if errors.Is(err, apply.ErrNothingFound) && flags.sync != "" {
		// What lay in memory is gone with the power; the stick has a copy.
		found, err = apply.NewFolder(work.runner, flags.sync).Load()
		if err == nil && found.Ended() {
			err = fmt.Errorf("%w: the installation of %s that %s tells of ended well", apply.ErrNothingFound, found.Plan.Host, flags.sync)
		}
	}
	if err != nil {
		return lacks(fmt.Errorf("%s: %w", verb, err), "mnemonix install begins one")
	}
	r := &interrupted{applying: work, found: found}
	for _, file := range found.Plan.Files {
		if file.Path == path.Join("hosts", found.Plan.Host, "answers.yaml") {
			if r.chosen, err = answers.Read([]byte(file.Content)); err != nil {
				return fault(fmt.Errorf("the answers in the plan: %w", err))
			}
		}
	}
	return do(ctx, r)
}

// story says what was done and what is left.
func (r *interrupted) story() []string {
	done := r.found.Done()
	when := ""
	if entries := r.found.Entries; len(entries) > 0 {
		when = " on " + entries[len(entries)-1].Time.UTC().Format(time.RFC1123)
	}
	lines := []string{
		fmt.Sprintf("The installation of %s was interrupted%s, after %d of %d actions. Its journal is in %s.",
			r.found.Plan.Host, when, len(done), len(r.found.Plan.Actions), r.found.Place),
		"",
	}
	for _, action := range r.found.Plan.Actions {
		mark := "left"
		if slices.Contains(done, action.ID) {
			mark = "done"
		}
		lines = append(lines, "  "+mark+"  "+action.Title)
	}
	return lines
}

// sameWords refuses words other than those that the plan was made with.
func (r *interrupted) sameWords(secrets *steps.Secrets) error {
	name := r.chosen.Host.Key()
	keys, err := keysFromSecrets(name, secrets)
	if err != nil || keys == nil {
		return err
	}
	for _, file := range r.found.Plan.Files {
		if file.Path != path.Join("keys", name+".json") {
			continue
		}
		planned, err := format.ParsePublicKeys([]byte(file.Content))
		if err != nil {
			return fault(fmt.Errorf("%s in the plan: %w", file.Path, err))
		}
		if planned.IDs != keys.IDs {
			return usage(steps.Problem{
				Key: "words", Text: fmt.Sprintf("these are not the words of the plan: they are %s, the plan was made with %s", keys.IDs.Words, planned.IDs.Words),
				Hint: "give the words, and the passphrase beside them, that the installation began with",
			}, "give the words, and the passphrase beside them, that the installation began with")
		}
	}
	return nil
}

// resumeUnattended goes on without asking anything.
func (r *interrupted) resumeUnattended(ctx context.Context) error {
	for _, line := range r.story() {
		r.note(line)
	}
	if r.dry {
		return r.print(append([]string{"", "Resume would now run, as root, where it is not done yet:", ""}, commandLines(r.found.Left())...))
	}
	if err := needSecrets(r.found.Left(), r.secrets); err != nil {
		return err
	}
	if err := r.sameWords(r.secrets); err != nil {
		return err
	}
	pulse := tui.NewPulse(r.note)
	summary, err := r.goOn(ctx, pulse.Take)
	pulse.Stop()
	return errors.Join(err, r.print(summary))
}

// goOn carries the rest of the plan out and returns what is to be said.
func (r *interrupted) goOn(ctx context.Context, report func(apply.Event)) ([]string, error) {
	err := r.carry(ctx, r.found.Plan, report, func(ctx context.Context, work flow.Installation) error { return work.Resume(ctx, r.found) })
	if err != nil {
		return nil, err
	}
	return r.installedNow(ctx), nil
}

// again goes on once more, after it failed or was stopped.
func (r *interrupted) again(ctx context.Context, report func(apply.Event)) ([]string, error) {
	err := r.carry(ctx, r.found.Plan, report, func(ctx context.Context, work flow.Installation) error { return work.Again(ctx) })
	if err != nil {
		return nil, err
	}
	return r.installedNow(ctx), nil
}

// installedNow is what is to be said at the end.
func (r *interrupted) installedNow(ctx context.Context) []string {
	return r.installed(r.found.Plan, r.chosen, flow.Detect(context.WithoutCancel(ctx), r.runner, flow.Install()))
}

// undoUnattended takes back without asking anything.
func (r *interrupted) undoUnattended(ctx context.Context) error {
	if r.dry {
		return r.print(append([]string{"Undo would now run, as root:", ""}, commandLines(r.back())...))
	}
	pulse := tui.NewPulse(r.note)
	summary, err := r.takeBack(ctx, pulse.Take)
	pulse.Stop()
	return errors.Join(err, r.print(summary))
}

// takeBack carries the undo out.
func (r *interrupted) takeBack(ctx context.Context, report func(apply.Event)) ([]string, error) {
	err := r.carry(ctx, r.found.Plan, report, func(ctx context.Context, work flow.Installation) error { return work.Undo(ctx, r.found) })
	if err != nil {
		return nil, err
	}
	return []string{
		"What the installation of " + r.found.Plan.Host + " had begun was taken back. There is nothing left to resume.",
		"mnemonix install begins anew.",
	}, nil
}

// back are the actions of an undo, in its order.
func (r *interrupted) back() []steps.Action {
	actions := r.found.Back()
	for i, action := range actions {
		actions[i] = steps.Action{
			ID: action.ID, Title: "take back: " + action.Title, Kind: steps.ActionCommand, Commands: action.Undo, Erases: action.Erases,
		}
	}
	return actions
}

// print prints lines to standard output.
func (w *applying) print(lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(w.app.streams.Out, strings.Join(lines, "\n")); err != nil && !w.hung.Load() && !noTerminal(err) {
		return fault(err)
	}
	return nil
}
