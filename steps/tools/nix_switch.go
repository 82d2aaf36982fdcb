package tools

import (
	"fmt"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// NixBuildHere builds the system of a host in the store of this machine, from
// what git tracks in the flake's folder, and prints its path. flake.lock stays
// as it is. Progress comes as JSON on standard error.
// Source: nix build --help; nix flake --help, git+file.
func NixBuildHere(flake, host string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	return steps.Command{Argv: append(argv, "build", "--no-link", "--no-write-lock-file", "--print-out-paths",
		"--log-format", "internal-json", "--verbose",
		fmt.Sprintf("git+file://%s#nixosConfigurations.%q.config.system.build.toplevel", escapePath(flake), host))}
}

// NixKeep names a store path by a link, which keeps it from being collected.
// Source: nix-store --realise --help, --add-root.
func NixKeep(link, path string) steps.Command {
	return steps.Command{Argv: []string{"nix-store", "--realise", path, "--add-root", link}}
}

// systemProfile is the profile that a machine starts with.
// Source: nixos-rebuild(8).
const systemProfile = "/nix/var/nix/profiles/system"

// NixosSwitch makes what the link names the next generation of the system, and
// activates it: what nixos-rebuild switch does once it has built.
// Source: nix-env --set --help; nixos-rebuild(8), switch; the source of
// nixos-rebuild in NixOS 25.11.
func NixosSwitch(link string) []steps.Command {
	return []steps.Command{
		{Argv: []string{"readlink", "--canonicalize-existing", link}, Keep: "system", Begins: "/nix/store/"},
		{Argv: []string{"nix-env", "--profile", systemProfile, "--set", "$system"}},
		{Argv: []string{systemProfile + "/bin/switch-to-configuration", "switch"}},
	}
}

// escapePath writes a path as it stands in a URL.
// Source: RFC 3986, 3.3.
func escapePath(path string) string {
	text := ""
	for _, b := range []byte(path) {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '/', b == '-', b == '.', b == '_', b == '~':
			text += string(rune(b))
		default:
			text += fmt.Sprintf("%%%02X", b)
		}
	}
	return text
}
