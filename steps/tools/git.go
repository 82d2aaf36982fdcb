package tools

import (
	"path"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// RenderedBranch holds the tree as mnemonix wrote it, and nothing else. A
// later run commits there and merges it, so that edits by hand survive.
const RenderedBranch = "mnemonix/rendered"

// gitOptions are a configuration of our own: neither the machine's hooks nor
// its signing settings decide what is committed here. What only looks takes no
// lock that it could leave behind.
var gitOptions = []string{"--no-optional-locks", "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgsign=false"}

// git runs git in a folder that is a repository.
func git(folder string, args ...string) steps.Command {
	return steps.Command{Argv: slices.Concat([]string{"git", "-C", folder}, gitOptions, args)}
}

// gitPart is what becomes the folder's .git when it is whole. A git that was
// killed, or whose machine lost its power, leaves locks, empty objects and
// empty references, and no git goes on from those: so this is always begun
// anew. By the name of .git a repository is whole from the first moment, and
// nothing of ours ever removes or writes over one.
func gitPart(folder string) string { return folder + "/.git.mnemonix-part" }

// inPart runs git in the repository that is being made.
func inPart(folder string, args ...string) steps.Command {
	where := []string{"git", "-C", folder, "--git-dir=" + gitPart(folder), "--work-tree=" + folder}
	return steps.Command{Argv: slices.Concat(where, gitOptions, args)}
}

// GitBegin removes what an unfinished attempt left, and begins a repository of
// the folder whose first branch is that name. Of a folder of another name than
// .git, git believes that it has no files beside it.
func GitBegin(folder, branch string) []steps.Command {
	return []steps.Command{
		{Argv: []string{"rm", "--recursive", "--force", gitPart(folder)}},
		{Argv: []string{"git", "init", "--quiet", "--bare", "--template=", "--initial-branch=" + branch, gitPart(folder)}},
		{Argv: []string{"git", "--git-dir=" + gitPart(folder), "config", "core.bare", "false"}},
	}
}

// GitAdd stages everything: Nix sees only what git tracks. What a person's own
// configuration tells git to ignore or to rewrite would be missing from the
// flake, or be another file in it.
func GitAdd(folder string) steps.Command {
	return inPart(folder, "-c", "core.excludesFile=/dev/null", "-c", "core.attributesFile=/dev/null",
		"-c", "core.autocrlf=false", "-c", "core.fsmonitor=false", "add", "--all", "--", ".", ":(exclude)"+path.Base(gitPart(folder)))
}

// GitCommit commits what is staged, in the name of that person.
func GitCommit(folder, name, email, message string) steps.Command {
	return inPart(folder, append(by(name, email, ""), "commit", "--quiet", "--message", message)...)
}

// GitCommitSigned commits what is staged and signs it in SSH format, by the
// agent that holds the key: public is "ecdsa-sha2-nistp256 AAAA...".
// Source: git-config(1), gpg.format, user.signingKey; ssh-keygen(1), -Y sign.
func GitCommitSigned(folder, name, email, message, public string) steps.Command {
	return inPart(folder, append(by(name, email, public), "commit", "--quiet", "--gpg-sign", "--message", message)...)
}

// by is the configuration in which a person commits; signer is the public key
// that signs, or empty.
func by(name, email, signer string) []string {
	args := []string{"-c", "user.name=" + name, "-c", "user.email=" + email}
	if signer != "" {
		args = append(args, "-c", "gpg.format=ssh", "-c", "gpg.ssh.program=ssh-keygen", "-c", "user.signingKey=key::"+signer)
	}
	return args
}

// commitTree are the arguments that make a commit of a tree.
// Source: git-commit-tree(1).
func commitTree(name, email, signer, message, tree string, parents ...string) []string {
	args := append(by(name, email, signer), "commit-tree", "-m", message)
	if signer != "" {
		args = append(args, "--gpg-sign")
	}
	for _, parent := range parents {
		args = append(args, "-p", parent)
	}
	return append(args, tree)
}

// GitSwitch makes that branch where we are, and goes there.
func GitSwitch(folder, branch string) steps.Command {
	return inPart(folder, "switch", "--quiet", "--force-create", branch)
}

// GitRemote names the place that the flake is pushed to.
func GitRemote(folder, remote string) steps.Command {
	return inPart(folder, "remote", "add", "origin", remote)
}

// GitEnd gives the repository its name, after all of it is on the disk. A .git
// that is there is in the way, and stays.
// Source: sync(1), --file-system; mv(1), --no-target-directory; rename(2).
func GitEnd(folder string) []steps.Command {
	return []steps.Command{
		{Argv: []string{"sync", "--file-system", gitPart(folder)}},
		{Argv: []string{"mv", "--no-target-directory", gitPart(folder), folder + "/.git"}},
	}
}

// GitEnded succeeds when nothing waits for its name.
func GitEnded(folder string) steps.Command {
	return steps.Command{Argv: []string{"test", "!", "-e", gitPart(folder)}}
}

// GitPlace prints ".git" where the folder is a repository itself, whoever made
// it, and no part of another.
// Source: git-rev-parse(1), --git-dir.
func GitPlace(folder string) steps.Command { return git(folder, "rev-parse", "--git-dir") }

// GitCommitted succeeds when everything that is staged is committed.
func GitCommitted(folder string) steps.Command {
	return git(folder, "diff", "--cached", "--quiet", "HEAD")
}

// GitNothingElse succeeds when no file of the folder differs from what is
// committed, and none is there that is not.
func GitNothingElse(folder string) steps.Command {
	command := git(folder, "status", "--porcelain", "--untracked-files=all")
	command.Silent = true
	return command
}

// GitFsck checks the repository's objects.
func GitFsck(folder string) steps.Command { return git(folder, "fsck", "--strict", "--no-progress") }
