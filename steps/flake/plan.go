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
	for _, action := range Actions(in.Folder, in.Answers, in.NoGit) {
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
// git repository.
func Actions(folder string, answers steps.Answers, noGit bool) []steps.Action {
	actions := []steps.Action{{
		ID: "flake/write", Title: "write the flake to " + folder, Kind: steps.ActionWrite, Folder: folder,
	}}
	if noGit {
		return actions
	}
	return append(actions, repositoryActions(folder, answers)...)
}

// repositoryActions make the folder a git repository: the tree as it was
// rendered on a branch of its own, and the operator's branch from there.
// Each action may be repeated after an interruption.
func repositoryActions(folder string, answers steps.Answers) []steps.Action {
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
		command("git-commit", "commit it to "+tools.RenderedBranch,
			&steps.Check{Commands: []steps.Command{tools.GitCommitted(folder)}},
			tools.GitCommit(folder, operator.FullName, operator.Email, answers.Host.Name+": as mnemonix rendered it")),
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
