package change

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// entry is a file of a tree.
type entry struct {
	mode   string // 100644, 100755, 120000, 160000
	object string
}

const (
	modeFile    = "100644"
	modeProgram = "100755"
	noMode      = "000000"
)

// list are the files of a tree, by path.
func (r Repository) list(ctx context.Context, tree string, how call) (map[string]entry, error) {
	text, err := r.run(ctx, tools.GitListTree(r.Folder, tree), how)
	if err != nil {
		return nil, err
	}
	entries, err := tools.ParseTree([]byte(text))
	if err != nil {
		return nil, err
	}
	files := map[string]entry{}
	for _, one := range entries {
		files[one.Path] = entry{mode: one.Mode, object: one.Blob}
	}
	return files, nil
}

// contents are what the objects hold.
func (r Repository) contents(ctx context.Context, objects []string, how call) (map[string]string, error) {
	contents := map[string]string{}
	slices.Sort(objects)
	objects = slices.Compact(objects)
	if len(objects) == 0 {
		return contents, nil
	}
	how.text = tools.ObjectNames(objects)
	text, err := r.run(ctx, tools.GitReadObjects(r.Folder), how)
	if err != nil {
		return nil, err
	}
	list, err := tools.ParseObjects([]byte(text))
	if err != nil {
		return nil, err
	}
	if len(list) != len(objects) {
		return nil, fmt.Errorf("read %d objects of %s: git printed %d", len(objects), r.Folder, len(list))
	}
	for i, object := range objects {
		contents[object] = string(list[i])
	}
	return contents, nil
}

// files reads all files of a tree. Links and repositories inside are left out:
// mnemonix writes none.
func (r Repository) files(ctx context.Context, tree string, how call) ([]steps.File, error) {
	entries, err := r.list(ctx, tree, how)
	if err != nil {
		return nil, err
	}
	var objects []string
	for _, entry := range entries {
		if entry.mode == modeFile || entry.mode == modeProgram {
			objects = append(objects, entry.object)
		}
	}
	contents, err := r.contents(ctx, objects, how)
	if err != nil {
		return nil, err
	}
	var files []steps.File
	for path, entry := range entries {
		if content, is := contents[entry.object]; is {
			files = append(files, steps.File{Path: path, Content: content, Mode: modeOf(entry.mode)})
		}
	}
	slices.SortFunc(files, func(a, b steps.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

func modeOf(mode string) uint32 {
	if mode == modeProgram {
		return 0o755
	}
	return 0o644
}

func gitMode(mode uint32) string {
	if mode&0o100 != 0 {
		return modeProgram
	}
	return modeFile
}

// Rendered are the files as mnemonix wrote them last.
func (r Repository) Rendered(ctx context.Context) ([]steps.File, error) {
	return r.files(ctx, r.rendered, call{})
}

// Committed reads one file of the operator's branch; one that is not there
// wraps fs.ErrNotExist.
func (r Repository) Committed(ctx context.Context, name string) (string, error) {
	entries, err := r.list(ctx, r.Head, call{})
	if err != nil {
		return "", err
	}
	found, is := entries[name]
	if !is {
		return "", fmt.Errorf("%s on %s: %w", name, r.Branch, fs.ErrNotExist)
	}
	contents, err := r.contents(ctx, []string{found.object}, call{})
	return contents[found.object], err
}

// Hosts are the names of the hosts of the operator's branch.
func (r Repository) Hosts(ctx context.Context) ([]string, error) {
	entries, err := r.list(ctx, r.Head, call{})
	if err != nil {
		return nil, err
	}
	var names []string
	for path := range entries {
		name, is := strings.CutPrefix(path, "hosts/")
		if name, found := strings.CutSuffix(name, "/answers.yaml"); is && found && !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// write stores files as a tree, beginning with the tree that they are most
// like.
func (r Repository) write(ctx context.Context, from string, files []steps.File, how call) (string, error) {
	before, err := r.list(ctx, from, how)
	if err != nil {
		return "", err
	}
	var objects []string
	for _, entry := range before {
		if entry.mode == modeFile || entry.mode == modeProgram {
			objects = append(objects, entry.object)
		}
	}
	contents, err := r.contents(ctx, objects, how)
	if err != nil {
		return "", err
	}
	changes := map[string]entry{}
	for _, file := range files {
		old, is := before[file.Path]
		delete(before, file.Path)
		content, known := contents[old.object]
		if is && known && content == file.Content && old.mode == gitMode(file.Mode) {
			continue
		}
		how.text = file.Content
		object, err := r.run(ctx, tools.GitWriteBlob(r.Folder), how)
		if err != nil {
			return "", err
		}
		changes[file.Path] = entry{gitMode(file.Mode), strings.TrimSpace(object)}
	}
	for path := range before {
		changes[path] = entry{mode: noMode}
	}
	return r.alter(ctx, from, changes, how)
}

// alter stores a tree that differs from another by some files. The index that
// this takes is the one of how.
func (r Repository) alter(ctx context.Context, from string, changes map[string]entry, how call) (string, error) {
	how.text = ""
	if _, err := r.run(ctx, tools.GitReadTree(r.Folder, from), how); err != nil {
		return "", err
	}
	how.text = indexInfo(changes)
	if _, err := r.run(ctx, tools.GitUpdateIndex(r.Folder), how); err != nil {
		return "", err
	}
	how.text = ""
	tree, err := r.run(ctx, tools.GitWriteTree(r.Folder), how)
	return strings.TrimSpace(tree), err
}

// indexInfo are entries as git update-index takes them. What goes comes first:
// a file may become a folder.
func indexInfo(changes map[string]entry) string {
	var gone, there []string
	for path, entry := range changes {
		if entry.mode == noMode {
			gone = append(gone, "0 "+strings.Repeat("0", 40)+"\t"+path+"\x00")
		} else {
			there = append(there, entry.mode+" "+entry.object+"\t"+path+"\x00")
		}
	}
	slices.Sort(gone)
	slices.Sort(there)
	return strings.Join(append(gone, there...), "")
}

// difference is a file that differs between two trees.
type difference struct {
	path          string
	before, after entry
}

// differences lists what differs between two trees.
func (r Repository) differences(ctx context.Context, before, after string, how call) ([]difference, error) {
	text, err := r.run(ctx, tools.GitDiffTree(r.Folder, before, after), how)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(strings.TrimSuffix(text, "\x00"), "\x00")
	if text == "" {
		return nil, nil
	}
	var list []difference
	for i := 0; i+1 < len(parts); i += 2 {
		fields := strings.Fields(strings.TrimPrefix(parts[i], ":"))
		if len(fields) != 5 {
			return nil, errors.New("git diff-tree printed " + strconv.Quote(parts[i]))
		}
		list = append(list, difference{parts[i+1], entry{fields[0], fields[2]}, entry{fields[1], fields[3]}})
	}
	return list, nil
}
