package enroll_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// A commit is signed by the key of the words: git believes it with that key,
// and not with that of other words.
func TestCommitIsSigned(t *testing.T) {
	need.Program(t, "git")
	need.Program(t, "ssh-keygen")
	mine := root(t, phrase())
	keys, err := format.NewPublicKeys(mine, "snix", nil)
	if err != nil {
		t.Fatal(err)
	}
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "flake.nix"), []byte("{ }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	signing := enroll.Signing{
		Runner: run.NewReal("", nil), Root: mine, Answers: machine(true), Flake: folder,
		Commands: repository(folder, keys.User.Sign.Public),
	}
	if err := signing.Carry(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	verify(t, folder, keys.User.Sign.Public, true)

	others, err := format.NewPublicKeys(root(t, strings.Repeat("zoo ", 23)+"vote"), "snix", nil)
	if err != nil {
		t.Fatal(err)
	}
	verify(t, folder, others.User.Sign.Public, false)
}

// The key that signs has the generation that the flake records; a key that is
// not there is an error and no unsigned commit.
func TestCommitBySomebodyElsesKey(t *testing.T) {
	need.Program(t, "git")
	need.Program(t, "ssh-keygen")
	others, err := format.NewPublicKeys(root(t, strings.Repeat("zoo ", 23)+"vote"), "snix", nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	signing := enroll.Signing{
		Runner: run.NewReal("", nil), Root: root(t, phrase()), Answers: machine(true), Flake: folder,
		Commands: repository(folder, others.User.Sign.Public),
	}
	if err := os.WriteFile(filepath.Join(folder, "flake.nix"), []byte("{ }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := signing.Carry(t.Context()); err == nil {
		t.Error("signed with a key that is not there")
	}
	if _, err := os.Stat(filepath.Join(folder, ".git")); err == nil {
		t.Error("there is a repository whose commit is not signed")
	}
	if count := git(t, folder, "--git-dir=.git.mnemonix-part", "rev-list", "--count", "--all"); count != "0" {
		t.Errorf("there are %s commits", count)
	}
}

// repository makes the folder a repository with one commit.
func repository(folder, public string) []steps.Command {
	commands := append(tools.GitBegin(folder, "main"), tools.GitAdd(folder),
		tools.GitCommitSigned(folder, "Alice Example", "alice@example.org", "first", public))
	return append(commands, tools.GitEnd(folder)...)
}

func git(t *testing.T, folder string, args ...string) string {
	t.Helper()
	output, err := exec.Command("git", append([]string{"-C", folder, "-c", "commit.gpgsign=false"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, output)
	}
	return strings.TrimSpace(string(output))
}

// verify asks git itself whether the tip is signed by that key.
func verify(t *testing.T, folder, public string, good bool) {
	t.Helper()
	allowed := filepath.Join(t.TempDir(), "allowed_signers")
	if err := os.WriteFile(allowed, []byte("alice@example.org namespaces=\"git\" "+public+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command("git", "-C", folder, "-c", "gpg.ssh.allowedSignersFile="+allowed, "verify-commit", "HEAD").CombinedOutput()
	if (err == nil) != good {
		t.Errorf("verify-commit with %s: %v: %s", public, err, output)
	}
}
