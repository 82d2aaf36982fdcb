package verify

import (
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Plan adds the checks. Each only reads; together they are what "installed"
// means.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	answers := in.Answers
	if answers.Host.Type == "windows" || answers.Host.Type == "home" {
		return
	}
	check := func(id, title string, commands ...steps.Command) {
		plan.Do(steps.Action{ID: "verify/" + id, Title: title, Kind: steps.ActionCommand, Commands: commands})
	}
	check("boot-loader", "the firmware has an entry that starts the new disk", tools.BootctlIsInstalled(in.Target))
	check("store", "every path of the new system is valid in its store", tools.NixStoreVerify(in.Target))
	if !in.NoGit {
		check("flake", "the flake in "+in.Folder+" is whole", tools.GitFsck(in.Folder))
	}
}
