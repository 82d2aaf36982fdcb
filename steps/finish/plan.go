package finish

import (
	"slices"

	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Plan adds the record of the installation and the unmounting.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	if !in.Answers.Host.NixOS() {
		return
	}
	folder := StateFolder(in)
	plan.Do(steps.Action{
		ID: "finish/record", Title: "keep the record of this installation in " + folder, Kind: steps.ActionBuiltin, Name: "record", Folder: folder,
	})
	text, err := render.Disko(plan.Layout)
	mounts := slices.ContainsFunc(plan.Actions, func(action steps.Action) bool { return action.ID == "disk/mount" })
	if err != nil || !mounts {
		return // a layout that was only written down is that of a system which may be running
	}
	plan.Do(steps.Action{
		ID: "finish/unmount", Title: "unmount and close the new disks", Kind: steps.ActionCommand,
		Commands: []steps.Command{
			// disko 1.12 does not unmount what lies inside LUKS, and then
			// cannot close it: here everything is unmounted before.
			tools.UnmountAll(in.Target),
			tools.InstallText(tools.DiskoFile, text),
			tools.Disko(tools.DiskoUnmount, in.Target, tools.DiskoFile),
		},
	})
}

// StateFolder is where the new machine keeps the record: with impermanence
// only what lies below /persist stays.
func StateFolder(in steps.Input) string {
	const folder = "/var/lib/mnemonix/install"
	if in.Answers.Disk.Impermanence {
		return in.Target + "/persist" + folder
	}
	return in.Target + folder
}
