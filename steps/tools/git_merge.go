package tools

import "codeberg.org/mnemonix/mnemonix/steps"

// PendingRef points at a merge that was decided and is not yet carried to the
// work tree and the operator's branch: whoever finds it goes on with it.
const PendingRef = "refs/mnemonix/change"

// GitTop prints an empty line where the folder is the top of its work tree.
// Source: git-rev-parse(1), --show-cdup.
func GitTop(folder string) steps.Command { return git(folder, "rev-parse", "--show-cdup") }

// GitPaths prints where files of the repository are, relative to its folder.
// Source: git-rev-parse(1), --git-path.
func GitPaths(folder string, names ...string) steps.Command {
	args := []string{"rev-parse"}
	for _, name := range names {
		args = append(args, "--git-path", name)
	}
	return git(folder, args...)
}

// GitHead prints the branch that is checked out, as refs/heads/NAME; it ends
// with 1 where a commit is checked out instead.
func GitHead(folder string) steps.Command { return git(folder, "symbolic-ref", "--quiet", "HEAD") }

// GitResolve prints the object that a revision names; it ends with 1 where
// there is none.
func GitResolve(folder, revision string) steps.Command {
	return git(folder, "rev-parse", "--verify", "--quiet", revision)
}

// GitTrees prints the trees of some revisions, a line each.
func GitTrees(folder string, revisions ...string) steps.Command {
	args := []string{"rev-parse"}
	for _, revision := range revisions {
		args = append(args, revision+"^{tree}")
	}
	return git(folder, args...)
}

// GitMergeBase prints the newest commit that both have in their history; it
// ends with 1 where there is none.
func GitMergeBase(folder, one, other string) steps.Command {
	return git(folder, "merge-base", one, other)
}

// GitRefs prints the short names of the references that a pattern fits.
func GitRefs(folder, pattern string) steps.Command {
	return git(folder, "for-each-ref", "--format=%(refname:short)", pattern)
}

// GitStatus lists what is not committed, and what git does not track.
// Source: git-status(1), porcelain format version 1.
func GitStatus(folder string) steps.Command {
	return git(folder, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
}

// GitListTree lists the files of a tree; ParseTree reads it.
func GitListTree(folder, tree string) steps.Command { return git(folder, listTree(tree)...) }

// GitReadObjects prints the objects whose names stand on standard input;
// ParseObjects reads it.
func GitReadObjects(folder string) steps.Command { return git(folder, readObjects...) }

// GitWriteBlob stores standard input as it is, and prints its object.
func GitWriteBlob(folder string) steps.Command {
	return git(folder, "hash-object", "-w", "--stdin", "--no-filters")
}

// GitHashFiles prints the objects that the files named on standard input would
// be, after what git does to them on their way in.
func GitHashFiles(folder string) steps.Command { return git(folder, "hash-object", "--stdin-paths") }

// GitReadTree makes the index that of a tree.
func GitReadTree(folder, tree string) steps.Command { return git(folder, "read-tree", tree) }

// GitUpdateIndex takes entries from standard input into the index.
// Source: git-update-index(1), --index-info.
func GitUpdateIndex(folder string) steps.Command {
	return git(folder, "update-index", "-z", "--index-info")
}

// GitWriteTree stores the index as a tree, and prints its object.
func GitWriteTree(folder string) steps.Command { return git(folder, "write-tree") }

// GitCheckoutIndex writes the files named on standard input to the work tree,
// as they stand in the index, and notes in the index how they look there.
func GitCheckoutIndex(folder string) steps.Command {
	return git(folder, "checkout-index", "--force", "-u", "-z", "--stdin")
}

// GitMergeTree merges two commits; ParseMerge reads it.
func GitMergeTree(folder, ours, theirs string) steps.Command {
	return git(folder, mergeTree(ours, theirs)...)
}

// GitDiffTree lists what differs between two trees.
// Source: git-diff-tree(1), raw output format.
func GitDiffTree(folder, before, after string) steps.Command {
	return git(folder, "diff-tree", "-r", "-z", "--no-renames", before, after)
}

// GitCommitTree makes a commit of a tree, in the name of that person, and
// prints its object. signer is the public key that signs it, or empty.
func GitCommitTree(folder, name, email, signer, message, tree string, parents ...string) steps.Command {
	return git(folder, commitTree(name, email, signer, message, tree, parents...)...)
}

// GitUpdateRefs takes changes of references from standard input, all or none.
// Source: git-update-ref(1), --stdin.
func GitUpdateRefs(folder, reason string) steps.Command {
	return git(folder, "update-ref", "-m", reason, "--stdin")
}
