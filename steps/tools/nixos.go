package tools

import "codeberg.org/mnemonix/mnemonix/steps"

// NixosInstall installs a system that is already built and in the target's
// store: it sets the profile, activates and writes the boot loader. The
// program knows no --log-format, which is why the build comes before it.
// Source: nixos-install(8) of NixOS 25.11.
func NixosInstall(target, system string) steps.Command {
	return steps.Command{Argv: []string{
		"nixos-install", "--root", target, "--system", system, "--no-root-password", "--no-channel-copy",
	}}
}

// BootctlIsInstalled succeeds when systemd-boot (lanzaboote uses it too) is
// on the target's EFI system partition.
// Source: bootctl(1).
func BootctlIsInstalled(target string) steps.Command {
	return steps.Command{Argv: []string{"bootctl", "--esp-path", target + "/boot", "is-installed"}}
}

// secureBootKeys is where sbctl and lanzaboote keep the signing keys; with
// impermanence they must be named by their place on /persist.
func secureBootKeys(target string, impermanence bool) string {
	if impermanence {
		return target + "/persist/var/lib/sbctl"
	}
	return target + "/var/lib/sbctl"
}

// SbctlCreateKeys makes the machine's own Secure Boot keys in the target.
// Its sandbox only lets it write to /var/lib/sbctl of the running system, so
// it is switched off. Keys that are there already are left as they are.
// Source: sbctl(8), create-keys.
func SbctlCreateKeys(target string, impermanence bool) steps.Command {
	place := secureBootKeys(target, impermanence)
	return steps.Command{Argv: []string{"sbctl", "--disable-landlock", "create-keys", "--export", place + "/keys", "--database-path", place + "/GUID"}}
}

// SbctlKeysExist succeeds when they are there.
func SbctlKeysExist(target string, impermanence bool) steps.Command {
	return steps.Command{Argv: []string{"test", "-s", secureBootKeys(target, impermanence) + "/keys/db/db.key"}}
}
