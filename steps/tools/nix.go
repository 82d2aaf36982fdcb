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
// Source: nix build --help, nix help-stores (local?root=).
func NixBuildSystem(target, flake, host string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	return steps.Command{Argv: append(argv, "build",
		"--store", target, "--no-link", "--print-out-paths", "--log-format", "internal-json", "--verbose",
		fmt.Sprintf("path:%s#nixosConfigurations.%q.config.system.build.toplevel", flake, host),
	)}
}

// NixStoreVerify checks that every path in the target's store is registered
// and its content is what it was when it was put there.
func NixStoreVerify(target string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	return steps.Command{Argv: append(argv, "store", "verify", "--store", target, "--all", "--no-trust")}
}
