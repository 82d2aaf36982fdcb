package change

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Rendering is the flake as mnemonix writes it at one stage of a change.
type Rendering struct {
	Files   []steps.File
	Message string
	// Keep is a file that the operator's branch says itself what it is: where
	// the answers were edited by hand, the rendering follows them.
	Keep string
	// Woven is a file whose conflicts are no conflicts where the lines of both
	// can be put together so that Same says that they say what was rendered.
	Woven string
	Same  func(woven, rendered string) bool
}

// Merge computes what the renderings, one after the other, come to on the
// operator's branch. Git does that in a folder of its own, and the repository
// gets nothing.
func (r Repository) Merge(ctx context.Context, stages []Rendering) (merge steps.Merge, err error) {
	folder, err := r.line(ctx, steps.Command{Argv: scratch("mnemonix-merge")})
	if err != nil {
		return merge, err
	}
	defer func() {
		_, removing := r.print(context.WithoutCancel(ctx), steps.Command{Argv: []string{"rm", "--recursive", "--force", folder}})
		err = errors.Join(err, removing)
	}()
	how := call{env: []string{
		"GIT_OBJECT_DIRECTORY=" + folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + r.paths["objects"], "GIT_INDEX_FILE=" + folder + "/index",
	}}
	computed, err := r.compute(ctx, stages, how, func(tree, message string, parents ...string) (string, error) {
		text, err := r.run(ctx, tools.GitCommitTree(r.Folder, "mnemonix", "mnemonix@localhost", "", message, tree, parents...), how)
		return strings.TrimSpace(text), err
	})
	return computed.Merge, err
}

// computed is a merge with the commits that it is made of.
type computed struct {
	steps.Merge
	rendered string // the commit of the last rendering
}

// compute makes the trees of the renderings and of what they come to. commit
// stores the commits in between.
func (r Repository) compute(ctx context.Context, stages []Rendering, how call, commit func(tree, message string, parents ...string) (string, error)) (computed, error) {
	result := computed{rendered: r.rendered}
	result.Folder, result.Owner, result.Branch, result.Head, result.Rendered = r.Folder, r.Owner, r.Branch, r.Head, r.rendered
	head := r.Head
	for _, stage := range stages {
		tree, err := r.write(ctx, result.rendered, stage.Files, how)
		if err != nil {
			return result, err
		}
		result.Stages = append(result.Stages, steps.MergeStage{Tree: tree, Message: stage.Message})
		before, err := r.resolve(ctx, result.rendered+"^{tree}", how)
		if err != nil {
			return result, err
		}
		if tree != before {
			if result.rendered, err = commit(tree, stage.Message, result.rendered); err != nil {
				return result, err
			}
		}
		if len(result.Conflicts) > 0 {
			continue // the rendering goes on, the merge is the operator's
		}
		if head, err = r.mergeStage(ctx, stage, head, &result, how, commit); err != nil {
			return result, err
		}
	}
	var err error
	if result.Tree, err = r.resolve(ctx, head+"^{tree}", how); err != nil {
		return result, err
	}
	tree, err := r.resolve(ctx, r.Head+"^{tree}", how)
	if err != nil {
		return result, err
	}
	result.Needed = result.rendered != r.rendered || result.Tree != tree || len(result.Conflicts) > 0
	err = r.compare(ctx, &result, how)
	return result, err
}

// mergeStage merges the last rendering into the branch as it is by then, and
// returns the commit that this comes to.
func (r Repository) mergeStage(ctx context.Context, stage Rendering, head string, result *computed, how call, commit func(tree, message string, parents ...string) (string, error)) (string, error) {
	text, err := r.run(ctx, tools.GitMergeBase(r.Folder, head, result.rendered), how)
	if err != nil {
		return "", err
	}
	base := strings.TrimSpace(text)
	if base == result.rendered {
		return head, nil
	}
	if base == head && stage.Keep == "" {
		return result.rendered, nil
	}
	tree, conflicts, err := r.mergeTrees(ctx, head, result.rendered, how)
	if err != nil {
		return "", err
	}
	if stage.Keep != "" {
		conflicts = slices.DeleteFunc(conflicts, func(c steps.Conflict) bool { return c.Path == stage.Keep })
		entries, err := r.list(ctx, head, how)
		if err != nil {
			return "", err
		}
		if tree, err = r.alter(ctx, tree, map[string]entry{stage.Keep: entries[stage.Keep]}, how); err != nil {
			return "", err
		}
	}
	if tree, conflicts, err = r.woven(ctx, stage, head, tree, conflicts, how); err != nil {
		return "", err
	}
	result.Conflicts = conflicts
	return commit(tree, stage.Message, head, result.rendered)
}

// woven resolves the conflict of the one file that mnemonix knows to read.
func (r Repository) woven(ctx context.Context, stage Rendering, head, tree string, conflicts []steps.Conflict, how call) (string, []steps.Conflict, error) {
	at := slices.IndexFunc(conflicts, func(c steps.Conflict) bool { return c.Path == stage.Woven })
	rendered := slices.IndexFunc(stage.Files, func(file steps.File) bool { return file.Path == stage.Woven })
	if at < 0 || rendered < 0 || stage.Same == nil {
		return tree, conflicts, nil
	}
	entries, err := r.list(ctx, head, how)
	if err != nil {
		return "", nil, err
	}
	ours := entries[stage.Woven]
	if ours.mode != modeFile {
		return tree, conflicts, nil
	}
	contents, err := r.contents(ctx, []string{ours.object}, how)
	if err != nil {
		return "", nil, err
	}
	text, can := weave(contents[ours.object], stage.Files[rendered].Content)
	if !can || !stage.Same(text, stage.Files[rendered].Content) {
		return tree, conflicts, nil
	}
	how.text = text
	object, err := r.run(ctx, tools.GitWriteBlob(r.Folder), how)
	if err != nil {
		return "", nil, err
	}
	tree, err = r.alter(ctx, tree, map[string]entry{stage.Woven: {modeFile, strings.TrimSpace(object)}}, how)
	return tree, slices.Delete(conflicts, at, at+1), err
}

func (r Repository) resolve(ctx context.Context, revision string, how call) (string, error) {
	text, err := r.run(ctx, tools.GitResolve(r.Folder, revision), how)
	return strings.TrimSpace(text), err
}

// mergeTrees has git merge two commits.
func (r Repository) mergeTrees(ctx context.Context, ours, theirs string, how call) (string, []steps.Conflict, error) {
	text, err := r.run(ctx, tools.GitMergeTree(r.Folder, ours, theirs), how)
	switch {
	case answered(err, 1) && text != "":
	case answered(err, 129):
		return "", nil, steps.Problem{Text: "git here is too old to merge without touching files", Hint: "git 2.38 or newer is needed"}
	case err != nil:
		return "", nil, err
	}
	tree, conflicts := tools.ParseMerge([]byte(text))
	return tree, conflicts, nil
}

// compare finds the files that differ, and whether something that is not
// committed is in their way.
func (r Repository) compare(ctx context.Context, result *computed, how call) error {
	list, err := r.differences(ctx, r.Head, result.Tree, how)
	if err != nil {
		return err
	}
	var objects []string
	for _, differs := range list {
		for _, side := range []entry{differs.before, differs.after} {
			if side.mode == modeFile || side.mode == modeProgram {
				objects = append(objects, side.object)
			}
		}
	}
	contents, err := r.contents(ctx, objects, how)
	if err != nil {
		return err
	}
	result.Before = map[string]string{}
	marks := strings.NewReplacer("<<<<<<< "+r.Head, "<<<<<<< "+r.Branch, ">>>>>>> "+result.rendered, ">>>>>>> "+tools.RenderedBranch)
	for _, conflict := range result.Conflicts {
		for _, differs := range list {
			if differs.path == conflict.Path {
				contents[differs.after.object] = marks.Replace(contents[differs.after.object])
			}
		}
	}
	for _, differs := range list {
		file := steps.File{Path: differs.path, Content: contents[differs.after.object], Mode: modeOf(differs.after.mode)}
		if differs.after.mode == noMode {
			file.Mode, file.Removed = modeOf(differs.before.mode), true
		}
		result.Files = append(result.Files, file)
		if differs.before.mode != noMode {
			result.Before[differs.path] = contents[differs.before.object]
		}
	}
	if result.InTheWay, err = r.inTheWay(ctx, list); err != nil {
		return err
	}
	for _, name := range r.dirty {
		if !slices.Contains(result.InTheWay, name) {
			result.Uncommitted = append(result.Uncommitted, name)
		}
	}
	return nil
}

// inTheWay are the files that would be written to and are not as they were
// committed, by what git says and by what they hold.
func (r Repository) inTheWay(ctx context.Context, list []difference) ([]string, error) {
	var names, wanted []string
	var look strings.Builder
	for _, differs := range list {
		dirty := slices.ContainsFunc(r.dirty, func(name string) bool {
			return name == differs.path || strings.HasPrefix(name, differs.path+"/") || strings.HasPrefix(differs.path, name+"/")
		})
		_, err := r.Runner.Stat(path.Join(r.Folder, differs.path))
		there := err == nil
		switch was := differs.before.mode != noMode; {
		case dirty, was != there && !r.folderGoes(differs.path, list), strings.Contains(differs.path, "\n"):
			names = append(names, differs.path)
		case was && there:
			look.WriteString(differs.path + "\n")
			names, wanted = append(names, differs.path), append(wanted, differs.before.object)
		}
	}
	if len(wanted) == 0 {
		return names, nil
	}
	text, err := r.run(ctx, tools.GitHashFiles(r.Folder), call{text: look.String()})
	if err != nil {
		return nil, err
	}
	paths, objects := strings.Split(strings.TrimSuffix(look.String(), "\n"), "\n"), strings.Fields(text)
	for i, name := range paths {
		if i < len(objects) && objects[i] == wanted[i] {
			names = slices.DeleteFunc(names, func(other string) bool { return other == name })
		}
	}
	return names, nil
}

// folderGoes says that what stands at a path is a folder whose files all go.
func (r Repository) folderGoes(name string, list []difference) bool {
	return slices.ContainsFunc(list, func(other difference) bool {
		return other.after.mode == noMode && strings.HasPrefix(other.path, name+"/")
	})
}
