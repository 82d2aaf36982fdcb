package change

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Repository is a flake's repository, as it is now.
type Repository struct {
	Runner  run.Runner
	Folder  string // an absolute name
	Owner   string // the user that git runs as; empty: as we are
	Branch  string // that is checked out
	Head    string // the commit that it is at
	Pending string // the merge that an earlier run did not end; empty: none

	rendered string            // the commit of the rendered branch
	paths    map[string]string // of the repository's own files
	dirty    []string          // what is not committed or not tracked
}

// indexFile is an index of our own, which takes the place of the repository's.
const indexFile = "mnemonix-index"

// ownFiles are the files of a repository that are looked at. The first ones
// say that something is going on.
var ownFiles = []string{
	"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "index.lock", "index", "objects",
	indexFile, indexFile + ".lock", "refs/heads/" + tools.RenderedBranch + ".lock", tools.PendingRef + ".lock",
}

// goingOn is what is in progress when such a file is there, and what ends it.
var goingOn = map[string][2]string{
	"MERGE_HEAD":       {"a merge", "commit --no-edit, or: git merge --abort"},
	"CHERRY_PICK_HEAD": {"a cherry-pick", "cherry-pick --continue, or: git cherry-pick --abort"},
	"REVERT_HEAD":      {"a revert", "revert --continue, or: git revert --abort"},
	"rebase-merge":     {"a rebase", "rebase --continue, or: git rebase --abort"},
	"rebase-apply":     {"a rebase", "rebase --continue, or: git rebase --abort"},
}

// Open looks at a repository, and refuses one that nothing can be merged into.
// It writes nothing.
func Open(ctx context.Context, runner run.Runner, folder, owner string) (Repository, error) {
	r := Repository{Runner: runner, Folder: folder, Owner: owner, paths: map[string]string{}}
	if _, err := runner.Stat(folder); err != nil {
		return r, steps.Problem{Text: "there is no flake in " + folder + ": " + err.Error(), Hint: "--flake DIR names the folder of the flake"}
	}
	for _, look := range []func(context.Context) error{r.place, r.progress, r.branch, r.renderedBranch, r.status} {
		if err := look(ctx); err != nil {
			return r, err
		}
	}
	return r, nil
}

// place makes sure that the folder is the top of a repository.
func (r *Repository) place(ctx context.Context) error {
	top, err := r.line(ctx, tools.GitTop(r.Folder))
	switch {
	case err != nil:
		return steps.Problem{Text: r.Folder + " is no git repository that can be read: " + said(err), Hint: "--flake DIR names the folder of a flake that mnemonix wrote"}
	case top != "":
		return steps.Problem{Text: r.Folder + " is a folder inside of a repository, and mnemonix keeps a flake in a repository of its own", Hint: "--flake " + path.Join(r.Folder, top)}
	}
	text, err := r.print(ctx, tools.GitPaths(r.Folder, ownFiles...))
	if err != nil {
		return err
	}
	names := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(names) != len(ownFiles) {
		return fmt.Errorf("git named %d paths where %d were expected", len(names), len(ownFiles))
	}
	for i, name := range names {
		if !path.IsAbs(name) {
			name = path.Join(r.Folder, name)
		}
		r.paths[ownFiles[i]] = name
	}
	return nil
}

// progress refuses a repository in which something else is going on.
func (r *Repository) progress(context.Context) error {
	for _, name := range ownFiles[:5] {
		if r.has(name) {
			what := goingOn[name]
			return steps.Problem{Text: what[0] + " is in progress in " + r.Folder, Hint: "end it first: git -C " + r.Folder + " " + what[1]}
		}
	}
	if r.has("index.lock") {
		return steps.Problem{
			Text: "another git is at work in " + r.Folder + ", or one was killed there",
			Hint: "wait until it has ended; if none runs: rm " + r.paths["index.lock"],
		}
	}
	return nil
}

func (r *Repository) has(name string) bool {
	_, err := r.Runner.Stat(r.paths[name])
	return err == nil
}

// branch finds the operator's branch.
func (r *Repository) branch(ctx context.Context) error {
	ref, err := r.line(ctx, tools.GitHead(r.Folder))
	if err != nil {
		return steps.Problem{Text: "no branch is checked out in " + r.Folder + ", but a commit (a detached HEAD)", Hint: "git -C " + r.Folder + " switch main, or whatever your branch is called"}
	}
	r.Branch = strings.TrimPrefix(ref, "refs/heads/")
	if r.Branch == tools.RenderedBranch {
		return steps.Problem{Text: "the branch " + tools.RenderedBranch + " is checked out in " + r.Folder + ", which is mnemonix's own", Hint: "git -C " + r.Folder + " switch main, or whatever your branch is called"}
	}
	if r.Head, err = r.line(ctx, tools.GitResolve(r.Folder, "HEAD^{commit}")); err != nil {
		return steps.Problem{Text: "the branch " + r.Branch + " in " + r.Folder + " has no commit yet", Hint: "--flake DIR names the folder of a flake that mnemonix wrote"}
	}
	return nil
}

// renderedBranch finds the tree as mnemonix wrote it, and what an earlier run
// left unfinished.
func (r *Repository) renderedBranch(ctx context.Context) error {
	var err error
	if r.rendered, err = r.line(ctx, tools.GitResolve(r.Folder, "refs/heads/"+tools.RenderedBranch+"^{commit}")); err != nil {
		problem := steps.Problem{
			Text: r.Folder + " has no branch " + tools.RenderedBranch + ": mnemonix did not write this flake, or the branch was not cloned",
			Hint: "fetch it from the machine that has it: git fetch REMOTE " + tools.RenderedBranch + ":" + tools.RenderedBranch,
		}
		if names, err := r.line(ctx, tools.GitRefs(r.Folder, "refs/remotes/*/"+tools.RenderedBranch)); err == nil && names != "" {
			first, _, _ := strings.Cut(names, "\n")
			problem.Hint = "git -C " + r.Folder + " branch " + tools.RenderedBranch + " " + first
		}
		return problem
	}
	if _, err := r.line(ctx, tools.GitMergeBase(r.Folder, r.Head, r.rendered)); err != nil {
		return steps.Problem{Text: "the branches " + r.Branch + " and " + tools.RenderedBranch + " in " + r.Folder + " have nothing in common", Hint: "the branch that mnemonix wrote is the one to merge into"}
	}
	pending, err := r.line(ctx, tools.GitResolve(r.Folder, tools.PendingRef+"^{commit}"))
	if err == nil {
		r.Pending = pending
	}
	return nil
}

// status finds what is not committed.
func (r *Repository) status(ctx context.Context) error {
	text, err := r.print(ctx, tools.GitStatus(r.Folder))
	if err != nil {
		return err
	}
	r.dirty = nil
	for entry := range strings.SplitSeq(text, "\x00") {
		if len(entry) < 4 {
			continue
		}
		if code := entry[:2]; strings.Contains(code, "U") || code == "AA" || code == "DD" {
			return steps.Problem{Text: entry[3:] + " in " + r.Folder + " has conflicts of an earlier merge", Hint: "resolve them, then: git -C " + r.Folder + " commit -a"}
		}
		r.dirty = append(r.dirty, entry[3:])
	}
	return nil
}

// Dirty says that a file has changes that are not committed.
func (r Repository) Dirty(name string) bool {
	for _, dirty := range r.dirty {
		if dirty == name {
			return true
		}
	}
	return false
}

// call is how git is called besides its arguments.
type call struct {
	env  []string
	text string // standard input
}

// run runs a command as the owner of the repository, and returns what it
// printed, also where it ends with another status than 0.
func (r Repository) run(ctx context.Context, command steps.Command, how call) (string, error) {
	result, err := r.Runner.Run(ctx, run.Command{Argv: command.Argv, Owner: r.Owner, Env: how.env, Text: how.text, Timeout: -1})
	return string(result.Stdout), err
}

func (r Repository) print(ctx context.Context, command steps.Command) (string, error) {
	return r.run(ctx, command, call{})
}

// line is what a command printed, without the line feed at its end.
func (r Repository) line(ctx context.Context, command steps.Command) (string, error) {
	text, err := r.print(ctx, command)
	return strings.TrimSpace(text), err
}

// said is the last line that a program wrote of its failure.
func said(err error) string {
	var failed *run.Error
	if errors.As(err, &failed) && failed.Last != "" {
		return failed.Last
	}
	return err.Error()
}

// answered says that the program ran and said no, by that status.
func answered(err error, status int) bool {
	var failed *run.Error
	return errors.As(err, &failed) && failed.Err == nil && failed.Status == status
}
