package tools

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// NixLock makes the flake.lock of a flake that has none.
// Source: nix flake lock --help.
func NixLock(flake string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	return steps.Command{Argv: append(argv, "flake", "lock", flakeAt(flake))}
}

// NixSystemDerivation evaluates the system of a host and prints the name of
// what would build it; nothing is built.
// Source: nix eval --help.
func NixSystemDerivation(flake, host string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	return steps.Command{Argv: append(argv, "eval", "--raw",
		fmt.Sprintf("path:%s#nixosConfigurations.%q.config.system.build.toplevel.drvPath", flake, host),
	)}
}

// NixDryRun says on standard error what would be built and downloaded for a
// derivation.
// Source: nix build --help.
func NixDryRun(derivation string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	return steps.Command{Argv: append(argv, "build", "--dry-run", "--no-link", derivation+"^*")}
}

// NixProvide fetches packages of a locked flake's inputs into the running
// system's store and prints their folders.
// Source: nix build --help (--inputs-from).
func NixProvide(flake string, packages ...string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	argv = append(argv, "build", "--no-link", "--print-out-paths", "--inputs-from", "path:"+flake)
	return steps.Command{Argv: append(argv, packages...)}
}

// NixReach asks a binary cache whether it is there.
// Source: nix store info --help; "store ping" before Nix 2.24, which still
// knows that name.
func NixReach(store string) steps.Command {
	argv := append([]string{"nix"}, nixFeatures...)
	return steps.Command{Argv: append(argv, "store", "ping", "--store", store)}
}

// NixNeed is what a build would take. Sizes are bytes; what is built here has
// none yet.
type NixNeed struct {
	Build, Fetch       int // derivations, paths
	Download, Unpacked uint64
}

// The lines of nix build --dry-run. Source: printMissing in
// nix/src/libmain/shared.cc.
var (
	needBuild = regexp.MustCompile(`^(?:this derivation|these (\d+) derivations) will be built:`)
	needFetch = regexp.MustCompile(`^(?:this path|these (\d+) paths) will be fetched \(([0-9.]+) (KiB|MiB|GiB|TiB) download, ([0-9.]+) (KiB|MiB|GiB|TiB) unpacked\):`)
)

// ParseNixNeed reads what nix build --dry-run wrote to standard error.
func ParseNixNeed(output []byte) NixNeed {
	var found NixNeed
	count := func(text string) int {
		if text == "" {
			return 1
		}
		number, _ := strconv.Atoi(text)
		return number
	}
	for line := range strings.Lines(string(output)) {
		line = strings.TrimSpace(line)
		if match := needBuild.FindStringSubmatch(line); match != nil {
			found.Build = count(match[1])
		}
		if match := needFetch.FindStringSubmatch(line); match != nil {
			found.Fetch = count(match[1])
			found.Download, found.Unpacked = binarySize(match[2], match[3]), binarySize(match[4], match[5])
		}
	}
	return found
}

func binarySize(number, unit string) uint64 {
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || value < 0 || value > 1<<20 {
		return 0
	}
	return uint64(value * float64(uint64(1)<<map[string]uint{"KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}[unit]))
}

// GitReach asks a remote for its branches, and for no password.
// Source: git-ls-remote(1).
func GitReach(remote string) steps.Command {
	return steps.Command{Argv: []string{"git", "ls-remote", "--heads", remote}}
}

// GitAsksNobody keeps git and ssh from prompting where nobody reads it.
var GitAsksNobody = []string{"GIT_TERMINAL_PROMPT=0", "GIT_SSH_COMMAND=ssh -o BatchMode=yes -o ConnectTimeout=10"}
