package verify

import (
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Plan adds the checks. Each only reads; together they are what "installed"
// means.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	answers := in.Answers
	if !answers.Host.NixOS() {
		return
	}
	check := func(id, title string, commands ...steps.Command) {
		plan.Do(steps.Action{ID: "verify/" + id, Title: title, Kind: steps.ActionCommand, Commands: commands})
	}
	ours := func(id, title string, secrets ...string) {
		plan.Do(steps.Action{
			ID: "verify/" + id, Title: title, Kind: steps.ActionBuiltin, Name: "verify-" + id, Folder: in.Target, Secrets: secrets,
		})
	}
	check("boot-loader", "the boot loader is on the EFI system partition", tools.BootctlIsInstalled(in.Target))
	ours("boot-files", "a kernel and what it starts with lie beside the boot loader")
	ours("boot-entry", "the firmware finds the boot loader")
	check("store", "every path of the new system is valid in its store", tools.NixStoreVerify(in.Target))
	if containers := plan.Layout.LUKS(); len(containers) > 0 {
		var commands []steps.Command
		for _, container := range containers {
			commands = append(commands, tools.LuksTest(container.Device, "diskPassphrase"))
		}
		plan.Do(steps.Action{
			ID: "verify/passphrase", Title: "your passphrase opens every encrypted disk", Kind: steps.ActionCommand,
			Commands: commands, Secrets: []string{"diskPassphrase"},
		})
		ours("recovery", "the words open every encrypted disk", "words", "wordsPassphrase")
	}
	where := "in the TPM"
	if !answers.TPM.Keys {
		where = "in their files"
	}
	ours("keys", "every key of "+answers.Host.Key()+" is "+where+" and works", enroll.Secrets(answers)...)
	if !in.NoGit {
		check("flake", "the flake in "+in.Folder+" is whole", tools.GitFsck(in.Folder))
		check("commit", "everything in the flake is committed", tools.GitCommitted(in.Folder), tools.GitNothingElse(in.Folder))
	}
}
