package change_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/change"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/need"
)

const own = "hosts/snix/answers.yaml"

// lines are a file whose lines are far enough apart for git.
func lines(changed ...string) string {
	text := make([]string, 12)
	for i := range text {
		text[i] = "line " + string(rune('a'+i))
	}
	for _, change := range changed {
		text[change[0]-'a'] = change[1:]
	}
	return strings.Join(text, "\n") + "\n"
}

// rendered is the tree as it is rendered at first.
func rendered() map[string]string {
	return map[string]string{
		own: "features: [a]\n", "lib/constants.nix": lines(), "modules/one.nix": "one\n", "modules/two.nix": "two\n",
		"bin/tool": "#!/bin/sh\n",
	}
}

func filesOf(content map[string]string) []steps.File {
	var files []steps.File
	for path, text := range content {
		mode := uint32(0o644)
		if strings.HasPrefix(path, "bin/") {
			mode = 0o755
		}
		files = append(files, steps.File{Path: path, Content: text, Mode: mode})
	}
	slices.SortFunc(files, func(a, b steps.File) int { return strings.Compare(a.Path, b.Path) })
	return files
}

// place is a repository of a flake.
type place struct {
	t      *testing.T
	folder string
}

func newPlace(t *testing.T) place {
	t.Helper()
	need.Program(t, "git")
	p := place{t, filepath.Join(t.TempDir(), "flake")}
	t.Setenv("HOME", t.TempDir())
	for path, text := range rendered() {
		p.write(path, text)
	}
	p.git("init", "--quiet", "--initial-branch=mnemonix/rendered")
	p.git("config", "user.name", "Alice")
	p.git("config", "user.email", "alice@example.org")
	p.git("add", "--all")
	p.git("commit", "--quiet", "--message=as rendered")
	p.git("switch", "--quiet", "--create=main")
	return p
}

func (p place) git(args ...string) string {
	p.t.Helper()
	output, err := exec.Command("git", append([]string{"-C", p.folder}, args...)...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return strings.TrimSpace(string(output))
}

func (p place) write(path, text string) {
	p.t.Helper()
	name := filepath.Join(p.folder, path)
	mode := fs.FileMode(0o644)
	if strings.HasPrefix(path, "bin/") {
		mode = 0o755
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), mode)); err != nil {
		p.t.Fatal(err)
	}
}

func (p place) remove(path string) {
	p.t.Helper()
	if err := os.Remove(filepath.Join(p.folder, path)); err != nil {
		p.t.Fatal(err)
	}
}

func (p place) commit() {
	p.t.Helper()
	p.git("add", "--all")
	p.git("commit", "--quiet", "--message=by hand")
}

// tree is all that lies in the folder.
func (p place) tree() map[string]string {
	p.t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(p.folder, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == ".git" {
			return filepath.SkipDir
		}
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		path, _ := filepath.Rel(p.folder, name)
		found[path] = string(text)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}

// state is all that counts of a repository.
func (p place) state() string {
	p.t.Helper()
	state := p.git("rev-parse", "main^{tree}", "mnemonix/rendered^{tree}") + "\n" + p.git("status", "--porcelain=v1", "--untracked-files=all") +
		"\n" + p.git("symbolic-ref", "HEAD") + "\n" + p.git("for-each-ref", "--format=%(refname)")
	p.git("fsck", "--strict", "--no-progress")
	return state
}

func (p place) open(runner run.Runner) (change.Repository, error) {
	return change.Open(p.t.Context(), runner, p.folder, "")
}

// do is a change as the command makes it: what an earlier one left is ended,
// the merge is computed, and carried out.
func (p place) do(ctx context.Context, runner run.Runner, stages ...change.Rendering) (steps.Merge, error) {
	r, err := change.Open(ctx, runner, p.folder, "")
	if err != nil {
		return steps.Merge{}, err
	}
	if r.Pending != "" {
		if err := r.Finish(ctx); err != nil {
			return steps.Merge{}, err
		}
		if r, err = change.Open(ctx, runner, p.folder, ""); err != nil {
			return steps.Merge{}, err
		}
	}
	merge, err := r.Merge(ctx, stages)
	if err != nil || !merge.Needed || len(merge.InTheWay) > 0 {
		return merge, err
	}
	return merge, change.Carrying{
		Repository: r, Merge: merge, Stages: stages, Name: "Alice", Email: "alice@example.org",
	}.Carry(ctx, nil)
}

// more is a rendering with these files in other words.
func more(changes map[string]string) change.Rendering {
	content := rendered()
	for path, text := range changes {
		if text == "" {
			delete(content, path)
		} else {
			content[path] = text
		}
	}
	return change.Rendering{Files: filesOf(content), Message: "with b"}
}

// feature is what a rendering with one more feature changes.
var feature = map[string]string{own: "features: [a b]\n", "lib/constants.nix": lines("cfeature b"), "modules/three.nix": "three\n", "modules/two.nix": ""}

func TestHandEditsSurvive(t *testing.T) {
	if testing.Short() {
		t.Skip("many merges: not in the inner loop")
	}
	for name, test := range map[string]struct {
		edit      func(p place)
		conflicts []string
		want      map[string]string // "": is gone
	}{
		"nothing by hand":   {edit: func(place) {}},
		"another line":      {func(p place) { p.write("lib/constants.nix", lines("kmine")); p.commit() }, nil, map[string]string{"lib/constants.nix": lines("cfeature b", "kmine")}},
		"the same line":     {func(p place) { p.write("lib/constants.nix", lines("cmine")); p.commit() }, []string{"lib/constants.nix"}, map[string]string{"lib/constants.nix": lines("cmine")}},
		"the same edit":     {func(p place) { p.write("lib/constants.nix", lines("cfeature b")); p.commit() }, nil, map[string]string{"lib/constants.nix": lines("cfeature b")}},
		"a file added":      {func(p place) { p.write("hosts/snix/mine.nix", "mine\n"); p.commit() }, nil, map[string]string{"hosts/snix/mine.nix": "mine\n"}},
		"a file deleted":    {func(p place) { p.remove("modules/one.nix"); p.commit() }, nil, map[string]string{"modules/one.nix": ""}},
		"the file deleted":  {func(p place) { p.remove("lib/constants.nix"); p.commit() }, []string{"lib/constants.nix"}, map[string]string{"lib/constants.nix": ""}},
		"the file moved":    {func(p place) { p.git("mv", "lib/constants.nix", "lib/mine.nix"); p.commit() }, nil, map[string]string{"lib/mine.nix": lines("cfeature b"), "lib/constants.nix": ""}},
		"what goes, edited": {func(p place) { p.write("modules/two.nix", "mine\n"); p.commit() }, []string{"modules/two.nix"}, map[string]string{"modules/two.nix": "mine\n"}},
		"added by both":     {func(p place) { p.write("modules/three.nix", "mine\n"); p.commit() }, []string{"modules/three.nix"}, map[string]string{"modules/three.nix": "mine\n"}},
		"not committed":     {func(p place) { p.write("modules/one.nix", "mine\n") }, nil, map[string]string{"modules/one.nix": "mine\n", "modules/three.nix": "three\n"}},
		"staged":            {func(p place) { p.write("modules/one.nix", "mine\n"); p.git("add", "--all") }, nil, map[string]string{"modules/one.nix": "mine\n", "modules/three.nix": "three\n"}},
		"not tracked":       {func(p place) { p.write("mine", "mine\n") }, nil, map[string]string{"mine": "mine\n", "modules/three.nix": "three\n"}},
		"mode":              {func(p place) { _ = os.Chmod(filepath.Join(p.folder, "lib/constants.nix"), 0o755); p.commit() }, nil, map[string]string{"lib/constants.nix": lines("cfeature b")}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			test.edit(p)
			before, status := p.tree(), p.git("status", "--porcelain=v1", "--untracked-files=all")
			head := p.git("rev-parse", "main")
			runner := run.NewReal("", nil)
			merge, err := p.do(t.Context(), runner, more(feature))
			if err != nil {
				t.Fatal(err)
			}
			var conflicts []string
			for _, conflict := range merge.Conflicts {
				conflicts = append(conflicts, conflict.Path)
			}
			if !slices.Equal(conflicts, test.conflicts) {
				t.Fatalf("conflicts in %v, want %v", merge.Conflicts, test.conflicts)
			}
			after := p.tree()
			for path, want := range test.want {
				if got := after[path]; got != want {
					t.Errorf("%s is %q, want %q", path, got, want)
				}
			}
			if got := p.git("status", "--porcelain=v1", "--untracked-files=all"); got != status {
				t.Errorf("git status says %q, and said %q", got, status)
			}
			p.git("fsck", "--strict", "--no-progress")
			if len(conflicts) > 0 {
				if !mapsEqual(before, after) || p.git("rev-parse", "main") != head {
					t.Error("something was written although there are conflicts")
				}
				if p.git("show", "mnemonix/rendered:modules/three.nix") != "three" {
					t.Error("the rendering is not on its branch")
				}
				return
			}
			if p.git("show", "main:"+own) != "features: [a b]" {
				t.Error("the change is not on the branch")
			}
			tip, rendering := p.git("rev-parse", "main"), p.git("rev-parse", "mnemonix/rendered")
			again, err := p.do(t.Context(), runner, more(feature))
			if err != nil || again.Needed {
				t.Errorf("a second run has something to do: %v, %v", again, err)
			}
			if p.git("rev-parse", "main") != tip || p.git("rev-parse", "mnemonix/rendered") != rendering {
				t.Error("an unchanged second run made a commit")
			}
		})
	}
}

func mapsEqual(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for key, value := range a {
		if b[key] != value {
			return false
		}
	}
	return true
}

// What is not committed and would be written to is in the way: nothing
// happens.
func TestInTheWay(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(p place)
		want string
	}{
		"edited":      {func(p place) { p.write("lib/constants.nix", lines("kmine")) }, "lib/constants.nix"},
		"staged":      {func(p place) { p.write("lib/constants.nix", lines("kmine")); p.git("add", "--all") }, "lib/constants.nix"},
		"deleted":     {func(p place) { p.remove("lib/constants.nix") }, "lib/constants.nix"},
		"not tracked": {func(p place) { p.write("modules/three.nix", "mine\n") }, "modules/three.nix"},
		"ignored":     {func(p place) { p.write(".git/info/exclude", "three.nix\n"); p.write("modules/three.nix", "mine\n") }, "modules/three.nix"},
		"said unchanged": {func(p place) {
			p.git("update-index", "--assume-unchanged", "lib/constants.nix")
			p.write("lib/constants.nix", lines("kmine"))
		}, "lib/constants.nix"},
		"a folder instead": {func(p place) { p.write("modules/three.nix/mine", "mine\n") }, "modules/three.nix"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			test.edit(p)
			before, refs := p.tree(), p.git("for-each-ref")
			merge, err := p.do(t.Context(), run.NewReal("", nil), more(feature))
			if err != nil || !slices.Equal(merge.InTheWay, []string{test.want}) {
				t.Errorf("in the way are %v, want %s (%v)", merge.InTheWay, test.want, err)
			}
			if !mapsEqual(before, p.tree()) || p.git("for-each-ref") != refs {
				t.Error("something was written")
			}
		})
	}
}

// The review computes, and leaves no trace in the repository.
func TestMergeWritesNothing(t *testing.T) {
	p := newPlace(t)
	p.write("lib/constants.nix", lines("kmine"))
	p.commit()
	all := func() string {
		output, err := exec.Command("find", p.folder, "-printf", "%p %T@ %s\n").Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(output)
	}
	r, err := p.open(run.NewReal("", nil))
	if err != nil {
		t.Fatal(err)
	}
	before := all()
	merge, err := r.Merge(t.Context(), []change.Rendering{more(feature)})
	if err != nil || !merge.Needed || len(merge.Files) != 4 {
		t.Fatalf("%+v, %v", merge, err)
	}
	if all() != before {
		t.Error("the repository is another after the merge was computed")
	}
}

// Answers that were edited by hand are what the rendering follows: their
// comments stay, and what was taken back by hand can be chosen again.
func TestAnswersEditedByHand(t *testing.T) {
	p := newPlace(t)
	runner := run.NewReal("", nil)
	if _, err := p.do(t.Context(), runner, more(feature)); err != nil {
		t.Fatal(err)
	}
	p.git("revert", "--no-edit", "HEAD")
	if p.git("show", "main:"+own) != "features: [a]" {
		t.Fatal("nothing was taken back")
	}
	as := more(nil)
	as.Keep = own
	merge, err := p.do(t.Context(), runner, as, more(feature))
	if err != nil || len(merge.Conflicts) > 0 {
		t.Fatalf("%v, %v", merge.Conflicts, err)
	}
	if tree := p.tree(); tree[own] != "features: [a b]\n" || tree["modules/three.nix"] == "" {
		t.Errorf("what was chosen again is not there: %v", tree)
	}
}

func TestRefused(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(p place)
		want string
	}{
		"detached":      {func(p place) { p.git("switch", "--quiet", "--detach") }, "detached HEAD"},
		"rendered":      {func(p place) { p.git("switch", "--quiet", "mnemonix/rendered") }, "mnemonix's own"},
		"not ours":      {func(p place) { p.git("branch", "--delete", "--force", "mnemonix/rendered") }, "has no branch mnemonix/rendered"},
		"no repository": {func(p place) { _ = os.RemoveAll(filepath.Join(p.folder, ".git")) }, "is no git repository"},
		"merging":       {func(p place) { p.write(".git/MERGE_HEAD", p.git("rev-parse", "HEAD")+"\n") }, "a merge is in progress"},
		"rebasing":      {func(p place) { p.write(".git/rebase-merge/done", "") }, "a rebase is in progress"},
		"locked":        {func(p place) { p.write(".git/index.lock", "") }, "another git is at work"},
		"unrelated": {func(p place) {
			p.git("switch", "--quiet", "--orphan", "other")
			p.git("commit", "--quiet", "--allow-empty", "--message=x")
		}, "nothing in common"},
		"without commit": {func(p place) { p.git("switch", "--quiet", "--orphan", "other") }, "no commit yet"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			test.edit(p)
			_, err := p.open(run.NewReal("", nil))
			var problem steps.Problem
			if !errors.As(err, &problem) || !strings.Contains(problem.Text, test.want) || problem.Hint == "" {
				t.Errorf("got %v, with the hint %q", err, problem.Hint)
			}
		})
	}
}

// cut is a machine that loses everything before a command, which is the same
// as right after the one before it.
type cut struct {
	run.Runner
	at    int
	calls int
}

var errCut = errors.New("killed")

func (c *cut) Run(ctx context.Context, command run.Command) (run.Result, error) {
	c.calls++
	if c.calls < c.at || c.at == 0 {
		return c.Runner.Run(ctx, command)
	}
	return run.Result{Status: -1}, &run.Error{Argv: command.Argv, Status: -1, Err: errCut}
}

// Killed before any program, a second run comes to the same end.
func TestKilledAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("a run for every place: not in the inner loop")
	}
	edit := func(p place) {
		p.write("lib/constants.nix", lines("kmine"))
		p.write("hosts/snix/mine.nix", "mine\n")
		p.commit()
		p.write("modules/one.nix", "not committed\n")
		p.write("notes", "not tracked\n")
	}
	p := newPlace(t)
	edit(p)
	straight := &cut{Runner: run.NewReal("", nil)}
	if _, err := p.do(t.Context(), straight, more(feature)); err != nil {
		t.Fatal(err)
	}
	want, tree := p.state(), p.tree()
	if straight.calls < 20 {
		t.Fatalf("only %d places to cut", straight.calls)
	}
	for at := 1; at <= straight.calls; at++ {
		p := newPlace(t)
		edit(p)
		_, _ = p.do(t.Context(), &cut{Runner: run.NewReal("", nil), at: at}, more(feature))
		if _, err := p.do(t.Context(), run.NewReal("", nil), more(feature)); err != nil {
			t.Fatalf("cut %d: %v", at, err)
		}
		if got := p.state(); got != want || !mapsEqual(p.tree(), tree) {
			t.Fatalf("cut %d: it came to\n%s\nwant\n%s", at, got, want)
		}
	}
}
