package tools

import (
	"fmt"
	"path"
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
	Derivations        []string // those that would be built
	Unknown            []string // paths of which Nix does not know where to get them
}

// The lines of nix build --dry-run. Source: printMissing in
// nix/src/libmain/shared.cc.
var (
	needBuild = regexp.MustCompile(`^(?:this derivation|these (\d+) derivations) will be built:`)
	needOther = regexp.MustCompile(`^don't know how to build these paths`)
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
	var list *[]string // what the lines with a path in them belong to
	for line := range strings.Lines(string(output)) {
		name, listed := strings.CutPrefix(line, "  /")
		line = strings.TrimSpace(line)
		if listed && list != nil {
			*list = append(*list, "/"+strings.TrimSpace(name))
			continue
		}
		list = nil
		if match := needBuild.FindStringSubmatch(line); match != nil {
			found.Build, list = count(match[1]), &found.Derivations
		}
		if needOther.MatchString(line) {
			list = &found.Unknown
		}
		if match := needFetch.FindStringSubmatch(line); match != nil {
			found.Fetch = count(match[1])
			found.Download, found.Unpacked = binarySize(match[2], match[3]), binarySize(match[4], match[5])
		}
	}
	return found
}

// fixedOutput is the beginning of a derivation whose content is known before
// it is built, by its hash. It has one output only.
// Source: Derivation::unparse in nix/src/libstore/derivations.cc.
var fixedOutput = regexp.MustCompile(`^Derive\(\[\("out","[^"]*","[^"]+","[^"]+"\)\],`)

// NixDownloads says of a derivation, as it is in the store, whether building
// it downloads something: no other may use the network, and hardly one of
// these does without. builtin:fetchurl is always one of them.
// Source: the Nix manual, "Fixed-output derivations".
func NixDownloads(derivation []byte) bool { return fixedOutput.Match(derivation) }

// NixPathName is the name of what is in the store, without the hash that it
// begins with.
func NixPathName(name string) string {
	base := path.Base(name)
	if _, rest, found := strings.Cut(base, "-"); found {
		base = rest
	}
	return strings.TrimSuffix(base, ".drv")
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
