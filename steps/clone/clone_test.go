package clone_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/clone"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

var (
	mine   = strings.Repeat("abandon ", 23) + "art"
	others = strings.Repeat("zoo ", 23) + "vote"
)

func root(t *testing.T, phrase string) *derive.Root {
	t.Helper()
	mnemonic, err := words.Parse(secret.FromString(phrase))
	if err != nil {
		t.Fatal(err)
	}
	made, err := derive.New(mnemonic, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.Wipe)
	return made
}

// host are the answers of one of the guide's hosts, by another name.
func host(t *testing.T, name string) steps.Answers {
	t.Helper()
	text, err := assets.Examples.ReadFile("examples/wintv.yaml")
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := answers.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	chosen.Host.Name, chosen.Host.KeyName = name, name
	return chosen
}

func rendered(t *testing.T, in render.Input) []steps.File {
	t.Helper()
	files, err := render.Tree(in)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func keysOf(t *testing.T, root *derive.Root, name string, generations format.Generations) *format.PublicKeys {
	t.Helper()
	keys, err := format.NewPublicKeys(root, name, generations)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// origin is a flake with one host, as an installation leaves it.
type origin struct {
	t      *testing.T
	folder string
}

func newOrigin(t *testing.T, signer *derive.Root) origin {
	t.Helper()
	for _, program := range []string{"git", "ssh-keygen", "prlimit"} {
		need.Program(t, program)
	}
	o := origin{t, t.TempDir()}
	id := signer.IDs().Words
	if made, there := origins[id]; there {
		if output, err := exec.Command("cp", "--archive", made+"/.", o.folder).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		return o
	}
	chosen := host(t, "first")
	keys := keysOf(t, root(t, mine), "first", nil)
	for _, file := range rendered(t, render.Input{Answers: chosen, Keys: keys}) {
		o.write(file.Path, file.Content)
	}
	sign := keysOf(t, signer, "first", nil).User.Sign.Public
	commands := append(tools.GitBegin(o.folder, tools.RenderedBranch), tools.GitAdd(o.folder),
		tools.GitCommitSigned(o.folder, "Alice", "alice@example.org", "first"+tools.RenderedMessage, sign), tools.GitSwitch(o.folder, "main"))
	commands = append(commands, tools.GitEnd(o.folder)...)
	o.signing(signer, commands)
	keep, err := os.MkdirTemp("", "origin")
	if err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("cp", "--archive", o.folder+"/.", keep).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	origins[id] = keep
	return o
}

// origins are those that were made once, by who signed them.
var origins = map[string]string{}

func TestMain(m *testing.M) {
	status := m.Run()
	for _, folder := range origins {
		_ = os.RemoveAll(folder)
	}
	os.Exit(status)
}

func (o origin) signing(signer *derive.Root, commands []steps.Command) {
	o.t.Helper()
	err := enroll.Signing{Runner: run.NewReal("", nil), Root: signer, Answers: host(o.t, "nobody"), Flake: o.t.TempDir(), Commands: commands}.Carry(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o origin) write(name, content string) {
	o.t.Helper()
	name = filepath.Join(o.folder, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(content), 0o600)); err != nil {
		o.t.Fatal(err)
	}
}

func (o origin) git(args ...string) string {
	o.t.Helper()
	command := exec.Command("git", append([]string{"-C", o.folder, "-c", "commit.gpgsign=false", "-c", "user.name=Eve", "-c", "user.email=eve@example.org", "-c", "protocol.file.allow=always"}, args...)...)
	output, err := command.CombinedOutput()
	if err != nil {
		o.t.Fatalf("git %v: %v: %s", args, err, output)
	}
	return strings.TrimSpace(string(output))
}

// commit commits everything, signed by that key; nil: not signed.
func (o origin) commit(signer *derive.Root, message string) {
	o.t.Helper()
	o.git("add", "--all")
	if signer == nil {
		o.git("commit", "--quiet", "-m", message)
		return
	}
	public := keysOf(o.t, signer, "first", nil).User.Sign.Public
	o.signing(signer, []steps.Command{{Argv: []string{
		"git", "-C", o.folder, "-c", "user.name=Alice", "-c", "user.email=alice@example.org", "-c", "gpg.format=ssh",
		"-c", "user.signingKey=key::" + public, "commit", "--quiet", "--gpg-sign", "-m", message,
	}}})
}

func (o origin) fetch(source string) (*clone.Clone, error) {
	runner := run.NewReal("", nil)
	source, err := clone.Source(runner, source)
	if err != nil {
		return nil, err
	}
	return clone.Fetch(o.t.Context(), clone.Options{Runner: runner, Source: source, Base: o.t.TempDir(), Root: root(o.t, mine)})
}

// opened is a clone that could be read.
func (o origin) opened() *clone.Clone {
	o.t.Helper()
	cloned, err := o.fetch(o.folder)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := cloned.Read(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
	return cloned
}

// Who signed the tip is what git itself says, with the keys of the words.
func TestTrust(t *testing.T) {
	if testing.Short() {
		t.Skip("a repository for each signer: not in the inner loop")
	}
	me, other := root(t, mine), root(t, others)
	for name, test := range map[string]struct {
		want clone.Trust
		make func(o origin)
	}{
		"by the words":     {clone.Signed, func(origin) {}},
		"signed beyond":    {clone.Signed, func(o origin) { o.write("note", "x"); o.commit(me, "more") }},
		"unsigned":         {clone.Unsigned, func(o origin) { o.write("note", "x"); o.commit(nil, "more") }},
		"by another key":   {clone.Foreign, func(o origin) { o.write("note", "x"); o.commit(other, "more") }},
		"tampered with":    {clone.Broken, tamper},
		"another's name":   {clone.Foreign, func(o origin) { o.write("note", "x"); o.commit(other, "first"+tools.RenderedMessage) }},
		"an older key":     {clone.Replaced, replaced},
		"with its newest":  {clone.Signed, func(o origin) { o.git("tag", "v1") }},
		"empty, by nobody": {clone.Unsigned, func(o origin) { o.git("commit", "--quiet", "--allow-empty", "-m", "\x1b[2J hides") }},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrigin(t, me)
			test.make(o)
			cloned, err := o.fetch(o.folder)
			if err != nil {
				t.Fatal(err)
			}
			if err := cloned.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			if cloned.Trust != test.want {
				t.Errorf("it is %s, want %s: %v", cloned.Trust, test.want, cloned.Said())
			}
			said := strings.Join(cloned.Said(), "\n")
			if strings.ContainsRune(said, '\x1b') || !strings.Contains(said, cloned.Tip.Commit[:12]) || !strings.Contains(said, cloned.Tip.Author) {
				t.Errorf("said: %q", said)
			}
			if (cloned.Untrusted() == nil) != (test.want == clone.Signed) {
				t.Errorf("%v", cloned.Untrusted())
			}
		})
	}
}

// tamper changes the tip under its signature.
func tamper(o origin) {
	o.write("note", "x")
	o.commit(root(o.t, mine), "more")
	text := strings.Replace(o.git("cat-file", "commit", "HEAD"), "\nmore", "\nless", 1) + "\n"
	o.write("../changed", text)
	changed := filepath.Join(filepath.Dir(o.folder), "changed")
	o.git("update-ref", "refs/heads/main", o.git("hash-object", "-t", "commit", "-w", changed))
}

// replaced is a flake whose keys say that the key which signs is an old one.
func replaced(o origin) {
	me := root(o.t, mine)
	text, err := keysOf(o.t, me, "first", format.Generations{"mnemonix/v1/user/sign": 1}).Marshal()
	if err != nil {
		o.t.Fatal(err)
	}
	o.write("keys/first.json", string(text))
	o.commit(me, "signed by whoever has the old key")
}

// A bundle and a path give the same; what is no flake of ours, not there, or
// not to be fetched is refused with its reason.
func TestSources(t *testing.T) {
	o := newOrigin(t, root(t, mine))
	bundle := filepath.Join(t.TempDir(), "flake.bundle")
	o.git("bundle", "create", "--quiet", bundle, "--all")
	for _, source := range []string{bundle, "path:" + o.folder, "git+file://" + o.folder, "file://" + bundle} {
		cloned, err := o.fetch(source)
		if err != nil || cloned.Trust != clone.Signed || cloned.Branch != "main" {
			t.Errorf("%s: %v, %+v", source, err, cloned)
		}
	}
	empty := t.TempDir()
	for source, want := range map[string]string{
		"":                                 "no place of a flake",
		"-uwhatever":                       "is no place of a flake",
		"ext::sh -c touch% /tmp/x":         "names a helper program",
		"git://git.example.org/x":          "not fetched over git",
		"http://git.example.org/x":         "not fetched over http",
		"https://al:pw@git.example.org/x":  "password in the URL",
		"ssh://-oProxyCommand=x/y":         "names no host",
		"/nowhere/at/all":                  "there is no /nowhere/at/all",
		empty:                              "git repository",
		"https://localhost:1/x.git":        "clone the flake from https://localhost:1/x.git",
		"alice@localhost.invalid:machines": "clone the flake from alice@localhost.invalid:machines",
	} {
		if source == "alice@localhost.invalid:machines" {
			need.Program(t, "ssh")
		}
		_, err := o.fetch(source)
		var hinted interface{ Hint() string }
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &hinted) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
		if err != nil && strings.Contains(err.Error(), ":pw@") {
			t.Errorf("the password is told: %v", err)
		}
	}
}

// What leaves the tree, or is another repository, is refused by its path.
func TestTricks(t *testing.T) {
	if testing.Short() {
		t.Skip("a repository for each trick: not in the inner loop")
	}
	me := root(t, mine)
	link := func(target string) func(o origin) {
		return func(o origin) {
			if err := os.MkdirAll(filepath.Join(o.folder, "deep"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(target, filepath.Join(o.folder, "deep/link")); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, test := range map[string]struct {
		want string
		make func(o origin)
	}{
		"inside":        {"", link("../flake.nix")},
		"absolute":      {"deep/link", link("/etc/shadow")},
		"out":           {"deep/link", link("../../etc/shadow")},
		"by a detour":   {"deep/link", link("a/../../../x")},
		"to git":        {"deep/link", link("../.git/config")},
		"submodule":     {"other", func(o origin) { o.git("submodule", "--quiet", "add", newOrigin(t, me).folder, "other") }},
		"wrong folder":  {"holds the answers of first", func(o origin) { o.write("hosts/second/answers.yaml", string(answers.Write(host(t, "first")))) }},
		"newer answers": {"hosts/second/answers.yaml", func(o origin) { o.write("hosts/second/answers.yaml", "version: 99\n") }},
		"no flake":      {"is no flake of mnemonix", func(o origin) { o.git("rm", "--quiet", "lib/constants.nix") }},
		"too large":     {"more than 32 MiB", func(o origin) { o.write("film", strings.Repeat("x", 33<<20)) }},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrigin(t, me)
			test.make(o)
			o.commit(me, "a trick")
			cloned, err := o.fetch(o.folder)
			if err == nil {
				err = cloned.Read(t.Context())
			}
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// A branch of what was rendered that the tip does not hold may be anybody's.
func TestRenderedOfSomebodyElse(t *testing.T) {
	me := root(t, mine)
	o := newOrigin(t, me)
	real := o.git("rev-parse", tools.RenderedBranch)
	o.git("switch", "--quiet", tools.RenderedBranch)
	o.write("hosts/first/configuration.nix", "{ evil = true; }\n")
	o.commit(nil, "first"+tools.RenderedMessage)
	o.git("switch", "--quiet", "main")
	if got := o.opened().Rendered; got != real {
		t.Errorf("it goes on from %s, want %s", got, real)
	}
	o.git("branch", "--quiet", "-D", tools.RenderedBranch)
	if got := o.opened().Rendered; got != real {
		t.Errorf("without the branch it goes on from %s, want %s", got, real)
	}
}

// A second host is merged with what the operator wrote by hand, and what both
// changed is named.
func TestMerge(t *testing.T) {
	me := root(t, mine)
	o := newOrigin(t, me)
	const edited = "hosts/first/by-hand.nix"
	o.write(edited, "{ }\n")
	o.write("picture", "\xff\xfe\x00")
	gitignore, err := os.ReadFile(filepath.Join(o.folder, "flake.nix"))
	if err != nil {
		t.Fatal(err)
	}
	o.write("flake.nix", "# mine\n"+string(gitignore))
	o.commit(me, "by hand")
	merged := join(t, o, "second")
	if len(merged.Conflicts) > 0 {
		t.Fatalf("conflicts: %v", merged.Conflicts)
	}
	texts := map[string]steps.File{}
	for _, file := range merged.Merged {
		texts[file.Path] = file
	}
	constants := texts["lib/constants.nix"].Content
	if !strings.Contains(constants, "first = {") || !strings.Contains(constants, "second = {") {
		t.Errorf("the hosts: %s", constants)
	}
	if !strings.HasPrefix(texts["flake.nix"].Content, "# mine\n") || texts[edited].Content != "{ }\n" || string(texts["picture"].Bytes()) != "\xff\xfe\x00" {
		t.Error("what was written by hand is gone")
	}
	if _, there := texts["keys/second.json"]; !there {
		t.Error("its keys are not there")
	}
	if want := []string{edited, "picture"}; !slices.Equal(merged.Origin.Missing, want) {
		t.Errorf("missing from what is rendered: %v, want %v", merged.Origin.Missing, want)
	}
	if len(merged.Origin.Differs) != 1 || merged.Origin.Differs[0].Path != "flake.nix" {
		t.Errorf("rendered otherwise: %v", merged.Origin.Differs)
	}
	o.write("hosts/second/configuration.nix", "{ }\n")
	o.commit(me, "in the way")
	if merged := join(t, o, "second"); !slices.Contains(merged.Conflicts, "hosts/second/configuration.nix") {
		t.Errorf("conflicts: %v", merged.Conflicts)
	}
}

func join(t *testing.T, o origin, name string) *steps.Joined {
	t.Helper()
	cloned := o.opened()
	joined, hosts, err := cloned.Join(name)
	if err != nil {
		t.Fatal(err)
	}
	files := rendered(t, render.Input{Answers: host(t, name), Hosts: hosts, Present: joined.Present, Keys: keysOf(t, root(t, mine), name, nil)})
	merged, err := cloned.Merge(t.Context(), *joined, files, "secrets/"+name+".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

// The words are compared with what the flake records, before anything else.
func TestWords(t *testing.T) {
	cloned := newOrigin(t, root(t, mine)).opened()
	if err := cloned.Words(root(t, mine).IDs()); err != nil {
		t.Error(err)
	}
	if err := cloned.Words(root(t, others).IDs()); !errors.Is(err, clone.ErrOtherWords) {
		t.Errorf("%v", err)
	}
}
