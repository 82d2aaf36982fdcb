package tools

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// DiskoMode is what disko does to the disks of a disko.nix.
type DiskoMode string

// The modes that mnemonix uses. Source: disko --help.
const (
	// DiskoAll empties the disks, makes everything on them and mounts it.
	DiskoAll DiskoMode = "destroy,format,mount"
	// DiskoFormat makes what is missing and mounts it; it empties nothing.
	DiskoFormat DiskoMode = "format,mount"
	// DiskoMount only unlocks and mounts.
	DiskoMount DiskoMode = "mount"
	// DiskoUnmount takes all of it down again; what is down already stays so.
	DiskoUnmount DiskoMode = "unmount"
)

// DiskoFile is where disko reads the layout: in memory.
const DiskoFile = "/run/mnemonix/disko.nix"

// Disko carries a disko.nix out. The switch that answers disko's own question
// is passed only with the one mode that asks it: ours was asked before.
func Disko(mode DiskoMode, target, file string) steps.Command {
	argv := []string{"disko", "--mode", string(mode)}
	if mode == DiskoAll {
		argv = append(argv, "--yes-wipe-all-disks")
	}
	return steps.Command{Argv: append(argv, "--root-mountpoint", target, file)}
}

// DiskoVersion asks for the version; ParseDiskoVersion reads the answer.
func DiskoVersion() steps.Command {
	return steps.Command{Argv: []string{"disko", "--version"}}
}

// ParseDiskoVersion reads "1.12.0" from what disko --version printed, or "".
func ParseDiskoVersion(output []byte) string {
	for line := range strings.Lines(string(output)) {
		version := strings.TrimPrefix(strings.TrimSpace(line), "disko version ")
		if version != "" && version[0] >= '0' && version[0] <= '9' {
			return version
		}
	}
	return ""
}
