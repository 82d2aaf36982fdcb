package tools

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// TreeEntry is one file of a tree.
type TreeEntry struct {
	Mode string // 100644, 100755, 120000 (a symbolic link) or 160000 (a submodule)
	Blob string
	Size int64
	Path string
}

// listTree lists the files of a tree or a commit; ParseTree reads it.
// Source: git-ls-tree(1).
func listTree(tree string) []string {
	return []string{"ls-tree", "-r", "-z", "--long", "--full-tree", tree}
}

// ParseTree reads what git ls-tree printed.
func ParseTree(output []byte) ([]TreeEntry, error) {
	var list []TreeEntry
	for record := range bytes.SplitSeq(output, []byte{0}) {
		if len(record) == 0 {
			continue
		}
		head, name, ok := strings.Cut(string(record), "\t")
		fields := strings.Fields(head)
		if !ok || len(fields) != 4 {
			return nil, fmt.Errorf("read the output of git ls-tree: %q", record)
		}
		entry := TreeEntry{Mode: fields[0], Blob: fields[2], Path: name}
		if fields[3] != "-" {
			size, err := strconv.ParseInt(fields[3], 10, 64)
			if err != nil || size < 0 {
				return nil, fmt.Errorf("read the output of git ls-tree: %q", record)
			}
			entry.Size = size
		}
		list = append(list, entry)
	}
	return list, nil
}

// readObjects prints the objects whose names stand on standard input, each with
// its size; ParseObjects reads it.
// Source: git-cat-file(1), BATCH OUTPUT.
var readObjects = []string{"cat-file", "--batch"}

// ObjectNames are the objects as standard input has to name them.
func ObjectNames(objects []string) string { return strings.Join(objects, "\n") + "\n" }

// ParseObjects returns the contents in the order in which they were asked for.
func ParseObjects(output []byte) ([][]byte, error) {
	var list [][]byte
	for len(output) > 0 {
		line, rest, ok := bytes.Cut(output, []byte{'\n'})
		fields := strings.Fields(string(line))
		if !ok || len(fields) != 3 {
			return nil, fmt.Errorf("read the output of git cat-file: %q", line)
		}
		size, err := strconv.Atoi(fields[2])
		if err != nil || size < 0 || size >= len(rest) {
			return nil, fmt.Errorf("read the output of git cat-file: %q", line)
		}
		list = append(list, rest[:size])
		output = rest[size+1:]
	}
	return list, nil
}

// mergeTree merges two commits without touching index or work tree; ParseMerge
// reads it. It ends with 1 where they collide; then the tree holds the marks of
// the conflicts.
// Source: git-merge-tree(1), --write-tree; git 2.38 and later.
func mergeTree(ours, theirs string) []string {
	return []string{
		"-c", "merge.conflictStyle=merge", "-c", "merge.renames=true",
		"merge-tree", "--write-tree", "-z", "--name-only", "--messages", ours, theirs,
	}
}

// ParseMerge reads what git merge-tree prints: the tree, the files with
// conflicts, and what git has to say, each with the files that it is about.
// Source: git-merge-tree(1), OUTPUT.
func ParseMerge(output []byte) (tree string, conflicts []steps.Conflict) {
	parts := strings.Split(string(output), "\x00")
	tree, parts = strings.TrimSpace(parts[0]), parts[1:]
	for len(parts) > 0 && parts[0] != "" {
		conflicts = append(conflicts, steps.Conflict{Path: parts[0]})
		parts = parts[1:]
	}
	for len(parts) > 1 {
		parts = parts[1:]
		count, err := strconv.Atoi(parts[0])
		if err != nil || count < 0 || count > len(parts)-3 {
			break
		}
		paths, kind, said := parts[1:1+count], parts[1+count], parts[2+count]
		parts = parts[2+count:]
		if !strings.HasPrefix(kind, "CONFLICT") {
			continue
		}
		for i := range conflicts {
			if slices.Contains(paths, conflicts[i].Path) && conflicts[i].Text == "" {
				conflicts[i].Text = strings.TrimSpace(said)
			}
		}
	}
	for i := range conflicts {
		if conflicts[i].Text == "" {
			conflicts[i].Text = "your edit and the change meet in " + conflicts[i].Path
		}
	}
	return tree, conflicts
}
