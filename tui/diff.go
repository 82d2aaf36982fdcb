package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// ownFirst orders files for a reader: what was answered for this machine,
// then what is the same in every flake.
func ownFirst(files []steps.File) []steps.File {
	rank := func(file steps.File) int {
		for i, prefix := range []string{"hosts/common/", "hosts/", "lib/constants.nix", ".sops.yaml", "keys/", "secrets/"} {
			if strings.HasPrefix(file.Path, prefix) {
				if i == 0 {
					break
				}
				return i
			}
		}
		return 100
	}
	ordered := slices.Clone(files)
	slices.SortStableFunc(ordered, func(a, b steps.File) int { return rank(a) - rank(b) })
	return ordered
}

// diffFiles is the unified diff from the present files to those of the plan.
// Files that stay as they are do not appear.
func diffFiles(files []steps.File, present map[string]string) []string {
	var lines []string
	for _, file := range ownFirst(files) {
		before, there := present[file.Path]
		if there && before == file.Content && !file.Removed {
			continue
		}
		old, now := "a/"+file.Path, "b/"+file.Path
		if file.Removed {
			now = "/dev/null"
		}
		if !there {
			old = "/dev/null"
		}
		text := udiff.Unified(old, now, before, file.Content)
		if text == "" { // a file without content
			text = fmt.Sprintf("--- %s\n+++ %s\n", old, now)
		}
		lines = append(lines, strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)
	}
	return lines
}

// countFiles says how many files are new, how many differ and how many go.
func countFiles(files []steps.File, present map[string]string) (added, changed, removed int) {
	for _, file := range files {
		before, there := present[file.Path]
		switch {
		case file.Removed:
			removed++
		case !there:
			added++
		case before != file.Content:
			changed++
		}
	}
	return added, changed, removed
}

// fileCounts says how many files of which kind there are.
func fileCounts(files []steps.File, present map[string]string) string {
	added, changed, removed := countFiles(files, present)
	text := fmt.Sprintf("%d new, %d changed, ", added, changed)
	if removed > 0 {
		text += fmt.Sprintf("%d removed, ", removed)
	}
	return text + fmt.Sprintf("%d as they are", len(files)-added-changed-removed)
}

// files draws the diff. Long lines are cut: what a line is about stands at
// its beginning. Of a diff of thousands of lines only those that are seen
// are drawn.
func (r review) files(c canvas) []string {
	if len(r.diff) == 0 {
		return []string{c.theme.Dim.Render("no file changes")}
	}
	lines := make([]string, len(r.diff))
	top := min(r.scroll[sectionFiles], max(len(r.diff)-c.height, 0))
	for i := max(top-2, 0); i < min(top+c.height+2, len(r.diff)); i++ {
		line := r.diff[i]
		text := c.cut(oneLine(line))
		switch {
		case strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
			text = c.theme.Title.Render(text)
		case strings.HasPrefix(line, "@@"):
			text = c.theme.Bar.Render(text)
		case strings.HasPrefix(line, "+"):
			text = c.theme.Added.Render(text)
		case strings.HasPrefix(line, "-"):
			text = c.theme.Removed.Render(text)
		}
		lines[i] = text
	}
	return lines
}
