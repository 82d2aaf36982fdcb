package tools

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Program is one that mnemonix runs.
type Program struct {
	Name    string
	Purpose string // "reads the disks"
	// Package is what it comes from in a locked flake: an attribute of its
	// input. An empty one is part of every NixOS.
	Package string
	Version []string // what prints its version; nil: it is not asked
	Least   string   // the oldest version that will do
}

// Programs are those of an installation, in the order in which doctor lists
// them. The versions are the first that know the options which are used.
var Programs = []Program{
	{"lsblk", "reads the disks", "stable-nixpkgs#util-linux", []string{"lsblk", "--version"}, "2.37"},
	{"blockdev", "shuts the other disks off", "stable-nixpkgs#util-linux", nil, ""},
	{"findmnt", "sees what is mounted", "stable-nixpkgs#util-linux", nil, ""},
	{"git", "keeps the flake", "stable-nixpkgs#git", []string{"git", "--version"}, "2.28"},
	{"ssh-keygen", "signs what git keeps", "stable-nixpkgs#openssh", nil, ""},
	{"nix", "evaluates and builds the flake", "", []string{"nix", "--version"}, "2.18"},
	{"nix-store", "mends what a power cut has left of a download", "", nil, ""},
	{"disko", "partitions, encrypts and formats", "disko#disko", DiskoVersion().Argv, "1.9"},
	{"sgdisk", "saves and restores partition tables", "stable-nixpkgs#gptfdisk", []string{"sgdisk", "--version"}, "1.0"},
	{"partprobe", "shows the kernel a new partition table", "stable-nixpkgs#parted", nil, ""},
	{"udevadm", "waits until new partitions are there", "stable-nixpkgs#systemd", nil, ""},
	{"cryptsetup", "adds the recovery passphrase to an encrypted disk", "stable-nixpkgs#cryptsetup", []string{"cryptsetup", "--version"}, "2.4"},
	{"sops", "encrypts the machine's secrets", "stable-nixpkgs#sops", []string{"sops", "--version"}, "3.10"},
	{"mkpasswd", "hashes the password", "stable-nixpkgs#mkpasswd", nil, ""},
	{"sbctl", "makes the keys of Secure Boot", "stable-nixpkgs#sbctl", nil, ""},
	{"nixos-install", "installs the system and its boot loader", "stable-nixpkgs#nixos-install-tools", nil, ""},
	{"bootctl", "sees whether the boot loader is there", "stable-nixpkgs#systemd", nil, ""},
}

// ProgramNamed is the program of that name; of one that is not among
// Programs no more than its name is known.
func ProgramNamed(name string) Program {
	if at := slices.IndexFunc(Programs, func(p Program) bool { return p.Name == name }); at >= 0 {
		return Programs[at]
	}
	return Program{Name: name}
}

// ProgramsOfBuiltin are those that an action of mnemonix itself runs.
var ProgramsOfBuiltin = map[string][]string{
	"recovery": {"cryptsetup"},
	"secrets":  {"sops", "mkpasswd"},
	"commit":   {"git", "ssh-keygen"},
	"store":    {"nix-store", "nix"},

	"verify-recovery":   {"cryptsetup"},
	"verify-boot-entry": {"findmnt"},
}

// ProgramsOf are the names of all programs that a plan runs, in the order in
// which it first needs them.
func ProgramsOf(plan steps.Plan) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) && !strings.HasPrefix(name, "/") {
			names = append(names, name)
		}
	}
	for _, action := range plan.Actions {
		commands := slices.Clone(action.Commands)
		if action.Done != nil {
			commands = append(commands, action.Done.Commands...)
		}
		if action.Kind == steps.ActionBuiltin {
			for _, name := range ProgramsOfBuiltin[action.Name] {
				add(name)
			}
			commands = nil // those are how a person would do it
		}
		for _, command := range append(commands, action.Undo...) {
			if len(command.Argv) > 0 {
				add(command.Argv[0])
			}
		}
		if len(action.Erases) > 0 { // the write guard
			add("blockdev")
			add("lsblk")
		}
	}
	return names
}

// versionNumber is the first number with a dot in what a program prints.
var versionNumber = regexp.MustCompile(`\d+(\.\d+)+`)

// ParseVersion reads "2.31.2" from what a program printed of itself, or "".
func ParseVersion(output []byte) string {
	return versionNumber.FindString(string(output))
}

// OlderVersion says whether one version comes before another, number by
// number.
func OlderVersion(version, least string) bool {
	have, want := strings.Split(version, "."), strings.Split(least, ".")
	for i := range max(len(have), len(want)) {
		if order := cmp.Compare(part(have, i), part(want, i)); order != 0 {
			return order < 0
		}
	}
	return false
}

func part(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	number, _ := strconv.Atoi(parts[i])
	return number
}
