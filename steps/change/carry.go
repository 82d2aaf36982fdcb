package change

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Carrying is a merge that was reviewed, and who makes its commits.
type Carrying struct {
	Repository Repository
	Merge      steps.Merge // as it was reviewed
	Stages     []Rendering
	Name       string // of the person
	Email      string
	Signer     string // the public key that signs; empty: nobody does
}

// Carry commits the renderings to the branch mnemonix/rendered and merges them
// into the operator's branch. Where there are conflicts it leaves the second
// to the operator. env is what git needs to sign.
func (c Carrying) Carry(ctx context.Context, env []string) error {
	r, err := Open(ctx, c.Repository.Runner, c.Repository.Folder, c.Repository.Owner)
	if err != nil {
		return err
	}
	if r.Head != c.Merge.Head || r.Branch != c.Merge.Branch || r.rendered != c.Merge.Rendered || r.Pending != "" {
		return r.otherwise()
	}
	if err := r.clear(ctx); err != nil {
		return err
	}
	how := call{env: []string{"GIT_INDEX_FILE=" + r.paths[indexFile]}}
	commit := func(tree, message string, parents ...string) (string, error) {
		text, err := r.run(ctx, tools.GitCommitTree(r.Folder, c.Name, c.Email, c.Signer, message, tree, parents...), call{env: env})
		return strings.TrimSpace(text), err
	}
	done, err := r.compute(ctx, c.Stages, how, commit)
	switch {
	case err != nil:
		return err
	case !slices.Equal(done.Stages, c.Merge.Stages), len(done.Conflicts) != len(c.Merge.Conflicts),
		len(done.Conflicts) == 0 && done.Tree != c.Merge.Tree: // the marks of a conflict name commits, which have a date
		return r.otherwise()
	case len(done.InTheWay) > 0:
		return inTheWay(r.Folder, done.InTheWay)
	}
	refs := fmt.Sprintf("update refs/heads/%s %s %s\n", tools.RenderedBranch, done.rendered, r.rendered)
	if len(done.Conflicts) > 0 {
		r.Runner.Sync()
		_, err := r.run(ctx, tools.GitUpdateRefs(r.Folder, "mnemonix change"), call{text: refs})
		return err
	}
	// Where nothing was edited by hand there is nothing to merge.
	last := done.rendered
	if base, err := r.line(ctx, tools.GitMergeBase(r.Folder, r.Head, last)); err != nil {
		return err
	} else if base != r.Head || done.Tree != done.Stages[len(done.Stages)-1].Tree || len(c.Stages) > 1 {
		if last, err = commit(done.Tree, c.Stages[len(c.Stages)-1].Message, r.Head, done.rendered); err != nil {
			return err
		}
	}
	r.Runner.Sync()
	refs += fmt.Sprintf("create %s %s\n", tools.PendingRef, last)
	if _, err := r.run(ctx, tools.GitUpdateRefs(r.Folder, "mnemonix change"), call{text: refs}); err != nil {
		return err
	}
	r.Pending = last
	return r.Finish(ctx)
}

func (r Repository) otherwise() error {
	return steps.Problem{Text: "the repository " + r.Folder + " is not as it was at the review", Hint: "run mnemonix change again"}
}

// inTheWay is what is said of files that are not overwritten.
func inTheWay(folder string, names []string) steps.Problem {
	verb := "has changes that are not committed, and the change would write to it"
	if len(names) > 1 {
		verb = "have changes that are not committed, and the change would write to them"
	}
	return steps.Problem{
		Text: strings.Join(names, ", ") + " in " + folder + " " + verb,
		Hint: "commit them: git -C " + folder + " add --all && git -C " + folder + " commit; or put them aside: git -C " + folder + " stash --include-untracked",
	}
}

// clear removes what a run of ours that was killed may have left.
func (r Repository) clear(ctx context.Context) error {
	argv := []string{"rm", "--force"}
	for _, name := range ownFiles {
		if strings.HasPrefix(name, indexFile) || strings.Contains(name, "mnemonix") && strings.HasSuffix(name, ".lock") {
			argv = append(argv, r.paths[name])
		}
	}
	_, err := r.print(ctx, steps.Command{Argv: argv})
	return err
}

// Finish carries a merge that was decided to the files, the index and, last,
// the operator's branch. All of it may be done more than once.
func (r Repository) Finish(ctx context.Context) error {
	from, err := r.resolve(ctx, r.Pending+"^1", call{})
	if err != nil {
		return err
	}
	if r.Head != from {
		return steps.Problem{
			Text: "an earlier change of " + r.Folder + " was interrupted, and " + r.Branch + " has moved since",
			Hint: "merge it yourself: git -C " + r.Folder + " merge " + r.Pending[:12] + "; then: git -C " + r.Folder + " update-ref -d " + tools.PendingRef,
		}
	}
	if err := r.clear(ctx); err != nil {
		return err
	}
	list, err := r.differences(ctx, from, r.Pending, call{})
	if err != nil {
		return err
	}
	if err := r.halfDone(ctx, list); err != nil {
		return err
	}
	if err := r.checkOut(ctx, list); err != nil {
		return err
	}
	r.Runner.Sync()
	refs := fmt.Sprintf("update refs/heads/%s %s %s\ndelete %s %s\n", r.Branch, r.Pending, from, tools.PendingRef, r.Pending)
	_, err = r.run(ctx, tools.GitUpdateRefs(r.Folder, "mnemonix change"), call{text: refs})
	return err
}

// halfDone makes sure that every file is as it was before or as it will be, or
// a beginning of that: anything else was edited in the meantime.
func (r Repository) halfDone(ctx context.Context, list []difference) error {
	var objects []string
	for _, differs := range list {
		for _, side := range []entry{differs.before, differs.after} {
			if side.mode != noMode {
				objects = append(objects, side.object)
			}
		}
	}
	contents, err := r.contents(ctx, objects, call{})
	if err != nil {
		return err
	}
	var edited []string
	for _, differs := range list {
		present, err := r.Runner.ReadFile(path.Join(r.Folder, differs.path))
		if err != nil {
			continue // gone, or not there yet, or a folder that has to give way
		}
		was := differs.before.mode != noMode && string(present) == contents[differs.before.object]
		will := differs.after.mode != noMode && strings.HasPrefix(contents[differs.after.object], string(present))
		if !was && !will {
			edited = append(edited, differs.path)
		}
	}
	if len(edited) > 0 {
		return steps.Problem{
			Text: "an earlier change was interrupted, and edited since: " + strings.Join(edited, ", ") + " in " + r.Folder,
			Hint: "keep a copy of your edit elsewhere and put back what is committed: git -C " + r.Folder + " checkout HEAD -- " + strings.Join(edited, " "),
		}
	}
	return nil
}

// checkOut writes the files and puts an index in the place of the
// repository's that knows them. What else was staged stays staged.
func (r Repository) checkOut(ctx context.Context, list []difference) error {
	entries := map[string]entry{}
	var gone, folders []string
	var there strings.Builder
	for _, differs := range list {
		entries[differs.path] = differs.after
		if differs.after.mode != noMode {
			there.WriteString(differs.path + "\x00")
			continue
		}
		gone = append(gone, path.Join(r.Folder, differs.path))
		if folder := path.Dir(differs.path); folder != "." {
			folders = append(folders, folder)
		}
	}
	how := call{env: []string{"GIT_INDEX_FILE=" + r.paths[indexFile]}}
	does := func(command steps.Command, text string) error {
		how.text = text
		_, err := r.run(ctx, command, how)
		return err
	}
	if err := does(steps.Command{Argv: []string{"cp", "--force", r.paths["index"], r.paths[indexFile]}}, ""); err != nil {
		return err
	}
	if err := does(tools.GitUpdateIndex(r.Folder), indexInfo(entries)); err != nil {
		return err
	}
	if len(gone) > 0 {
		if err := does(steps.Command{Argv: append([]string{"rm", "--force", "--"}, gone...)}, ""); err != nil {
			return err
		}
	}
	if len(folders) > 0 {
		// A folder that still holds something, or is gone, stays as it is.
		_ = does(steps.Command{Argv: append([]string{"env", "--chdir=" + r.Folder, "rmdir", "--parents", "--ignore-fail-on-non-empty", "--"}, folders...)}, "")
	}
	if err := does(tools.GitCheckoutIndex(r.Folder), there.String()); err != nil {
		return err
	}
	return does(steps.Command{Argv: []string{"mv", "--force", r.paths[indexFile], r.paths["index"]}}, "")
}
