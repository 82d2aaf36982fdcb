package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/change"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// managedFolder is where an installation leaves the flake.
const managedFolder = "/etc/nixos"

// changeFlags are the flags of change.
type changeFlags struct {
	applyFlags
	flake    string
	host     string
	add      []string
	remove   []string
	noSwitch bool
}

// change runs again on a machine that is managed.
func (a *app) change() *cobra.Command {
	var flags changeFlags
	command := &cobra.Command{
		Use: "change", Short: "run again on a machine that is managed: add and remove features", Args: noArguments,
		Long: "Change begins with the answers that the flake holds for this host, asks what the machine is for,\n" +
			"and renders the flake anew. The new rendering is committed to the branch mnemonix/rendered and\n" +
			"merged into yours: what you edited by hand stays, and where it meets the change on the same lines,\n" +
			"that is shown and nothing of yours is touched. After the review it commits, builds the system and\n" +
			"switches to it. Disks, hardware, keys, secrets and flake.lock stay as they are; a service that is\n" +
			"new gets its key among the secrets, for which the words are asked.\n\n" +
			"With --add or --remove only the review is asked for; with --yes nothing is asked. git and nix run\n" +
			"as the owner of the flake; switching needs root. A run that was interrupted is gone on with by\n" +
			"running it again. Commits are signed where the words are given.",
		Example: "  sudo mnemonix change\n  sudo mnemonix change --add gaming,backup --remove multimedia --yes\n" +
			"  mnemonix change --flake ~/machines --host snix --no-switch\n  mnemonix --dry-run change --add gaming",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runChange(cmd.Context(), flags) },
	}
	command.Flags().StringVar(&flags.flake, "flake", a.managed, "the `folder` of the flake")
	command.Flags().StringVar(&flags.host, "host", "", "the `name` of the host in the flake; else this machine's")
	command.Flags().StringSliceVar(&flags.add, "add", nil, "add these `features`, separated by commas")
	command.Flags().StringSliceVar(&flags.remove, "remove", nil, "remove these `features`, separated by commas")
	command.Flags().BoolVar(&flags.noSwitch, "no-switch", false, "commit and build, and do not switch")
	command.Flags().BoolVar(&flags.yes, "yes", false, "ask nothing: what is missing is an error")
	command.Flags().IntVar(&flags.secretsFD, "secrets-fd", -1, "read the words, in a JSON object, from this `descriptor`")
	command.Flags().StringVar(&flags.events, "events", "", "append what happens to this `file`, a line of JSON each")
	return command
}

// changing is one run of change.
type changing struct {
	*applying
	flags   changeFlags
	flake   flow.Changing
	begin   steps.Answers     // what is asked begins with
	present map[string]string // what the plan's files are now
	merged  *merging          // what was planned last

	withWords bool   // they were given with the command line
	idle      string // why the system is not switched to; empty: it is
	elsewhere bool   // the host is another machine than this one
}

func (a *app) runChange(ctx context.Context, flags changeFlags) (err error) {
	if a.flags.sysroot != "" {
		return usage(errors.New("--sysroot names a recorded machine: there is no flake to change"), "--flake DIR names the folder of a flake")
	}
	work, err := a.startChange(ctx, flags.applyFlags)
	if err != nil {
		return err
	}
	defer func() { err = work.end(err) }()
	c := &changing{applying: work, flags: flags, present: map[string]string{}}
	if err := c.open(ctx); err != nil {
		return c.explained(err)
	}
	c.withWords = c.secrets.Words.Len() > 0
	if c.begin, err = c.chosen(c.flake.Answers); err != nil {
		return err
	}
	if flags.yes || c.dry {
		return c.unattended(ctx)
	}
	return a.converse(ctx, c.conversation(ctx))
}

// startChange is the start of an apply that needs no root: what cannot be done
// without is left out and said.
func (a *app) startChange(ctx context.Context, flags applyFlags) (*applying, error) {
	if a.flags.dryRun {
		return a.startDry(ctx, "change", flags)
	}
	return a.begin(ctx, "change", flags, func(w *applying) error {
		if os.Geteuid() == 0 {
			return w.openAlone(flags)
		}
		return w.open(flags)
	})
}

// open opens the flake, and ends what an earlier run began.
func (c *changing) open(ctx context.Context) error {
	if _, err := c.runner.LookPath("git"); err != nil {
		return steps.Problem{Text: "git is not installed", Hint: "on NixOS: nix shell nixpkgs#git"}
	}
	folder, err := filepath.Abs(c.flags.flake)
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	owner, err := change.OwnerOf(c.runner, folder, os.Geteuid())
	if err != nil {
		return err
	}
	repository, err := change.Open(ctx, c.runner, folder, owner)
	if err != nil {
		return err
	}
	if repository.Pending != "" {
		if c.dry {
			return steps.Problem{Text: "an earlier change of " + folder + " was interrupted after it was accepted", Hint: "mnemonix change, without --dry-run, ends it first"}
		}
		if err := repository.Finish(ctx); err != nil {
			return err
		}
		c.note("An earlier change of " + folder + " was interrupted after it was accepted: its files and its commit are in place now.")
		if repository, err = change.Open(ctx, c.runner, folder, owner); err != nil {
			return err
		}
	}
	here := hostName()
	host := c.flags.host
	if host == "" {
		host = here
	}
	if c.flake, err = flow.OpenChange(ctx, repository, host); err != nil {
		return err
	}
	c.idle, c.elsewhere = c.whyIdle(host, here), host != here
	return nil
}

// whyIdle says why this machine does not switch to the system, if so.
func (c *changing) whyIdle(host, here string) string {
	_, notNixOS := c.runner.Stat("/etc/NIXOS")
	switch {
	case c.flags.noSwitch:
		return "--no-switch was given"
	case host != here:
		return "this machine is " + here + ", and the system is that of " + host
	case notNixOS != nil:
		return "this machine does not run NixOS"
	case os.Geteuid() != 0:
		return "switching needs root"
	}
	return ""
}

// chosen are the answers with what --add and --remove say.
func (c *changing) chosen(were steps.Answers) (steps.Answers, error) {
	var known []string
	for _, entry := range assets.Load().Features {
		known = append(known, entry.Name)
	}
	features := slices.Clone(were.Features)
	for _, name := range slices.Concat(c.flags.add, c.flags.remove) {
		if !slices.Contains(known, name) {
			return were, usage(fmt.Errorf("there is no feature %q", name), "the features are: "+strings.Join(known, ", "))
		}
		if slices.Contains(c.flags.add, name) && slices.Contains(c.flags.remove, name) {
			return were, usage(fmt.Errorf("the feature %s is to be added and removed", name), "name it once")
		}
	}
	for _, name := range c.flags.add {
		if !slices.Contains(features, name) {
			features = append(features, name)
		}
	}
	features = slices.DeleteFunc(features, func(name string) bool { return slices.Contains(c.flags.remove, name) })
	if slices.Equal(features, were.Features) {
		return were, nil
	}
	now, err := set(were, "features", features)
	if err == nil {
		err = answers.Check(now)
	}
	if err != nil {
		return were, usage(fmt.Errorf("%s cannot be changed so: %w", c.flake.Host, err), "mnemonix catalog says what each feature needs")
	}
	return now, nil
}

// explained gives what keeps a change from beginning its status.
func (c *changing) explained(err error) error {
	var known *exit
	var problem steps.Problem
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &problem):
		return lacks(err, problem.Hint)
	}
	return fault(err)
}

// steps are the pages: none where what changes was named.
func (c *changing) steps() []steps.Step {
	list := flow.Change()
	if len(c.flags.add)+len(c.flags.remove) > 0 {
		list = flow.Changed()
	}
	if c.withWords {
		return list
	}
	return c.flake.Sealed(list)
}

// unattended changes without asking anything, or tells what it would do.
func (c *changing) unattended(ctx context.Context) error {
	facts := flow.Detect(ctx, c.runner, c.steps())
	plan, err := c.plan(ctx, facts, c.begin, c.secrets)
	if err != nil {
		return err
	}
	if c.dry {
		lines := append([]string{"A dry run: nothing is touched.", ""}, tui.PlanLines(plan, c.present, c.app.look())...)
		return c.print(append(append(lines, "", "A change would now run:", ""), commandLines(plan.Actions)...))
	}
	if err := blockedChange(plan); err != nil {
		return err
	}
	for _, problem := range plan.Warnings {
		c.note("Warning: " + problem.String())
	}
	pulse := tui.NewPulse(c.note)
	summary, err := c.apply(ctx, plan, c.begin, c.secrets, pulse.Take)
	pulse.Stop()
	return errors.Join(err, c.print(summary))
}

// blockedChange is the plan's own refusal to begin.
func blockedChange(plan steps.Plan) error {
	if len(plan.Blockers) == 0 {
		return nil
	}
	return lacks(errors.New(plan.Blockers[0].Text), plan.Blockers[0].Hint)
}
