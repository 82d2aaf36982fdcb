package answers

import (
	"regexp"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Release is the NixOS release that the flake follows, and so the
// stateVersion of a new installation.
const Release = "25.11"

// Defaults are answers to begin with, from what the machine is. Names and
// disks are never guessed: they stay empty, and the steps ask.
func Defaults(facts steps.Facts) steps.Answers {
	kind := hostType(facts)
	answers := steps.Answers{
		Version:    steps.AnswersVersion,
		Host:       steps.Host{Name: hostName(facts), Type: kind, System: system(facts), StateVersion: Release},
		Locale:     usualLocale(facts.Locale),
		Users:      []steps.User{{Operator: true}},
		Features:   usualFeatures(kind),
		Desktop:    "none",
		Disk:       usualDisk(),
		Boot:       steps.Boot{Loader: "systemd-boot", Unlock: "passphrase"},
		TPM:        steps.TPMChoices{Keys: facts.TPM.Usable},
		Repository: steps.Repository{Branch: "main"},
	}
	if kind == "desktop" || kind == "laptop" {
		answers.Desktop = "plasma"
	}
	if smallDisks(facts) {
		answers.Disk.Swap = steps.Swap{Kind: "zram"}
		answers.Disk.ESP = "512MiB"
	}
	if facts.TPM.Usable {
		// Secure Boot with own keys needs a firmware that lets them in.
		if facts.Firmware.Kind == "uefi" && (facts.Firmware.SetupMode || facts.Firmware.SecureBoot) {
			answers.Boot = steps.Boot{Loader: "lanzaboote", Unlock: "tpm"}
		}
		held, pin := answers.HoldsOperatorKeys(), true
		answers.TPM.OperatorKeys, answers.TPM.PIN = &held, &pin
	}
	return answers
}

func hostType(facts steps.Facts) string {
	switch facts.Machine.Chassis {
	case "laptop", "desktop", "server", "appliance":
		return facts.Machine.Chassis
	}
	switch {
	case facts.Power.Battery:
		return "laptop"
	case facts.Machine.Hypervisor != "":
		return "server"
	}
	return "desktop"
}

func system(facts steps.Facts) string {
	if facts.System == "aarch64-linux" {
		return facts.System
	}
	return "x86_64-linux"
}

// mediumNames are the host names of live media and of images that nobody has
// named.
var mediumNames = []string{"nixos", "localhost", "debian", "ubuntu", "archiso", "fedora", "kali", "live", "livecd", "installer", "mnemonix"}

// hostName proposes the machine's present name, where somebody has given it
// one.
func hostName(facts steps.Facts) string {
	name, _, _ := strings.Cut(strings.ToLower(facts.Hostname), ".")
	if facts.Live.Installer || slices.Contains(mediumNames, name) {
		return ""
	}
	if len(name) > 63 || !hostNameShape.MatchString(name) {
		return ""
	}
	return name
}

var hostNameShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// usualLocale takes what the running system uses, as far as it is allowed.
func usualLocale(running steps.Locale) steps.Locale {
	table := formats()
	take := func(format, value, otherwise string) string {
		if value != "" && table[format].accepts(value) {
			return value
		}
		return otherwise
	}
	return steps.Locale{
		Timezone:  take("timezone", running.Timezone, "UTC"),
		Language:  take("locale", running.Language, "en_US.UTF-8"),
		Keymap:    take("keymap", running.Keymap, "us"),
		XkbLayout: take("xkb-layout", running.XkbLayout, "us"),
	}
}

func usualFeatures(kind string) []string {
	switch kind {
	case "desktop", "laptop":
		return []string{"multimedia"}
	case "server":
		return []string{"headless"}
	}
	return []string{}
}

func usualDisk() steps.DiskChoices {
	return steps.DiskChoices{
		Layout: "luks-btrfs",
		Disks:  []steps.DiskChoice{},
		ESP:    "1GiB",
		Swap:   steps.Swap{Kind: "partition", Size: "auto"},
	}
}

// smallDisks says that every disk is smaller than 64 GB or an eMMC chip,
// which a swap partition would fill or wear out.
func smallDisks(facts steps.Facts) bool {
	const small = 64e9
	seen := false
	for _, disk := range facts.Disks {
		if disk.LiveMedium || disk.ReadOnly {
			continue
		}
		seen = true
		if disk.Size >= small && disk.Transport != "mmc" {
			return false
		}
	}
	return seen
}
