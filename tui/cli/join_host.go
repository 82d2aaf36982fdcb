package cli

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/clone"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
)

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
	case wanted == "" && !p.flags.yes && p.app.onTerminal():
		var err error
		if wanted, err = p.askHost(ctx); err != nil {
			return err
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

// askHost asks which machine of the flake this is going to be. Empty: a new one.
func (p *provision) askHost(ctx context.Context) (string, error) {
	const another = "new"
	var options []steps.Option
	for _, host := range p.joined.Hosts {
		options = append(options, steps.Option{
			Value: "host " + host.Host.Name, Title: host.Host.Name, Help: host.Host.Type + ", rebuilt as it was",
		})
	}
	if !p.flags.rebuild {
		options = append(options, steps.Option{Value: another, Title: "another one", Help: "a new machine in this flake"})
	}
	given, err := p.app.choose(ctx, p.verb, page{title: "Machine", ask: func(map[string][]string) []steps.Question {
		return []steps.Question{{
			Key: "host", Kind: steps.KindChoice, Title: "Which machine is this going to be?", Options: options,
			Help: "One that is rebuilt has its answers, its keys and its secrets again; which disks it gets is asked.",
		}}
	}})
	name, _ := strings.CutPrefix(only(given["host"]), "host ")
	if only(given["host"]) == another {
		name = ""
	}
	return name, err
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
