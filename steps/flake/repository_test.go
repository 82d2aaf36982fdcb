package flake_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/flake"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// tree is a folder with a rendered flake, and the actions that make it a
// repository.
type tree struct {
	*testing.T
	folder string
	action steps.Action // makes it
	end    steps.Action // names it
}

// of are the actions for that folder.
func (t tree) of(folder string, answers steps.Answers) tree {
	actions := flake.Actions(folder, answers, false, "")
	return tree{t.T, folder, actions[len(actions)-2], actions[len(actions)-1]}
}

// commands are those of both.
func (t tree) commands() []steps.Command { return slices.Concat(t.action.Commands, t.end.Commands) }

func newTree(t *testing.T) tree {
	t.Helper()
	need.Program(t, "git")
	folder := t.TempDir()
	for name, text := range map[string]string{"flake.nix": "{ }", ".gitignore": "result", "hosts/snix/answers.yaml": "host: {}"} {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return tree{T: t}.of(folder, steps.Answers{
		Host:       steps.Host{Name: "snix"},
		Users:      []steps.User{{Name: "alice", FullName: "Alice", Email: "alice@example.org", Operator: true}},
		Repository: steps.Repository{Remote: "git@git.example.org:alice/machines.git"},
	})
}

func (t tree) run(commands ...steps.Command) (string, error) {
	t.Helper()
	last := ""
	for _, command := range commands {
		result, err := run.NewReal("/", nil).Run(t.Context(), run.Command{Argv: command.Argv})
		if err != nil {
			return "", err
		}
		last = strings.TrimSpace(string(result.Stdout))
	}
	return last, nil
}

func (t tree) git(args ...string) string {
	t.Helper()
	said, err := t.run(steps.Command{Argv: append([]string{"git", "-C", t.folder}, args...)})
	if err != nil {
		t.Fatal(err)
	}
	return said
}

func (t tree) isDone() bool {
	t.Helper()
	said, err := t.run(t.action.Done.Commands...)
	return err == nil && said == t.action.Done.Prints
}

// isWhole looks at the repository as the installation and its operator do.
func (t tree) isWhole() {
	t.Helper()
	if _, err := t.run(append(t.end.Done.Commands, tools.GitFsck(t.folder), tools.GitCommitted(t.folder))...); err != nil || !t.isDone() {
		t.Errorf("called done: %v; %v", t.isDone(), err)
	}
	if said, err := t.run(tools.GitNothingElse(t.folder)); err != nil || said != "" {
		t.Errorf("status: %s, %v", said, err)
	}
	for _, ask := range [][]string{
		{"main", "symbolic-ref", "--short", "HEAD"},
		{"git@git.example.org:alice/machines.git", "remote", "get-url", "origin"},
		{".gitignore\nflake.nix\nhosts/snix/answers.yaml", "ls-tree", "-r", "--name-only", tools.RenderedBranch},
		{"1", "rev-list", "--count", "--all"},
		{"false", "config", "core.bare"},
	} {
		if said := t.git(ask[1:]...); said != ask[0] {
			t.Errorf("git %s says %q, want %q", ask[1:], said, ask[0])
		}
	}
	names, err := filepath.Glob(filepath.Join(t.folder, ".git*"))
	if err != nil || len(names) != 2 { // .git and .gitignore
		t.Errorf("%v, %v", names, err)
	}
}

// A folder inside of a repository is none itself.
func TestRepositoryInsideOfAnother(t *testing.T) {
	tree := newTree(t)
	tree.git("init", "--quiet")
	if tree.of(tree.folder+"/hosts/snix", steps.Answers{}).isDone() {
		t.Error("called done by the repository around it")
	}
}

func TestRepositoryIsGoneOnFromEveryCut(t *testing.T) {
	for cut := range newTree(t).commands() {
		tree := newTree(t)
		if _, err := tree.run(tree.commands()[:cut]...); err != nil {
			t.Fatal(err)
		}
		if tree.isDone() {
			t.Fatalf("cut %d: called done", cut)
		}
		if _, err := tree.run(tree.commands()...); err != nil {
			t.Fatalf("cut %d: %v", cut, err)
		}
		tree.isWhole()
	}
}

// What a git that was killed leaves, and a power cut: no git goes on from it.
func TestRepositoryThatIsTorn(t *testing.T) {
	for name, pattern := range map[string]string{
		"a lock":          "index.lock",
		"empty objects":   "objects/??/*",
		"an empty branch": "refs/heads/mnemonix/rendered",
		"an empty index":  "index",
		"no branch":       "HEAD",
	} {
		t.Run(name, func(t *testing.T) {
			tree := newTree(t)
			commands := tree.commands()
			if _, err := tree.run(commands[:len(commands)-2]...); err != nil {
				t.Fatal(err)
			}
			place := filepath.Join(tree.folder, ".git.mnemonix-part", pattern)
			torn, err := filepath.Glob(place)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(pattern, "*") {
				torn = []string{place}
			}
			for _, file := range torn {
				_ = os.Remove(file)
				if err := os.WriteFile(file, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := tree.run(commands[3], commands[4]); len(torn) == 0 || err == nil && name != "an empty index" {
				t.Fatalf("%d files are torn, and git goes on (%v)", len(torn), err)
			}
			if _, err := tree.run(commands...); err != nil {
				t.Fatal(err)
			}
			tree.isWhole()
		})
	}
}

// What the operator did is never written over: not by an action that is asked
// whether it is done, and not by one that is begun without a question.
func TestRepositoryOfTheOperatorStays(t *testing.T) {
	tree := newTree(t)
	if _, err := tree.run(tree.commands()...); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tree.folder, "flake.nix"), []byte("{ mine = 1; }"), 0o600); err != nil {
		t.Fatal(err)
	}
	tree.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--all", "--message", "by hand")
	if err := os.WriteFile(filepath.Join(tree.folder, "more.nix"), []byte("{ }"), 0o600); err != nil {
		t.Fatal(err)
	}
	tree.git("add", "more.nix")
	before := []string{tree.git("rev-parse", "HEAD"), tree.git("status", "--porcelain")}
	if !tree.isDone() {
		t.Error("what is there is not called done")
	}
	if _, err := tree.run(tree.commands()...); err == nil {
		t.Error("a repository that is there was replaced")
	}
	if after := []string{tree.git("rev-parse", "HEAD"), tree.git("status", "--porcelain", "--", ".", ":(exclude).git.mnemonix-part")}; !slices.Equal(before, after) {
		t.Errorf("before %q, after %q", before, after)
	}
	if text, err := os.ReadFile(filepath.Join(tree.folder, "flake.nix")); err != nil || string(text) != "{ mine = 1; }" {
		t.Errorf("flake.nix is %q, %v", text, err)
	}
}
