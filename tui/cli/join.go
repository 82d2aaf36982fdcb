package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/clone"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tui"
)

// joinFlags say which flake a machine joins, or is rebuilt from.
type joinFlags struct {
	flake  string
	branch string
	host   string
	trust  bool
}

func (f *joinFlags) add(command *cobra.Command) {
	command.Flags().StringVar(&f.flake, "flake", "", "join, or rebuild from, the flake in this git `repository`: a URL, a path or a bundle")
	command.Flags().StringVar(&f.branch, "branch", "", "the `branch` of that flake (default: the one it is on)")
	command.Flags().StringVar(&f.host, "host", "", "rebuild the machine of this `name` in that flake")
	command.Flags().BoolVar(&f.trust, "trust-unsigned", false, "take that flake although its last commit is not signed by your key")
}

// check refuses what makes no sense together.
func (f joinFlags) check() error {
	if f.flake != "" {
		return nil
	}
	for name, given := range map[string]bool{"branch": f.branch != "", "host": f.host != "", "trust-unsigned": f.trust} {
		if given {
			return usage(fmt.Errorf("--%s says something of a flake that is there already", name), "name it: --flake URL")
		}
	}
	return nil
}

// joined is the flake that a machine joins or is rebuilt from.
type joined struct {
	*clone.Clone
	keeps bool // the words open the secrets of the host that is rebuilt
}

// joinFlake clones the flake, and says whether it is believed, before anything of it
// is used.
func (p *provision) joinFlake(ctx context.Context) error {
	here, err := p.app.here()
	if err != nil {
		return err
	}
	source, err := clone.Source(here, p.flags.join.flake)
	if err != nil {
		return usage(err, hintOf(err))
	}
	root, err := p.rootOfWords(ctx)
	if err != nil {
		return err
	}
	defer root.Wipe()
	base, err := memoryFolder()
	if err != nil {
		return lacks(err, "")
	}
	p.note("Cloning " + source + " into memory.")
	cloned, err := clone.Fetch(ctx, clone.Options{Runner: here, Source: source, Branch: p.flags.join.branch, Base: base, Root: root})
	if err != nil {
		return lacks(err, hintOf(err))
	}
	p.joined = &joined{Clone: cloned}
	if err := cloned.Read(ctx); err != nil {
		return lacks(err, hintOf(err))
	}
	if err := cloned.Words(root.IDs()); err != nil {
		return usage(err, hintOf(err))
	}
	if err := p.believe(ctx); err != nil {
		return err
	}
	if err := p.chooseHost(ctx); err != nil {
		return err
	}
	return p.opensSecrets(ctx, here, root)
}

// leave takes the clone away, unless an interrupted apply goes on from it.
func (p *provision) leave(err error) error {
	if p.joined == nil || p.applied && err != nil {
		return err
	}
	return errors.Join(err, p.joined.Remove())
}

// memoryFolder is a folder in memory that is ours alone.
func memoryFolder() (string, error) {
	if os.Geteuid() == 0 {
		return path.Dir(apply.Memory), nil
	}
	folder := os.Getenv("XDG_RUNTIME_DIR")
	if !strings.HasPrefix(folder, "/run/user/") {
		return "", errors.New("no folder of our own in memory: XDG_RUNTIME_DIR is not set")
	}
	return filepath.Join(folder, "mnemonix"), nil
}

// rootOfWords are the words that were given, or are typed now: without them
// nobody knows whose flake it is. They stay among the secrets.
func (p *provision) rootOfWords(ctx context.Context) (*derive.Root, error) {
	if p.secrets.Words.Len() == 0 {
		if p.flags.yes || !term.IsTerminal(int(p.app.streams.In.Fd())) {
			return nil, usage(fmt.Errorf("a flake that is there already is believed by the words: %w", errNoWords), "give them by a descriptor (--secrets-fd or --words-fd), or at a terminal")
		}
		defer tui.Silence(p.app.streams.In)()
		p.note("The flake is signed by a key that comes from your 24 words. Type them first.")
		phrase, err := tui.TypeWords(ctx, p.app.streams.In, p.app.streams.Err)
		if errors.Is(err, tui.ErrLeft) {
			return nil, &exit{status: exitDeclined, err: err}
		}
		if err != nil {
			return nil, err
		}
		defer phrase.Wipe()
		p.secrets.Put("words", phrase.Joined())
		passphrase, err := p.app.hidden(ctx, "The passphrase beside them, empty for none: ")
		if err != nil {
			return nil, err
		}
		if passphrase.Len() > 0 {
			p.secrets.Put("wordsPassphrase", passphrase)
		}
	}
	return rootFrom(p.secrets.Words, p.secrets.WordsPassphrase)
}

// believe refuses a flake that the operator has not signed, unless that is
// wanted: by a flag, or by a part of the commit's name that is typed.
func (p *provision) believe(ctx context.Context) error {
	for _, line := range p.joined.Said() {
		if !term.IsTerminal(int(p.app.streams.In.Fd())) {
			p.note("  " + line)
			continue
		}
		for _, part := range tui.Prose(line) {
			p.note("  " + part)
		}
	}
	refused := p.joined.Untrusted()
	switch {
	case refused == nil:
		return nil
	case p.flags.join.trust:
		p.note("Warning: it is taken as it is, because --trust-unsigned was given.")
		return nil
	case p.flags.yes || !term.IsTerminal(int(p.app.streams.In.Fd())):
		return lacks(refused, hintOf(refused))
	}
	short := p.joined.Tip.Commit[:7]
	typed, err := p.typed(ctx, "Whoever changed it decides what runs as root on this machine.\nTo take it as it is, type "+short+": ")
	if err != nil {
		return err
	}
	if typed != short {
		return &exit{status: exitDeclined, err: errors.New("declined: the flake is not believed, and nothing was written"), hint: hintOf(refused)}
	}
	return nil
}

// typed asks for a line on the terminal.
func (p *provision) typed(ctx context.Context, prompt string) (string, error) {
	return p.app.line(ctx, prompt)
}

// line asks for a line on the terminal.
func (a *app) line(ctx context.Context, prompt string) (string, error) {
	text, err := tui.Line(ctx, a.streams.In, func() { _, _ = fmt.Fprint(a.streams.Err, prompt) })
	switch {
	case ctx.Err() != nil:
		return "", interruptedBefore()
	case err != nil:
		return "", &exit{status: exitDeclined, err: errors.New("declined: nothing was written")}
	}
	return strings.TrimSpace(text), nil
}

// chooseHost decides which machine this is to be: one that the flake knows, or
// a new one.
func (p *provision) chooseHost(ctx context.Context) error {
	names := make([]string, len(p.joined.Hosts))
	for i, host := range p.joined.Hosts {
		names[i] = host.Host.Name
	}
	wanted := p.flags.join.host
	switch {
	case p.given != nil && wanted != "" && p.given.Host.Name != wanted:
		return usage(fmt.Errorf("--host is %s, and the answers are those of %s", wanted, p.given.Host.Name), "")
	case p.given != nil:
		wanted = p.given.Host.Name
	case wanted == "" && !p.flags.yes && term.IsTerminal(int(p.app.streams.In.Fd())):
		p.note("Which machine is this going to be?")
		for i, host := range p.joined.Hosts {
			p.note(fmt.Sprintf("  %d  %s (%s), rebuilt as it was", i+1, host.Host.Name, host.Host.Type))
		}
		prompt := "A number: "
		if !p.flags.rebuild {
			prompt = "A number, or n: "
			p.note("  n  a new one in this flake")
		}
		for wanted == "" {
			typed, err := p.typed(ctx, prompt)
			if err != nil {
				return err
			}
			number, _ := strconv.Atoi(typed)
			switch {
			case typed == "n" && !p.flags.rebuild:
				return nil
			case typed == "":
				return &exit{status: exitDeclined, err: errors.New("declined: nothing was written")}
			case number >= 1 && number <= len(names):
				wanted = names[number-1]
			case slices.Contains(names, typed):
				wanted = typed
			}
		}
	}
	known, found := p.joined.Host(wanted)
	if !found && wanted != "" && p.given == nil {
		return usage(fmt.Errorf("the flake has no host %s", wanted), "it has: "+strings.Join(names, ", "))
	}
	switch {
	case !found && p.flags.rebuild:
		return usage(fmt.Errorf("the flake has no host %s to be rebuilt", wanted), "it has: "+strings.Join(names, ", ")+"; mnemonix install --flake adds a new one")
	case !found:
		return nil
	}
	p.rebuilt = known.Host.Name
	if p.given == nil {
		known.Disk.Disks = slices.Clone(known.Disk.Disks)
		for i := range known.Disk.Disks { // of the machine that was
			known.Disk.Disks[i].Resolved = nil
		}
		known.Disk.Swap.Resolved = ""
		p.given = &known
	}
	if !known.Host.NixOS() {
		return usage(fmt.Errorf("%s is no NixOS machine: it is not installed from here", known.Host.Name), "")
	}
	return nil
}

// opensSecrets sees whether the words open the secrets of the machine that is
// rebuilt: then they stay as they are, and nothing of them is asked for.
func (p *provision) opensSecrets(ctx context.Context, here run.Runner, root *derive.Root) error {
	if p.rebuilt == "" {
		return nil
	}
	secrets, there := p.joined.File(enroll.SecretsFile(*p.given))
	recorded, err := p.joined.Recorded(p.given.Host.Key())
	if err != nil || !there || recorded == nil {
		return err
	}
	base, err := memoryFolder()
	if err != nil {
		return lacks(err, "")
	}
	folder := path.Join(clone.Folder(base, p.joined.Source), "flake")
	text, err := recorded.Marshal()
	if err != nil {
		return fault(err)
	}
	name := path.Join(folder, "keys", recorded.Name+".json")
	if err := errors.Join(here.MkdirAll(path.Dir(name), 0o700), here.WriteFile(name, text, 0o600)); err != nil {
		return lacks(err, "")
	}
	opening := flow.Opens(ctx, here, root, *p.given, folder, secrets.Bytes())
	var missing *enroll.MissingError
	switch {
	case opening == nil:
		p.note("The words open " + secrets.Path + ": it stays as it is.")
		p.joined.keeps = true
	case errors.As(opening, &missing):
		// It is encrypted to the key that the words give; whether it is whole
		// shows when it is needed.
		p.joined.keeps = strings.Contains(secrets.Content, recorded.User.Age.RecipientTPM)
	default:
		p.note("Warning: the words do not open " + secrets.Path + ", so that new secrets are made: " + opening.Error())
	}
	return nil
}

// list are the steps of this installation.
func (p *provision) list() []steps.Step {
	switch {
	case p.joined == nil:
		return flow.Install()
	case p.joined.keeps:
		return flow.Recover()
	}
	return flow.Join()
}

// neighborly are answers to begin with in a flake that is there already: the
// operator and the places are the same as on the other hosts.
func (p *provision) neighborly(chosen steps.Answers) steps.Answers {
	other := p.joined.Hosts[0]
	if operator, found := other.Operator(); found {
		chosen.Users = []steps.User{operator}
	}
	chosen.Locale, chosen.Repository = other.Locale, other.Repository
	return chosen
}

// inFlake is what the plan has to know of the flake, and the plan in it.
func (p *provision) inFlake(ctx context.Context, in steps.Input) (steps.Plan, error) {
	if in.Answers.Repository.Remote == "" && clone.Remote(p.joined.Source) {
		in.Answers.Repository.Remote = p.joined.Source
	}
	if in.Answers.Repository.Branch == "" {
		in.Answers.Repository.Branch = p.joined.Branch
	}
	before, hosts, err := p.joined.Join(in.Answers.Host.Name)
	if err != nil {
		return steps.Plan{}, lacks(err, hintOf(err))
	}
	before.KeepSecrets = p.joined.keeps
	in.Joined, in.Hosts = before, hosts
	if before.Rebuilt && p.rebuilt != in.Answers.Host.Name {
		clash, _ := p.joined.Host(in.Answers.Host.Name)
		in.Hosts = append(in.Hosts, clash)
	}
	plan := flow.Plan(p.list(), in)
	if len(plan.Files) == 0 {
		return plan, nil
	}
	if in.Joined, err = p.joined.Merge(ctx, *before, plan.Files, enroll.SecretsFile(in.Answers)); err != nil {
		return steps.Plan{}, lacks(err, "git 2.38 or newer merges the host into the flake")
	}
	plan = flow.Plan(p.list(), in)
	p.sayJoined(&plan, in.Answers)
	return plan.Sealed(), nil
}

// sayJoined adds what the review has to say of the flake.
func (p *provision) sayJoined(plan *steps.Plan, chosen steps.Answers) {
	if p.joined.Untrusted() != nil {
		plan.Warn(steps.Problem{Text: "the flake is taken as it is, without your signature: " + strings.Join(p.joined.Said(), "; ")})
	}
	if !p.joined.keeps {
		return
	}
	old, _ := p.joined.Host(p.rebuilt)
	for _, network := range chosen.Network.Wifi {
		if !slices.Contains(old.Network.Wifi, network) {
			plan.Warn(steps.Problem{
				Key: "network.wifi", Text: "the key of the Wi-Fi network " + network + " is not among the machine's secrets, which stay as they are",
				Hint: "afterwards: sops edit " + enroll.SecretsFile(chosen),
			})
		}
	}
}

// present are the files of the flake as they are now, for the diff.
func (p *provision) present() map[string]string {
	if p.joined == nil {
		return nil
	}
	files := map[string]string{}
	for _, file := range p.joined.Files {
		files[file.Path] = file.Content
	}
	return files
}

// startAnswers are answers that were given, or fit the machine and its flake.
func (p *provision) startAnswers(facts steps.Facts) steps.Answers {
	switch {
	case p.given != nil:
		return *p.given
	case p.joined != nil:
		return p.neighborly(answers.Defaults(facts))
	}
	return answers.Defaults(facts)
}
