package flake

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// join plans the writing of a flake that was there before: its whole history,
// what mnemonix renders now on the branch of that, and both merged on the
// operator's. What both changed is for the operator to decide, before anything
// is written.
func join(in steps.Input, plan *steps.Plan, signer string) []steps.Action {
	joined := *in.Joined
	plan.Files = joined.Merged
	plan.Origin = &joined.Origin
	if len(joined.Conflicts) > 0 {
		plan.Block(steps.Problem{
			Text: "the flake was edited where mnemonix has something else to write: " + strings.Join(joined.Conflicts, ", "),
			Hint: "in a clone of it, put these files back to how they are on the branch " + tools.RenderedBranch + ", or merge that branch by hand; commit, push, and begin again",
		})
	}
	origin := joined.Origin
	actions := []steps.Action{{
		ID: "flake/clone", Title: "have the flake's history from " + origin.Source + " at hand", Kind: steps.ActionBuiltin, Name: "clone", Folder: origin.Clone,
		Secrets: []string{"words", "wordsPassphrase"},
		Done:    &steps.Check{Commands: []steps.Command{tools.CloneHas(origin.Clone, origin.Tip), tools.CloneHas(origin.Clone, origin.Rendered)}},
	}}
	actions = append(actions, Actions(in.Folder, in.Answers, true, "")...)
	return append(actions, joinedRepository(in, origin, signer), gitEnd(in.Folder))
}

// joinedRepository makes the folder the repository that was cloned, with two
// commits beyond it. As with a new one it is one action, made anew from its
// beginning where it was interrupted.
func joinedRepository(in steps.Input, origin steps.Origin, signer string) steps.Action {
	operator, _ := in.Answers.Operator()
	branch := branchOf(in.Answers)
	action := steps.Action{
		ID: "flake/git-commit", Title: "merge " + in.Answers.Host.Name + " into the flake's branch " + branch, Kind: steps.ActionCommand,
		Done: &steps.Check{Commands: []steps.Command{tools.GitPlace(in.Folder)}, Prints: ".git"},
	}
	if signer != "" {
		action.Title += ", signed by your key"
		action.Kind, action.Name, action.Folder = steps.ActionBuiltin, "commit", in.Folder
		action.Secrets = []string{"words", "wordsPassphrase"}
	}
	action.Commands = append(tools.GitBegin(in.Folder, branch), tools.JoinFetch(in.Folder, origin.Clone), tools.GitAdd(in.Folder))
	action.Commands = append(action.Commands, tools.JoinCommit(in.Folder, origin, branch, operator.FullName, operator.Email, in.Answers.Host.Name, signer)...)
	if remote := in.Answers.Repository.Remote; remote != "" {
		action.Commands = append(action.Commands, tools.GitRemote(in.Folder, remote))
	}
	return action
}

// gitEnd gives the repository its name.
func gitEnd(folder string) steps.Action {
	return steps.Action{
		ID: "flake/git-end", Title: "give the repository its name, " + folder + "/.git", Kind: steps.ActionCommand,
		Commands: tools.GitEnd(folder), Done: &steps.Check{Commands: []steps.Command{tools.GitEnded(folder)}},
	}
}

// branchOf is the operator's branch.
func branchOf(answers steps.Answers) string {
	if answers.Repository.Branch == "" {
		return "main"
	}
	return answers.Repository.Branch
}
