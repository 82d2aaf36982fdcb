package flake

import (
	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Plan adds the files, their writing, and the repository.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	files, err := render.Tree(render.Input{
		Facts: in.Facts, Answers: in.Answers, Hosts: in.Hosts, Layout: plan.Layout, Keys: in.Keys, Lock: in.Lock,
	})
	if err != nil {
		plan.Block(steps.Problem{Text: "the flake cannot be written: " + err.Error()})
		return
	}
	plan.Files = files
	signer := ""
	if in.Keys != nil {
		signer = in.Keys.User.Sign.Public
	}
	for _, action := range Actions(in.Folder, in.Answers, in.NoGit, signer) {
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
	return append(actions, repositoryActions(folder, answers, signer)...)
}

// repositoryActions make the folder a git repository: the tree as it was
// rendered on a branch of its own, and the operator's branch from there.
// Each action may be repeated after an interruption.
func repositoryActions(folder string, answers steps.Answers, signer string) []steps.Action {
	repository := answers.Repository
	if repository.Branch == "" {
		repository.Branch = "main"
	}
	operator, _ := answers.Operator()
	command := func(id, title string, done *steps.Check, commands ...steps.Command) steps.Action {
		return steps.Action{ID: "flake/" + id, Title: title, Kind: steps.ActionCommand, Commands: commands, Done: done}
	}
	actions := []steps.Action{
		command("git-init", "make "+folder+" a git repository", nil,
			tools.GitInit(folder, tools.RenderedBranch), tools.GitAdd(folder)),
		commit(folder, answers, operator, signer),
		command("git-branch", "begin your branch "+repository.Branch+" there",
			&steps.Check{Commands: []steps.Command{tools.GitHead(folder)}, Prints: repository.Branch},
			tools.GitSwitch(folder, repository.Branch)),
	}
	if repository.Remote != "" {
		actions = append(actions, command("git-remote", "name its remote "+repository.Remote,
			&steps.Check{Commands: []steps.Command{tools.GitRemoteURL(folder)}, Prints: repository.Remote},
			tools.GitRemote(folder, repository.Remote)))
	}
	return actions
}

// commit commits what was rendered, signed where that is possible: a clone is
// believed only when its tip is signed by the key of the words.
func commit(folder string, answers steps.Answers, operator steps.User, signer string) steps.Action {
	message := answers.Host.Name + ": as mnemonix rendered it"
	action := steps.Action{
		ID: "flake/git-commit", Title: "commit it to " + tools.RenderedBranch, Kind: steps.ActionCommand,
		Commands: []steps.Command{tools.GitCommit(folder, operator.FullName, operator.Email, message)},
		Done:     &steps.Check{Commands: []steps.Command{tools.GitCommitted(folder)}},
	}
	if signer != "" {
		action.Title += ", signed by your key"
		action.Kind, action.Name, action.Folder = steps.ActionBuiltin, "commit", folder
		action.Commands = []steps.Command{tools.GitCommitSigned(folder, operator.FullName, operator.Email, message, signer)}
		action.Secrets = []string{"words", "wordsPassphrase"}
	}
	return action
}
