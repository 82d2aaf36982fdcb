package tools

import (
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// MergeStage replaces the clone's index by these entries: mode, blob and path.
// Source: git-update-index(1), --index-info.
func MergeStage(folder string, entries []TreeEntry) []steps.Command {
	var text strings.Builder
	for _, entry := range entries {
		fmt.Fprintf(&text, "%s %s\t%s\x00", entry.Mode, entry.Blob, entry.Path)
	}
	stage := inClone(folder, "update-index", "-z", "--index-info")
	stage.Text = text.String()
	return []steps.Command{inClone(folder, "read-tree", "--empty"), stage}
}

// MergeTree writes the clone's index as a tree, and prints it.
func MergeTree(folder string) steps.Command { return inClone(folder, "write-tree") }

// MergeBlobs keeps the contents of the files that are named, one a line, and
// prints the name of each object.
// Source: git-hash-object(1), --stdin-paths.
func MergeBlobs(folder, names string) steps.Command {
	command := inClone(folder, "hash-object", "-w", "--no-filters", "--stdin-paths")
	command.Text = names
	return command
}

// MergeCommit makes a commit of a tree, beyond another commit.
func MergeCommit(folder, tree, parent string) steps.Command {
	return inClone(folder, commitTree("mnemonix", "mnemonix@localhost", "", "rendered"+RenderedMessage, tree, parent)...)
}

// CloneMerge merges two commits in three ways; ParseMerge reads it.
func CloneMerge(folder, ours, theirs string) steps.Command {
	return inClone(folder, mergeTree(ours, theirs)...)
}

// JoinFetch brings the history of a clone into the repository that is made.
func JoinFetch(folder, clone string) steps.Command {
	return inPart(folder, "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--no-write-fetch-head",
		"--", clone, "+refs/heads/*:refs/remotes/origin/*")
}

// JoinCommit is the two commits of a machine that joins: what mnemonix
// rendered, beyond the last of these, and what that gives merged into the
// operator's branch. differs are the files that mnemonix would write
// otherwise than they stand in the folder, missing those that it would not.
// signer is empty where nothing is signed.
// Source: git-commit-tree(1), git-update-index(1), git-config(1).
func JoinCommit(folder string, origin steps.Origin, branch, name, email, host, signer string) []steps.Command {
	keep := func(command steps.Command, name string) steps.Command {
		command.Keep = name
		return command
	}
	commit := func(message, tree string, parents ...string) steps.Command {
		return inPart(folder, commitTree(name, email, signer, message, tree, parents...)...)
	}
	commands := []steps.Command{keep(inPart(folder, "write-tree"), "merged")}
	for i, file := range origin.Differs {
		blob := inPart(folder, "hash-object", "-w", "--no-filters", "--stdin")
		blob.Text = file.Content
		kept := fmt.Sprintf("blob%d", i)
		commands = append(commands, keep(blob, kept),
			inPart(folder, "update-index", "--add", "--cacheinfo", fmt.Sprintf("%o", 0o100000|file.Mode), "$"+kept, file.Path))
	}
	if len(origin.Missing) > 0 {
		// By standard input: as an argument, a name may mean something else.
		remove := inPart(folder, "update-index", "--force-remove", "-z", "--stdin")
		remove.Text = strings.Join(origin.Missing, "\x00") + "\x00"
		commands = append(commands, remove)
	}
	return append(commands,
		keep(inPart(folder, "write-tree"), "rendered"),
		keep(commit(host+RenderedMessage, "$rendered", origin.Rendered), "vendor"),
		keep(commit(host+": merged into "+branch, "$merged", origin.Tip, "$vendor"), "commit"),
		inPart(folder, "update-ref", "refs/heads/"+RenderedBranch, "$vendor"),
		inPart(folder, "update-ref", "refs/heads/"+branch, "$commit"),
		inPart(folder, "symbolic-ref", "HEAD", "refs/heads/"+branch),
		inPart(folder, "read-tree", "$merged"),
	)
}
