package tools

import "codeberg.org/mnemonix/mnemonix/steps"

// RenderedBranch holds the tree as mnemonix wrote it, and nothing else. A
// later run commits there and merges it, so that edits by hand survive.
const RenderedBranch = "mnemonix/rendered"

// git runs git in a folder with a configuration of our own: neither the
// machine's hooks nor its signing settings decide what is committed here.
func git(folder string, args ...string) steps.Command {
	argv := []string{"git", "-C", folder, "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgsign=false"}
	return steps.Command{Argv: append(argv, args...)}
}

// GitInit makes the folder a repository whose first branch is that name.
func GitInit(folder, branch string) steps.Command {
	return git(folder, "init", "--quiet", "--initial-branch="+branch)
}

// GitAdd stages everything: Nix sees only what git tracks. What a person's own
// configuration tells git to ignore or to rewrite would be missing from the
// flake, or be another file in it.
func GitAdd(folder string) steps.Command {
	return git(folder, "-c", "core.excludesFile=/dev/null", "-c", "core.attributesFile=/dev/null",
		"-c", "core.autocrlf=false", "-c", "core.fsmonitor=false", "add", "--all")
}

// GitCommit commits what is staged, in the name of that person.
func GitCommit(folder, name, email, message string) steps.Command {
	return git(folder, "-c", "user.name="+name, "-c", "user.email="+email,
		"commit", "--quiet", "--message", message)
}

// GitCommitSigned commits what is staged and signs it in SSH format, by the
// agent that holds the key: public is "ecdsa-sha2-nistp256 AAAA...".
// Source: git-config(1), gpg.format, user.signingKey; ssh-keygen(1), -Y sign.
func GitCommitSigned(folder, name, email, message, public string) steps.Command {
	return git(folder, "-c", "user.name="+name, "-c", "user.email="+email,
		"-c", "gpg.format=ssh", "-c", "gpg.ssh.program=ssh-keygen", "-c", "user.signingKey=key::"+public,
		"commit", "--quiet", "--gpg-sign", "--message", message)
}

// GitSwitch makes that branch, or moves it, to where we are, and goes there.
func GitSwitch(folder, branch string) steps.Command {
	return git(folder, "switch", "--quiet", "--force-create", branch)
}

// GitRemote names the place that the flake is pushed to.
func GitRemote(folder, remote string) steps.Command {
	return git(folder, "remote", "add", "origin", remote)
}

// GitRemoteURL prints where the flake is pushed to.
func GitRemoteURL(folder string) steps.Command { return git(folder, "remote", "get-url", "origin") }

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

// GitHead prints the branch that is checked out.
func GitHead(folder string) steps.Command { return git(folder, "symbolic-ref", "--short", "HEAD") }

// GitFsck checks the repository's objects.
func GitFsck(folder string) steps.Command { return git(folder, "fsck", "--strict", "--no-progress") }
