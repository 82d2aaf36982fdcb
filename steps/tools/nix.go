package tools

import (
	"fmt"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// nixFeatures switches on what a flake needs, whatever the machine's
// nix.conf says.
var nixFeatures = []string{"--extra-experimental-features", "nix-command flakes"}

// NixBuildSystem builds the system of a host straight into the store of the
// target, and prints its path. Progress comes as JSON on standard error.
//
// Nix calls a path valid in a database that it syncs; of the path's files it
// only does so when told to. After a power cut there would be valid paths with
// empty files, which no build looks at again.
// Source: nix build --help, nix help-stores (local?root=), nix.conf(5),
// fsync-metadata and fsync-store-paths.
func NixBuildSystem(target, flake, host string) steps.Command {
	return nixBuild(target, flake, host, "--no-link")
}

// NixBuildRepair is the same build, which looks at what is in every path of the
// system and makes anew what differs: derivations, sources and outputs.
// Source: nix build --help, --repair.
func NixBuildRepair(target, flake, host string) steps.Command {
	return nixBuild(target, flake, host, "--repair", "--no-link")
}

func nixBuild(target, flake, host string, options ...string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	argv = append(append(argv, "build", "--store", target), nixSynced...)
	argv = append(append(argv, options...), "--print-out-paths", "--log-format", "internal-json", "--verbose",
		fmt.Sprintf("path:%s#nixosConfigurations.%q.config.system.build.toplevel", flake, host))
	return steps.Command{Argv: argv}
}

// nixSynced has the files of a path on the disk before the path is valid. Nix
// knows it since 2.25; an older one says so and goes on.
var nixSynced = []string{"--option", "fsync-store-paths", "true"}

// NixStoreRepair checks that every path in the target's store is what it was
// when it was put there, and fetches or builds anew what is not. It fails where
// something is left that it cannot make: a source, a derivation. A store that
// is empty, or is not there, is whole.
// Source: nix-store --verify --help.
func NixStoreRepair(target string) steps.Command {
	argv := append([]string{"nix-store", "--store", target}, nixSynced...)
	return steps.Command{Argv: append(argv, "--verify", "--check-contents", "--repair")}
}

// NixStoreCollect removes from the target's store what no installed system
// needs to run, valid or not.
// Source: nix store gc --help; nix.conf(5), keep-derivations and keep-outputs.
func NixStoreCollect(target string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	return steps.Command{Argv: append(argv, "store", "gc", "--store", target,
		"--option", "keep-derivations", "false", "--option", "keep-outputs", "false")}
}

// NixStoreUnused succeeds when nothing was ever put into the target's store.
func NixStoreUnused(target string) steps.Command {
	return steps.Command{Argv: []string{"test", "!", "-e", target + "/nix/var/nix/db/db.sqlite"}}
}

// NixStoreVerify checks that every path in the target's store is registered
// and its content is what it was when it was put there.
func NixStoreVerify(target string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	return steps.Command{Argv: append(argv, "store", "verify", "--store", target, "--all", "--no-trust")}
}
