package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/apply/preflight"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// mediumLock is the flake.lock that an installer medium of ours carries.
const mediumLock = "/etc/mnemonix/flake.lock"

// installFlags are the flags of install.
type installFlags struct {
	applyFlags
	join    joinFlags
	rebuild bool // only a machine that the flake knows
	answers string
	lock    string
}

// install provisions this machine.
func (a *app) install() *cobra.Command {
	var flags installFlags
	command := &cobra.Command{
		Use: "install", Short: "provision this machine: asks, shows the plan, and carries it out", Args: noArguments,
		Long: "Install detects this machine, asks what it is to be, checks whether an installation can go\n" +
			"through, shows the plan, and carries it out after the disks that are erased were confirmed. It\n" +
			"is started from a live medium, as root.\n\n" +
			"Ctrl-C, SIGINT and SIGTERM stop it after the action that is being carried out; the second one ends\n" +
			"the program that runs, and leaves that action half done. mnemonix resume goes on from either. When\n" +
			"the terminal is closed the installation goes on without it.\n\n" +
			"With --answers and --yes nothing is asked. Without --answers, an answers.yaml on a volume with\n" +
			"the label MNEMONIX or cidata is taken. Secrets come as one JSON object from --secrets-fd: words,\n" +
			"wordsPassphrase, diskPassphrase, userPassword, pin, wifi.NAME and services.NAME.\n\n" +
			"With --flake the machine joins a flake that is there already: a URL over https or ssh, a path, or a\n" +
			"bundle. It is cloned into memory, and believed when its last commit is signed by the key of your\n" +
			"words; otherwise it is refused, unless --trust-unsigned is given or the commit is typed. A name that\n" +
			"the flake does not have becomes a new host of it; a machine that it has (--host) is rebuilt from its\n" +
			"answers, with the keys of before, and its secrets stay as they are. What was edited by hand stays.",
		Example: "  sudo mnemonix install\n  sudo mnemonix install --answers answers.yaml --yes --secrets-fd 3 3< secrets.json\n" +
			"  mnemonix --dry-run install --answers answers.yaml --yes\n  sudo mnemonix install --flake git@git.example.org:alice/machines.git",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runInstall(cmd.Context(), flags) },
	}
	command.Flags().StringVar(&flags.answers, "answers", "", "begin with the answers in this `file`; - is standard input")
	command.Flags().StringVar(&flags.lock, "lock", "", "a flake.lock `file` to go with the flake")
	flags.join.add(command)
	flags.add(command)
	return command
}

// add adds the flags of everything that applies a plan.
func (f *applyFlags) add(command *cobra.Command) {
	command.Flags().BoolVar(&f.yes, "yes", false, "ask nothing: what is missing is an error")
	command.Flags().IntVar(&f.secretsFD, "secrets-fd", -1, "read the secrets, a JSON object, from this `descriptor`")
	command.Flags().StringVar(&f.events, "events", "", "append what happens to this `file`, a line of JSON each")
	command.Flags().StringVar(&f.sync, "sync", "", "keep a copy of the plan, the journal and the old partition tables in this `folder`: a stick; resume and undo find them there")
}

// provision is one run of install.
type provision struct {
	*applying
	flags  installFlags
	facts  steps.Facts    // of this machine, once it was looked at
	given  *steps.Answers // of --answers, of a volume, or of the host that is rebuilt; nil: none
	lock   []byte         // flake.lock; nil: not known yet
	locked bool           // whether there is one was already looked at

	joined  *joined // the flake of --flake; nil: a new one
	rebuilt string  // the host of it that is rebuilt; empty: a new one
}

func (a *app) runInstall(ctx context.Context, flags installFlags) (err error) {
	if err := flags.join.check(); err != nil {
		return err
	}
	work, err := a.startApply(ctx, "install", flags.applyFlags)
	if err != nil {
		return err
	}
	defer func() { err = work.end(err) }()
	p := &provision{applying: work, flags: flags}
	if err := p.begin(ctx); err != nil {
		return err
	}
	if flags.join.flake != "" {
		defer func() { err = p.leave(err) }()
		if err := p.joinFlake(ctx); err != nil {
			return err
		}
	}
	if flags.yes {
		return p.unattended(ctx)
	}
	return a.converse(ctx, p.conversation(ctx))
}

// release gives back what an interrupted installation has still mounted here.
func (p *provision) release(ctx context.Context) error {
	if found, err := apply.NewFolder(p.runner, apply.Memory).Load(); err == nil && !found.Ended() && !p.dry {
		return p.giveBack(ctx, found)
	}
	return nil
}

// giveBack leaves the record where it is until another plan is accepted:
// mnemonix resume goes on with it.
func (p *provision) giveBack(ctx context.Context, found apply.Found) error {
	p.note("An installation of " + found.Plan.Host + " was interrupted here: what it had mounted is given back. mnemonix resume goes on with it.")
	if err := (flow.Installation{Runner: p.runner, Guard: newGuard(p.runner)}).Release(ctx, found); err != nil {
		return lacks(fmt.Errorf("give back what an interrupted installation holds: %w", err), "start the machine again")
	}
	return nil
}

// begin reads the answers that were given.
func (p *provision) begin(ctx context.Context) error {
	if err := p.release(ctx); err != nil {
		return err
	}
	name := p.flags.answers
	var text []byte
	var err error
	if name != "" {
		text, err = readFile(name, 16<<20)
	} else {
		name, text, err = p.fromVolume(ctx)
	}
	if err != nil || text == nil {
		return err
	}
	chosen, err := answers.Read(text)
	if err != nil {
		return usage(fmt.Errorf("%s: %w", name, err), "mnemonix schema describes the file")
	}
	p.given = &chosen
	return nil
}

// unattended installs without asking anything.
func (p *provision) unattended(ctx context.Context) error {
	if p.given == nil {
		return usage(errors.New("--yes needs answers"), "give --answers FILE, or put answers.yaml on a volume with the label MNEMONIX")
	}
	p.facts = flow.Detect(ctx, p.runner, p.list())
	plan, err := p.plan(ctx, p.facts, *p.given, p.secrets)
	if err != nil {
		return err
	}
	if p.dry {
		return p.tellAll(ctx, p.facts, plan)
	}
	if err := needSecrets(plan.Actions, p.secrets); err != nil {
		return err
	}
	if err := blocked(plan); err != nil {
		return err
	}
	for _, problem := range plan.Warnings {
		p.note("Warning: " + problem.String())
	}
	results := preflight.Run(ctx, p.checks(p.facts, *p.given, plan), p.tellCheck)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := refused(results); err != nil {
		return err
	}
	pulse := tui.NewPulse(p.note)
	summary, err := p.apply(ctx, *p.given, plan, pulse.Take)
	pulse.Stop()
	for _, line := range summary {
		_, _ = fmt.Fprintln(p.app.streams.Out, line)
	}
	return err
}

// apply carries the plan out and returns what is to be said at the end.
func (p *provision) apply(ctx context.Context, chosen steps.Answers, plan steps.Plan, report func(apply.Event)) ([]string, error) {
	err := p.carry(ctx, plan, report, func(ctx context.Context, work flow.Installation) error { return work.Start(ctx) })
	if err != nil {
		return nil, err
	}
	return p.installed(plan, chosen, p.facts), nil
}

// again goes on with it once more, after it failed or was stopped.
func (p *provision) again(ctx context.Context, plan steps.Plan, chosen steps.Answers, _ *steps.Secrets, report func(apply.Event)) ([]string, error) {
	err := p.carry(ctx, plan, report, func(ctx context.Context, work flow.Installation) error { return work.Again(ctx) })
	if err != nil {
		return nil, err
	}
	return p.installed(plan, chosen, p.facts), nil
}

// plan computes the plan of an installation of this machine.
func (p *provision) plan(ctx context.Context, facts steps.Facts, chosen steps.Answers, secrets *steps.Secrets) (steps.Plan, error) {
	if err := answers.Check(chosen); err != nil {
		return steps.Plan{}, usage(err, "")
	}
	var generations format.Generations
	if p.joined != nil {
		generations = p.joined.Generations(chosen.Host.Key())
		if lock, there := p.joined.File("flake.lock"); there && p.flags.lock == "" {
			p.lock, p.locked = lock.Bytes(), true
		}
	}
	keys, err := keysInGenerations(chosen.Host.Key(), secrets, generations)
	if err != nil {
		return steps.Plan{}, err
	}
	facts = disk.ReadAgain(ctx, p.runner, facts, chosen)
	in := steps.Input{Facts: facts, Answers: chosen, Keys: keys, Lock: p.lock, Target: installTarget, Folder: installFolder(chosen)}
	plan, err := p.compute(ctx, in)
	if err != nil {
		return steps.Plan{}, err
	}
	if p.locked || len(plan.Blockers) > 0 || !chosen.Host.NixOS() {
		return plan, nil
	}
	lock, unlocked, err := p.findLock(ctx, plan)
	if err != nil {
		return steps.Plan{}, err
	}
	if unlocked != nil { // the checks refuse it where it matters
		plan.Warn(*unlocked)
		return plan.Sealed(), nil //nolint:nilerr // it is told as a warning
	}
	p.lock, p.locked, in.Lock = lock, true, lock
	return p.compute(ctx, in)
}

// compute computes the plan, in a flake of its own or in one that is there.
func (p *provision) compute(ctx context.Context, in steps.Input) (steps.Plan, error) {
	if p.joined != nil {
		return p.inFlake(ctx, in)
	}
	return flow.Plan(p.list(), in), nil
}

// findLock is the flake.lock that goes with the flake: the one that was
// named, the medium's own, or one that is made now, in memory. Without a
// network there may be none; then the flake does not evaluate, and the checks
// say so.
func (p *provision) findLock(ctx context.Context, plan steps.Plan) (lock []byte, unlocked *steps.Problem, err error) {
	if p.flags.lock != "" {
		lock, err = readFile(p.flags.lock, 1<<20)
		return lock, nil, err
	}
	if lock, err := p.runner.ReadFile(mediumLock); err == nil {
		return lock, nil, nil
	}
	if p.dry {
		return nil, &steps.Problem{Text: "the inputs of the flake are locked when the installation begins"}, nil
	}
	lock, err = preflight.Lock(ctx, p.runner, "", plan.Files)
	if err != nil {
		return nil, &steps.Problem{
			Text: "the inputs of the flake could not be locked: " + err.Error(),
			Hint: "without flake.lock the same flake gives another system tomorrow; give one: --lock FILE",
		}, nil
	}
	return lock, nil, nil
}
