package tools

import (
	"fmt"
	"net/url"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// NixBuildImage builds a medium of a locked flake and prints the folder in
// the store that holds it. The link keeps that folder from the garbage
// collector for as long as the link is there; progress comes line by line on
// standard error.
// Source: nix build --help, nix --help (--log-format).
func NixBuildImage(flake, system, image, link string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	return steps.Command{Argv: append(argv, "build",
		"--no-update-lock-file", "--out-link", link, "--print-out-paths", "--log-format", "raw",
		fmt.Sprintf("%s#packages.%s.%s", flakeAt(flake), system, image),
	)}
}

// flakeAt names the flake in a folder, whatever the folder is called: Nix
// reads a URL, in which a blank or a # would mean something else.
// Source: nix flake --help (Types, path).
func flakeAt(folder string) string {
	return "path:" + (&url.URL{Path: folder}).EscapedPath()
}

// CopyFile copies the content of a file, which may be large.
// Source: cp(1) of GNU coreutils.
func CopyFile(from, to string) steps.Command {
	return steps.Command{Argv: []string{"cp", "--reflink=auto", "--no-preserve=mode", "--", from, to}}
}

// SyncFile waits until a file is on the disk.
// Source: sync(1) of GNU coreutils.
func SyncFile(name string) steps.Command { return steps.Command{Argv: []string{"sync", "--", name}} }
