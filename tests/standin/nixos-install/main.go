// Command nixos-install stands in for the one of NixOS: it has the command
// line that mnemonix uses and refuses every other. What it installs is a copy
// of the Debian that it runs in, and as its boot loader systemd-boot with the
// kernel of the system's folder, so that the disk really boots.
//
// It may be repeated: what is there is written over with the same.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	args := os.Args[1:]
	if len(args) != 6 || args[0] != "--root" || args[2] != "--system" || !slices.Equal(args[4:], []string{"--no-root-password", "--no-channel-copy"}) {
		fmt.Fprintf(os.Stderr, "nixos-install: this stand-in has no such command line: %q\n", args)
		os.Exit(2)
	}
	if err := install(args[1], args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "nixos-install:", err)
		os.Exit(1)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func install(root, system string) error {
	kernel := filepath.Join(root, system, "kernel.efi")
	if _, err := os.Stat(kernel); err != nil {
		return fmt.Errorf("%s is not valid in the store of %s: %w", system, root, err)
	}
	steps := [][]string{
		// The machine's own root and nothing that is mounted in it.
		{"cp", "--archive", "--one-file-system", "--no-target-directory", "/", root},
		{"rm", "--force", root + "/etc/systemd/system/multi-user.target.wants/rig.service"},
		{"mkdir", "--parents", root + "/proc", root + "/sys", root + "/dev", root + "/run", root + "/tmp", root + "/nix/var/nix/profiles"},
		{"ln", "--symbolic", "--force", "--no-dereference", system, root + "/nix/var/nix/profiles/system"},
		{"bootctl", "--esp-path=" + root + "/boot", "install"},
		{"install", "-D", "--mode=0644", kernel, root + "/boot/EFI/Linux/nixos-1.efi"},
	}
	// A loader that is signed comes with the system, as with lanzaboote.
	if loader := filepath.Join(root, system, "systemd-bootx64.efi"); exists(loader) {
		for _, place := range []string{"/boot/EFI/systemd/systemd-bootx64.efi", "/boot/EFI/BOOT/BOOTX64.EFI"} {
			steps = append(steps, []string{"install", "-D", "--mode=0644", loader, root + place})
		}
	}
	for _, argv := range steps {
		fmt.Println("+", strings.Join(argv, " "))
		if output, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, output)
		}
	}
	for name, text := range map[string]string{
		"etc/fstab":               "/dev/mapper/root / btrfs subvol=@root 0 0\n",
		"etc/hostname":            "installed\n",
		"boot/loader/loader.conf": "timeout 0\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return exec.Command("sync").Run()
}
