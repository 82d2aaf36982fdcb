package flow_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/clone"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// fleet is a person with words, whose machines are in one flake.
type fleet struct {
	t    *testing.T
	root *derive.Root
}

func newFleet(t *testing.T) fleet {
	t.Helper()
	for _, program := range []string{"git", "ssh-keygen", "prlimit"} {
		need.Program(t, program)
	}
	mnemonic, err := words.Parse(secret.FromString(phrase))
	if err != nil {
		t.Fatal(err)
	}
	root, err := derive.New(mnemonic, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(root.Wipe)
	return fleet{t, root}
}

// carry carries out what an installation does for its flake alone.
func (f fleet) carry(plan steps.Plan) {
	f.t.Helper()
	only := plan
	only.Actions = nil
	for _, action := range plan.Actions {
		if strings.HasPrefix(action.ID, "flake/") {
			only.Do(action)
		}
	}
	only = only.Sealed()
	runner := run.NewReal("", nil)
	journal, err := apply.OpenJournal(runner, filepath.Join(f.t.TempDir(), "journal"), only.Hash)
	if err != nil {
		f.t.Fatal(err)
	}
	builtins, err := flow.Builtins(runner, only, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	secrets := &steps.Secrets{Words: secret.FromString(phrase)}
	defer secrets.Wipe()
	if err := apply.Run(f.t.Context(), only, apply.Options{Runner: runner, Secrets: secrets, Journal: journal, Builtins: builtins}); err != nil {
		f.t.Fatal(err)
	}
}

// open clones a flake and believes it.
func (f fleet) open(source, base string) *clone.Clone {
	f.t.Helper()
	cloned, err := clone.Fetch(f.t.Context(), clone.Options{Runner: run.NewReal("", nil), Source: source, Base: base, Root: f.root})
	if err == nil {
		err = cloned.Read(f.t.Context())
	}
	if err != nil {
		f.t.Fatal(err)
	}
	if err := cloned.Untrusted(); err != nil {
		f.t.Fatal(err)
	}
	return cloned
}

// planned is the plan of a host in a flake, in the folder.
func (f fleet) planned(cloned *clone.Clone, list []steps.Step, name, folder string) steps.Plan {
	f.t.Helper()
	var in steps.Input
	planOf(f.t, "laptop-nvme-tpm", "snix", func(given *steps.Input) { in = *given })
	in.Answers.Host.Name, in.Answers.Host.KeyName, in.Folder = name, name, folder
	keys, err := format.NewPublicKeys(f.root, name, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	in.Keys = keys
	if cloned == nil {
		return flow.Plan(list, in)
	}
	before, hosts, err := cloned.Join(name)
	if err != nil {
		f.t.Fatal(err)
	}
	in.Joined, in.Hosts = before, hosts
	if in.Joined, err = cloned.Merge(f.t.Context(), *before, flow.Plan(list, in).Files, "secrets/"+name+".yaml"); err != nil {
		f.t.Fatal(err)
	}
	return flow.Plan(list, in)
}

func inFolder(t *testing.T, folder string, args ...string) string {
	t.Helper()
	output, err := exec.Command("git", append([]string{"-C", folder, "-c", "user.name=Eve", "-c", "user.email=eve@example.org"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, output)
	}
	return strings.TrimSpace(string(output))
}

// Three machines come into one flake, one after the other, with edits by hand
// in between, and one of them is rebuilt: each time the whole history is there,
// the edits are, everything is committed, and the tip is signed by the words.
func TestMachinesJoin(t *testing.T) {
	if testing.Short() {
		t.Skip("whole flakes that are joined: not in the inner loop")
	}
	f := newFleet(t)
	folders := map[string]string{}
	last := ""
	for i, name := range []string{"first", "second", "third", "second"} {
		folder := t.TempDir()
		var cloned *clone.Clone
		list := flow.Install()
		if last != "" {
			cloned = f.open(last, t.TempDir())
			if list = flow.Join(); folders[name] != "" {
				list = flow.Recover()
			}
		}
		plan := f.planned(cloned, list, name, folder)
		if len(plan.Blockers) > 0 {
			t.Fatalf("%s: %v", name, plan.Blockers)
		}
		if i == 2 { // the power was cut, and what lay in memory is gone
			if err := cloned.Remove(); err != nil {
				t.Fatal(err)
			}
		}
		f.carry(plan)
		if status := inFolder(t, folder, "status", "--porcelain"); status != "" {
			t.Errorf("%s: not committed: %s", name, status)
		}
		inFolder(t, folder, "fsck", "--strict", "--no-progress")
		if parents := strings.Fields(inFolder(t, folder, "log", "-1", "--format=%P", "main")); cloned != nil && (len(parents) != 2 || parents[0] != cloned.Tip.Commit) {
			t.Errorf("%s: the tip comes from %v", name, parents)
		}
		if cloned != nil && inFolder(t, folder, "rev-parse", tools.RenderedBranch+"^") != cloned.Rendered {
			t.Errorf("%s: what is rendered does not go on from %s", name, cloned.Rendered)
		}
		again := f.open(folder, t.TempDir())
		if _, there := again.Host(name); !there {
			t.Errorf("%s is not in its flake", name)
		}
		for _, file := range again.Present {
			if file.Path == "by-hand.nix" || strings.Contains(file.Content, "# by hand") {
				t.Errorf("%s: %s was not rendered", name, file.Path)
			}
		}
		if i > 0 {
			if text, err := os.ReadFile(filepath.Join(folder, "flake.nix")); err != nil || !strings.Contains(string(text), "# by hand") {
				t.Errorf("%s: the edit by hand is gone: %v", name, err)
			}
			if leads, err := os.Readlink(filepath.Join(folder, "by-hand.nix")); err != nil || leads != "flake.nix" {
				t.Errorf("%s: the link is gone: %v", name, err)
			}
			if text, err := os.ReadFile(filepath.Join(folder, "$picture")); err != nil || string(text) != "\xff\x00" {
				t.Errorf("%s: the picture is %q, %v", name, text, err)
			}
		}
		if i == 0 {
			byHand(t, folder)
			f.sign(folder)
		}
		folders[name], last = folder, folder
	}
	if merges := inFolder(t, last, "rev-list", "--count", "--merges", "main"); merges != "3" {
		t.Errorf("%s merges", merges)
	}
}

// byHand edits a flake as its operator would.
func byHand(t *testing.T, folder string) {
	t.Helper()
	file := filepath.Join(folder, "flake.nix")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{file: "# by hand\n" + string(text), filepath.Join(folder, "$picture"): "\xff\x00"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("flake.nix", filepath.Join(folder, "by-hand.nix")); err != nil {
		t.Fatal(err)
	}
	inFolder(t, folder, "add", "--all")
}

// sign commits what is staged, with the key of the words.
func (f fleet) sign(folder string) {
	f.t.Helper()
	keys, err := format.NewPublicKeys(f.root, "any", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	plan := f.planned(nil, flow.Install(), "first", folder)
	plan.Actions = []steps.Action{{
		ID: "flake/by-hand", Kind: steps.ActionBuiltin, Name: "commit", Folder: folder,
		Commands: []steps.Command{{Argv: []string{
			"git", "-C", folder, "-c", "user.name=Alice", "-c", "user.email=alice@example.org", "-c", "gpg.format=ssh",
			"-c", "user.signingKey=key::" + keys.User.Sign.Public, "commit", "--quiet", "--gpg-sign", "-m", "by hand",
		}}},
	}}
	f.carry(plan)
}

// A machine that takes a name of the flake without being meant is refused.
func TestNameInTheFlake(t *testing.T) {
	f := newFleet(t)
	folder := t.TempDir()
	f.carry(f.planned(nil, flow.Install(), "first", folder))
	cloned := f.open(folder, t.TempDir())
	before, hosts, err := cloned.Join("second")
	if err != nil {
		t.Fatal(err)
	}
	plan := planOf(t, "laptop-nvme-tpm", "snix", func(in *steps.Input) {
		in.Answers.Host.Name, in.Answers.Host.KeyName, in.Joined, in.Hosts = "second", "first", before, hosts
	})
	if len(plan.Blockers) == 0 || !strings.Contains(plan.Blockers[0].Text, "carry the name first already") {
		t.Errorf("%v", plan.Blockers)
	}
}
