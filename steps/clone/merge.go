package clone

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Join is what a plan has to know of the clone for a host: before the merge.
// The hosts beside it are those of what mnemonix rendered.
func (c *Clone) Join(host string) (*steps.Joined, []steps.Answers, error) {
	_, rebuilt := c.Host(host)
	hosts, err := hostsOf(c.Present)
	if err != nil {
		return nil, nil, err
	}
	hosts = slices.DeleteFunc(hosts, func(chosen steps.Answers) bool { return chosen.Host.Name == host })
	return &steps.Joined{
		Rebuilt: rebuilt, Present: c.Present,
		Origin: steps.Origin{Source: c.Source, Branch: c.Branch, Tip: c.Tip.Commit, Rendered: c.Rendered, Clone: c.repository()},
	}, hosts, nil
}

// Merge merges what mnemonix renders now into the operator's branch, in
// memory: git's own three-way merge, with what mnemonix rendered before as the
// base.
func (c *Clone) Merge(ctx context.Context, joined steps.Joined, rendered []steps.File, secrets string) (*steps.Joined, error) {
	entries, err := c.blobs(ctx, rendered)
	if err != nil {
		return nil, err
	}
	for _, command := range tools.MergeStage(c.repository(), entries) {
		if _, err := c.git(ctx, command); err != nil {
			return nil, err
		}
	}
	tree, err := c.line(ctx, tools.MergeTree(c.repository()))
	if err != nil {
		return nil, err
	}
	commit, err := c.line(ctx, tools.MergeCommit(c.repository(), tree, c.Rendered))
	if err != nil {
		return nil, err
	}
	result, err := c.git(ctx, tools.CloneMerge(c.repository(), c.Tip.Commit, commit))
	var failed *run.Error
	if err != nil && (!errors.As(err, &failed) || failed.Status != 1 || failed.Err != nil) {
		return nil, fmt.Errorf("merge the host into the flake: %w", err)
	}
	joined.Conflicts = nil
	merged, conflicts := tools.ParseMerge(result.Stdout)
	for _, conflict := range conflicts {
		joined.Conflicts = append(joined.Conflicts, conflict.Path)
	}
	if joined.Merged, err = c.files(ctx, merged); err != nil {
		return nil, err
	}
	joined.Origin.Differs, joined.Origin.Missing = differences(rendered, joined.Merged, secrets)
	return &joined, nil
}

// blobs keeps the contents of files, and names them.
func (c *Clone) blobs(ctx context.Context, files []steps.File) ([]tools.TreeEntry, error) {
	folder := path.Join(c.folder, "rendered")
	if err := errors.Join(c.runner.RemoveAll(folder), c.runner.MkdirAll(folder, 0o700)); err != nil {
		return nil, err
	}
	var names strings.Builder
	for i, file := range files {
		name := path.Join(folder, fmt.Sprint(i))
		if err := c.runner.PutFile(name, file.Bytes(), 0o600); err != nil {
			return nil, err
		}
		names.WriteString(name + "\n")
	}
	result, err := c.git(ctx, tools.MergeBlobs(c.repository(), names.String()))
	if err != nil {
		return nil, err
	}
	blobs := strings.Fields(string(result.Stdout))
	if len(blobs) != len(files) {
		return nil, fmt.Errorf("git kept %d of %d files", len(blobs), len(files))
	}
	entries := make([]tools.TreeEntry, len(files))
	for i, file := range files {
		entries[i] = tools.TreeEntry{Mode: fmt.Sprintf("%o", 0o100000|file.Mode), Blob: blobs[i], Path: file.Path}
	}
	return entries, nil
}

// line is what a git prints on its only line.
func (c *Clone) line(ctx context.Context, command steps.Command) (string, error) {
	result, err := c.git(ctx, command)
	return strings.TrimSpace(string(result.Stdout)), err
}

// differences are the files that mnemonix renders otherwise than they are in
// the merged tree, and those of the tree that it does not render. The host's
// secrets are made or kept when the plan is carried out, and are the same in
// both.
func differences(rendered, merged []steps.File, secrets string) (differs []steps.File, missing []string) {
	there := map[string]steps.File{}
	for _, file := range merged {
		there[file.Path] = file
	}
	for _, file := range rendered {
		if there[file.Path] != file && file.Path != secrets {
			differs = append(differs, file)
		}
		delete(there, file.Path)
	}
	for name := range there {
		if name != secrets {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return differs, missing
}
