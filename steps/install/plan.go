package install

import (
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Plan adds the build of the closure and its installation.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	answers := in.Answers
	if answers.Host.Type == "windows" || answers.Host.Type == "home" {
		return // nothing of ours boots there
	}
	if refusal := in.Facts.Firmware.Refusal(); refusal.Text != "" {
		plan.Block(refusal)
	}
	build := tools.NixBuildSystem(in.Target, in.Folder, answers.Host.Name)
	if answers.Boot.Loader == "lanzaboote" {
		plan.Do(steps.Action{
			ID: "install/secure-boot-keys", Title: "make the Secure Boot keys of " + answers.Host.Name, Kind: steps.ActionCommand,
			Commands: []steps.Command{tools.SbctlCreateKeys(in.Target, answers.Disk.Impermanence)},
			Done:     &steps.Check{Commands: []steps.Command{tools.SbctlKeysExist(in.Target, answers.Disk.Impermanence)}},
		})
	}
	plan.Do(steps.Action{
		ID: "install/store", Title: "look whether what the new disk's store already has is whole", Kind: steps.ActionBuiltin, Name: "store",
		Folder: in.Target, Commands: []steps.Command{tools.NixStoreRepair(in.Target)}, Stoppable: true,
		Done: &steps.Check{Commands: []steps.Command{tools.NixStoreUnused(in.Target)}},
	})
	plan.Do(steps.Action{
		ID: "install/closure", Title: "build " + answers.Host.Name + " into the new disk's store", Kind: steps.ActionCommand,
		Commands: []steps.Command{build}, Stoppable: true,
	})
	build.Keep, build.Begins = "system", "/nix/store/"
	plan.Do(steps.Action{
		ID: "install/system", Title: "install the system and its boot loader", Kind: steps.ActionCommand,
		Commands: []steps.Command{build, tools.NixosInstall(in.Target, "$system")},
	})
}
