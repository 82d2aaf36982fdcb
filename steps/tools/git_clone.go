package tools

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// CloneTime is how long a clone may take: a large history over a slow line.
const CloneTime = 10 * time.Minute

// CloneLimit bounds the history that is fetched: it lies in memory.
const CloneLimit = 256 << 20

// CloneEnv is the environment in which git fetches from somewhere that nobody
// has looked at yet: no configuration but ours, no question to anybody, and
// only transports that run no program of the other side's choice. ssh takes
// the key of a host that it does not know yet, and remembers it among known as
// long as the clone is there: what came is believed by its signature, wherever
// it came from.
// Source: git(1), GIT_ALLOW_PROTOCOL, GIT_TERMINAL_PROMPT, GIT_CONFIG_GLOBAL;
// git-config(1), protocol.allow; ssh_config(5).
func CloneEnv(config, known string) []string {
	return []string{
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + config, "GIT_ALLOW_PROTOCOL=file:https:ssh", "GIT_PROTOCOL_FROM_USER=0",
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GIT_LFS_SKIP_SMUDGE=1",
		"GIT_SSH_COMMAND=ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o ConnectTimeout=20 -o ForwardAgent=no" +
			" -o 'UserKnownHostsFile=" + known + " ~/.ssh/known_hosts'",
	}
}

// CloneConfig is the whole configuration of that git. A repository on a stick
// belongs to somebody else than root: nothing of it is run, and the one that
// was named may be read all the same.
// Source: git-config(1), safe.directory, transfer.fsckObjects.
func CloneConfig(source string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(source)
	return "[core]\n\thooksPath = /dev/null\n\taskPass =\n[credential]\n\thelper =\n[transfer]\n\tfsckObjects = true\n" +
		"[fetch]\n\tunpackLimit = 1\n\trecurseSubmodules = no\n[gc]\n\tauto = 0\n[http]\n\tlowSpeedLimit = 1000\n\tlowSpeedTime = 30\n" +
		"[gpg]\n\tprogram = false\n[gpg \"x509\"]\n\tprogram = false\n" +
		"[safe]\n\tdirectory = \"" + quoted + "\"\n\tdirectory = \"" + quoted + "/.git\"\n"
}

// inClone runs git in a repository without a work tree.
func inClone(folder string, args ...string) steps.Command {
	return steps.Command{Argv: slices.Concat([]string{"git", "--git-dir=" + folder}, gitOptions, args)}
}

// CloneInit begins one.
func CloneInit(folder string) steps.Command {
	return steps.Command{Argv: []string{"git", "init", "--quiet", "--bare", "--template=", folder}}
}

// CloneHead asks which branch the source itself is on; ParseCloneHead reads it.
// Source: git-ls-remote(1), --symref.
func CloneHead(folder, source string) steps.Command {
	return inClone(folder, "ls-remote", "--symref", "--", source, "HEAD")
}

// ParseCloneHead returns the name of the branch, or "".
func ParseCloneHead(output []byte) string {
	for line := range strings.Lines(string(output)) {
		if ref, rest, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && rest == "HEAD" {
			if branch, ok := strings.CutPrefix(ref, "ref: refs/heads/"); ok {
				return branch
			}
		}
	}
	return ""
}

// CloneFetch fetches all branches. No file that it writes may become larger
// than the limit, and all objects come in one file.
// Source: git-fetch(1); prlimit(1), --fsize.
func CloneFetch(folder, source string) steps.Command {
	command := inClone(folder, "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--no-write-fetch-head",
		"--", source, "+refs/heads/*:refs/heads/*")
	command.Argv = append([]string{"prlimit", "--core=0", "--fsize=" + strconv.Itoa(CloneLimit)}, command.Argv...)
	return command
}

// CloneBranches lists the branches, a name and its commit on each line.
func CloneBranches(folder string) steps.Command {
	return inClone(folder, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/")
}

// CloneHas succeeds when the commit is there.
func CloneHas(folder, commit string) steps.Command {
	return inClone(folder, "cat-file", "-e", commit+"^{commit}")
}

// CloneTip describes a commit and its signature, as ParseTip reads it. signers
// is a file in the format of ssh-keygen's allowed_signers.
// Source: git-log(1), pretty formats: %G?; ssh-keygen(1), ALLOWED SIGNERS.
func CloneTip(folder, signers, commit string) steps.Command {
	return inClone(folder, "-c", "gpg.ssh.allowedSignersFile="+signers, "-c", "gpg.ssh.program=ssh-keygen", "log", "--max-count=1", "--no-show-signature",
		"--format=%H%x00%G?%x00%GF%x00%an%x00%ae%x00%aI%x00%s", commit)
}

// CloneVerify succeeds when the commit is signed by one of the signers.
// Source: git-verify-commit(1).
func CloneVerify(folder, signers, commit string) steps.Command {
	return inClone(folder, "-c", "gpg.ssh.allowedSignersFile="+signers, "-c", "gpg.ssh.program=ssh-keygen", "verify-commit", commit)
}

// Tip is a commit and what git says of its signature.
type Tip struct {
	Commit    string
	Signature string // G: by one of the signers; U: by another key; N: none; B: it does not fit; E: cannot be checked
	Key       string // fingerprint of the key that signed
	Author    string
	Email     string
	Date      string
	Subject   string
}

// ParseTip reads what CloneTip printed.
func ParseTip(output []byte) (Tip, error) {
	fields := strings.Split(strings.TrimSuffix(string(output), "\n"), "\x00")
	if len(fields) != 7 || len(fields[0]) < 40 {
		return Tip{}, fmt.Errorf("read the output of git log: %d fields", len(fields))
	}
	return Tip{fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]}, nil
}

// CloneRendered finds the last commit of what mnemonix rendered that the tip
// comes from, where its branch did not come along.
func CloneRendered(folder, tip string) steps.Command {
	return inClone(folder, "rev-list", "--max-count=1", "--no-merges", "--basic-regexp", "--grep=^[a-z0-9-]*"+RenderedMessage+"$", tip)
}

// CloneHolds succeeds when the first commit is the second, or comes before it.
func CloneHolds(folder, commit, tip string) steps.Command {
	return inClone(folder, "merge-base", "--is-ancestor", commit, tip)
}

// RenderedMessage ends the subject of each commit on RenderedBranch.
const RenderedMessage = ": as mnemonix rendered it"

// CloneList lists the files of a commit; ParseTree reads it.
func CloneList(folder, commit string) steps.Command { return inClone(folder, listTree(commit)...) }

// CloneContents prints the contents of objects; ParseObjects reads it.
func CloneContents(folder string, blobs []string) steps.Command {
	command := inClone(folder, readObjects...)
	command.Text = ObjectNames(blobs)
	return command
}
