package change

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Plan adds the files that differ, and the merge, the build and the switch.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	merge := in.Merge
	if merge == nil {
		return
	}
	plan.Files = merge.Files
	if len(merge.InTheWay) > 0 {
		plan.Block(inTheWay(merge.Folder, merge.InTheWay))
	}
	for _, conflict := range merge.Conflicts {
		plan.Warn(steps.Problem{
			Text: conflict.Text,
			Hint: "the files and " + merge.Branch + " stay as they are: the rendering goes to " + tools.RenderedBranch + ", and merging it is left to you",
		})
	}
	if len(merge.Conflicts) > 0 {
		plan.Do(steps.Action{
			ID: "flake/render", Title: "commit the new rendering to " + tools.RenderedBranch + ", and leave the merge to you",
			Kind: steps.ActionBuiltin, Name: "merge", Folder: merge.Folder,
		})
		return
	}
	if len(merge.Uncommitted) > 0 {
		plan.Warn(steps.Problem{
			Text: "not committed in " + merge.Folder + ": " + strings.Join(merge.Uncommitted, ", "),
			Hint: "it stays as it is; what git tracks of it goes into the system",
		})
	}
	if merge.Needed {
		plan.Do(steps.Action{
			ID: "flake/merge", Title: "commit the new rendering to " + tools.RenderedBranch + " and merge it into " + merge.Branch,
			Kind: steps.ActionBuiltin, Name: "merge", Folder: merge.Folder, Done: merged(*merge),
		})
	}
	if len(merge.Unsealed) > 0 {
		plan.Do(steps.Action{
			ID: "flake/secrets", Title: "add the keys of " + strings.Join(merge.Unsealed, ", ") + " to " + merge.Secrets + ", and commit that",
			Kind: steps.ActionBuiltin, Name: "seal", Folder: merge.Folder,
		})
	}
	if in.Build && in.Answers.Host.NixOS() {
		system(in, plan)
	}
}

// merged sees that both branches hold what they should: the operator's moves
// last.
func merged(merge steps.Merge) *steps.Check {
	look := tools.GitTrees(merge.Folder, "refs/heads/"+merge.Branch, "refs/heads/"+tools.RenderedBranch)
	look.Owner = merge.Owner
	return &steps.Check{Commands: []steps.Command{look}, Prints: merge.Tree + "\n" + merge.Stages[len(merge.Stages)-1].Tree}
}

// builtSystem keeps what was built from being collected, and names it.
const builtSystem = "/run/mnemonix/system"

// system builds the system, and switches to it where that is wanted.
func system(in steps.Input, plan *steps.Plan) {
	host := in.Answers.Host.Name
	build := tools.NixBuildHere(in.Merge.Folder, host)
	build.Owner = in.Merge.Owner
	action := steps.Action{
		ID: "system/build", Title: "build the system of " + host, Kind: steps.ActionCommand, Commands: []steps.Command{build}, Stoppable: true,
	}
	if !in.Switch {
		plan.Do(action)
		return
	}
	action.Commands[0].Keep, action.Commands[0].Begins = "system", "/nix/store/"
	action.Commands = append(action.Commands, tools.NixKeep(builtSystem, "$system"))
	plan.Do(action)
	plan.Do(steps.Action{
		ID: "system/switch", Title: "switch to it, and make it what the machine starts with", Kind: steps.ActionCommand,
		Commands: tools.NixosSwitch(builtSystem),
	})
}
