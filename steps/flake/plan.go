package flake

import (
	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Plan adds the files, their writing, and the repository.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	input := render.Input{
		Facts: in.Facts, Answers: in.Answers, Hosts: in.Hosts, Layout: plan.Layout, Keys: in.Keys, Lock: in.Lock,
	}
	if in.Joined != nil {
		input.Present = in.Joined.Present
	}
	files, err := render.Tree(input)
	if err != nil {
		plan.Block(steps.Problem{Text: "the flake cannot be written: " + err.Error()})
		return
	}
	plan.Files = files
	signer := ""
	if in.Keys != nil {
		signer = in.Keys.User.Sign.Public
	}
	actions := Actions(in.Folder, in.Answers, in.NoGit, signer)
	if in.Joined != nil && in.Joined.Merged != nil {
		actions = join(in, plan, signer)
	}
	for _, action := range actions {
		plan.Do(action)
	}
	if in.Answers.Repository.Remote == "" {
		plan.Warn(steps.Problem{
			Key: "repository.remote", Text: "the flake has no git remote: a lost disk loses the configuration",
			Hint: "the words bring the keys back, but only a copy of the flake brings the machine back",
		})
	}
}

// Actions write the plan's files to a folder and, unless noGit, make it a
// git repository. Where signer is not empty it is the public key that the
// operator signs with, and the words that it comes from are at hand.
func Actions(folder string, answers steps.Answers, noGit bool, signer string) []steps.Action {
	actions := []steps.Action{{
		ID: "flake/write", Title: "write the flake to " + folder, Kind: steps.ActionWrite, Folder: folder,
	}}
	if noGit {
		return actions
	}
	return append(actions, repository(folder, answers, signer), gitEnd(folder))
}

// repository makes the folder a git repository: the tree as it was rendered on
// a branch of its own, and the operator's branch from there. It is signed where
// that is possible: a clone is believed only when its tip is signed by the key
// of the words.
//
// It is one action because it is made anew from its beginning where it was
// interrupted. A repository that is there is whole, and what the operator did
// in it since is not ours.
func repository(folder string, answers steps.Answers, signer string) steps.Action {
	operator, _ := answers.Operator()
	message := answers.Host.Name + ": as mnemonix rendered it"
	action := steps.Action{
		ID: "flake/git-commit", Title: "make a git repository of " + folder + ", on " + tools.RenderedBranch, Kind: steps.ActionCommand,
		Done: &steps.Check{Commands: []steps.Command{tools.GitPlace(folder)}, Prints: ".git"},
	}
	commit := tools.GitCommit(folder, operator.FullName, operator.Email, message)
	if signer != "" {
		action.Title += ", signed by your key"
		action.Kind, action.Name, action.Folder = steps.ActionBuiltin, "commit", folder
		action.Secrets = []string{"words", "wordsPassphrase"}
		commit = tools.GitCommitSigned(folder, operator.FullName, operator.Email, message, signer)
	}
	branch := branchOf(answers)
	action.Commands = append(tools.GitBegin(folder, tools.RenderedBranch), tools.GitAdd(folder), commit, tools.GitSwitch(folder, branch))
	if remote := answers.Repository.Remote; remote != "" {
		action.Commands = append(action.Commands, tools.GitRemote(folder, remote))
	}
	return action
}
