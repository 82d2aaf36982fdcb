package clone

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// What of a tree is taken into memory, and into a plan.
const (
	mostFiles = 20_000
	mostBytes = 32 << 20
)

// Read reads the flake of a clone that is believed: its files, its hosts, and
// what mnemonix rendered of it.
func (c *Clone) Read(ctx context.Context) error {
	var err error
	if c.Files, err = c.files(ctx, c.Tip.Commit); err != nil {
		return err
	}
	if c.Hosts, err = hostsOf(c.Files); err != nil {
		return err
	}
	if len(c.Hosts) == 0 || !slices.ContainsFunc(c.Files, func(file steps.File) bool { return file.Path == "lib/constants.nix" }) {
		return &Error{
			fmt.Errorf("%s is no flake of mnemonix: it has no lib/constants.nix, or no hosts/NAME/answers.yaml", c.Source),
			"a machine can join a flake that mnemonix wrote; --branch names another branch of it",
		}
	}
	if err := c.newestKey(); err != nil {
		return err
	}
	if c.Rendered, err = c.rendered(ctx); err != nil {
		return err
	}
	c.Present, err = c.files(ctx, c.Rendered)
	return err
}

// newestKey takes the trust back where the flake says that the key which
// signed was replaced: who has the old one could have signed too.
func (c *Clone) newestKey() error {
	if c.Trust != Signed {
		return nil
	}
	label, err := derive.User(derive.Sign, 0)
	if err != nil {
		return err
	}
	for _, file := range c.Files {
		if keys, err := format.ParsePublicKeys([]byte(file.Content)); err == nil && strings.HasPrefix(file.Path, "keys/") && keys.Generations[label.String()] > c.Signed {
			c.Trust = Replaced
		}
	}
	return nil
}

// rendered finds the last commit of what mnemonix rendered. Only what the tip
// holds counts: the tip's signature says nothing of another branch.
func (c *Clone) rendered(ctx context.Context) (string, error) {
	branches, err := c.branches(ctx)
	if err != nil {
		return "", err
	}
	if commit := branches[tools.RenderedBranch]; commit != "" {
		if _, err := c.git(ctx, tools.CloneHolds(c.repository(), commit, c.Tip.Commit)); err == nil {
			return commit, nil
		}
	}
	result, err := c.git(ctx, tools.CloneRendered(c.repository(), c.Tip.Commit))
	if err != nil {
		return "", err
	}
	if commit := strings.TrimSpace(string(result.Stdout)); commit != "" {
		return commit, nil
	}
	return "", &Error{
		fmt.Errorf("the history of %s does not hold what mnemonix rendered, so that a host could not be merged into it", c.Source),
		"was it squashed, or fetched with --depth? Name a clone with its whole history",
	}
}

// files reads the files of a commit.
func (c *Clone) files(ctx context.Context, commit string) ([]steps.File, error) {
	result, err := c.git(ctx, tools.CloneList(c.repository(), commit))
	if err != nil {
		return nil, err
	}
	entries, err := tools.ParseTree(result.Stdout)
	if err != nil {
		return nil, err
	}
	if err := c.check(entries); err != nil || len(entries) == 0 {
		return nil, err
	}
	blobs := make([]string, len(entries))
	for i, entry := range entries {
		blobs[i] = entry.Blob
	}
	if result, err = c.git(ctx, tools.CloneContents(c.repository(), blobs)); err != nil {
		return nil, err
	}
	contents, err := tools.ParseObjects(result.Stdout)
	if err != nil {
		return nil, err
	}
	if len(contents) != len(entries) {
		return nil, fmt.Errorf("git printed %d of %d files", len(contents), len(entries))
	}
	files := make([]steps.File, len(entries))
	for i, entry := range entries {
		if files[i], err = c.file(entry, contents[i]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(files, func(a, b steps.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// check refuses what is not taken into memory.
func (c *Clone) check(entries []tools.TreeEntry) error {
	if len(entries) > mostFiles {
		return &Error{fmt.Errorf("the flake in %s has %d files, more than %d", c.Source, len(entries), mostFiles), "keep what is no configuration elsewhere"}
	}
	var size int64
	for _, entry := range entries {
		if entry.Mode == "160000" {
			return &Error{fmt.Errorf("%s in the flake of %s is a submodule, another repository that nobody has signed here", probe.Shown(entry.Path), c.Source), "take it out of the flake, and sign that"}
		}
		if size += entry.Size; size > mostBytes {
			return &Error{fmt.Errorf("the files of the flake in %s have more than %d MiB", c.Source, mostBytes>>20), "keep pictures and films elsewhere"}
		}
	}
	return nil
}

// file is one file of a commit, where it can be one of a flake.
func (c *Clone) file(entry tools.TreeEntry, content []byte) (steps.File, error) {
	refuse := func(why string) (steps.File, error) {
		return steps.File{}, &Error{fmt.Errorf("%s in the flake of %s %s", probe.Shown(entry.Path), c.Source, why), "take it out of the flake, and sign that"}
	}
	file := steps.File{Path: entry.Path, Content: string(content), Mode: 0o644}
	switch {
	case !fs.ValidPath(entry.Path) || entry.Path != probe.Shown(entry.Path) || hidden(entry.Path):
		return refuse("is a path that leaves the flake, or that cannot be shown")
	case entry.Mode == "120000":
		if !inside(entry.Path, file.Content) {
			return refuse("is a symbolic link that leaves the flake: " + probe.Shown(file.Content))
		}
		file.Mode = steps.ModeLink
		return file, nil
	case entry.Mode == "100755":
		file.Mode = 0o755
	}
	if !utf8.Valid(content) {
		file.Content, file.Base64 = base64.StdEncoding.EncodeToString(content), true
	}
	return file, nil
}

// hidden says that a part of a path is git's own folder, in whatever spelling.
func hidden(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool {
		return strings.HasPrefix(strings.ToLower(part), ".git.") || strings.EqualFold(part, ".git")
	})
}

// inside says whether a link stays in the tree: upwards first and not beyond
// its top, then only downwards, so that no other link on its way can lead out.
func inside(name, target string) bool {
	if target == "" || path.IsAbs(target) || strings.ContainsRune(target, 0) || !utf8.ValidString(target) {
		return false
	}
	up, down := 0, false
	for part := range strings.SplitSeq(target, "/") {
		switch {
		case part == ".." && down:
			return false
		case part == "..":
			up++
		case part != "." && part != "":
			down = true
		}
	}
	return up <= strings.Count(name, "/") && !hidden(target)
}

// hostsOf reads the answers of all hosts.
func hostsOf(files []steps.File) ([]steps.Answers, error) {
	var hosts []steps.Answers
	for _, file := range files {
		name, ok := strings.CutPrefix(file.Path, "hosts/")
		name, answered := strings.CutSuffix(name, "/answers.yaml")
		if !ok || !answered || strings.Contains(name, "/") {
			continue
		}
		chosen, err := answers.Read([]byte(file.Content))
		if err != nil {
			return nil, &Error{fmt.Errorf("%s: %w", file.Path, err), "was it written by a newer mnemonix, or by hand?"}
		}
		if chosen.Host.Name != name {
			return nil, &Error{fmt.Errorf("%s holds the answers of %s", file.Path, chosen.Host.Name), "a host's folder has its name"}
		}
		hosts = append(hosts, chosen)
	}
	return hosts, nil
}

// Host returns the answers of a host of the flake.
func (c *Clone) Host(name string) (steps.Answers, bool) {
	i := slices.IndexFunc(c.Hosts, func(chosen steps.Answers) bool { return chosen.Host.Name == name })
	if i < 0 {
		return steps.Answers{}, false
	}
	return c.Hosts[i], true
}

// ErrOtherWords says that the flake's keys come from other words.
var ErrOtherWords = errors.New("the flake records the keys of other words")
