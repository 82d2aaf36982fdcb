package cli

import (
	"context"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/clone"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
)

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
