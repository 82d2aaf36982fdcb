// Command nixos-install stands in for the one of NixOS: it has the command
// line that mnemonix uses and refuses every other. What it installs is a copy
// of the Debian that it runs in, and as its boot loader systemd-boot with the
// kernel of the system's folder, so that the disk really boots.
//
// Where the flake says that the TPM opens the disk, the flake's own script does
// the enrolment at the first start, in a unit as hosts/common/tpm.nix has it.
//
// It may be repeated: what is there is written over with the same.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	if err := copyRoot(root); err != nil {
		return err
	}
	steps := [][]string{
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
		"etc/fstab":               "/dev/mapper/cryptroot / btrfs subvol=@root 0 0\n",
		"etc/hostname":            "installed\n",
		"boot/loader/loader.conf": "timeout 0\n",
		begins:                    "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo rig: the system on the disk has begun >/dev/ttyS0'\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	wants := filepath.Join(root, "etc/systemd/system/sysinit.target.wants")
	err := errors.Join(os.MkdirAll(wants, 0o755),
		exec.Command("ln", "--symbolic", "--force", "../"+filepath.Base(begins), wants+"/").Run())
	if err != nil {
		return err
	}
	if err := firstStart(root); err != nil {
		return err
	}
	return exec.Command("sync").Run()
}

// begins is a unit that says on the serial console that the system starts.
const begins = "etc/systemd/system/begins.service"

// ballast is what a system needs neither to start nor to be looked at.
var ballast = []string{
	"./etc/systemd/system/multi-user.target.wants/rig.service", "./etc/systemd/system/multi-user.target.wants/medium.service",
	"./boot", "./usr/share/perl*", "./usr/lib/*/perl*", "./usr/lib/*/libperl*", "./usr/bin/perl*", "./usr/lib/git-core", "./usr/bin/git*",
	"./usr/bin/scalar", "./usr/bin/nix*", "./usr/lib/*/libnix*", "./usr/bin/age*", "./usr/bin/bash-static", "./usr/bin/sqv", "./usr/lib/udev/hwdb.d",
	"./usr/lib/modules", "./usr/lib/udev/hwdb.bin", "./usr/lib/openssh", "./usr/bin/ssh*", "./usr/bin/btrfs-*", "./usr/sbin/lvm*", "./usr/sbin/mdadm",
	"./usr/lib/*/liblvm*", "./usr/lib/*/libgit2*", "./usr/share/bash-completion", "./usr/lib/*/gconv", "./usr/share/zoneinfo", "./usr/lib/apt", "./usr/lib/*/libapt*", "./var/lib/apt", "./var/lib/dpkg", "./var/cache",
}

// copyRoot copies the machine's own root, and nothing that is mounted in it.
func copyRoot(root string) error {
	args := []string{"--create", "--one-file-system", "--directory=/"}
	// A folder that something is mounted on changes while it is looked at, and
	// tar ends with 1 then: the one that is copied to above all.
	for _, pattern := range slices.Concat(ballast, []string{"./mnt", "./proc", "./sys", "./dev", "./run", "./tmp"}) {
		args = append(args, "--exclude="+pattern)
	}
	pack := exec.Command("tar", append(args, ".")...)
	unpack := exec.Command("tar", "--extract", "--preserve-permissions", "--directory="+root)
	var lost, said strings.Builder
	pack.Stderr, unpack.Stderr = &lost, &said
	pipe, err := pack.StdoutPipe()
	if err != nil {
		return err
	}
	unpack.Stdin = pipe
	if err := errors.Join(pack.Start(), unpack.Start()); err != nil {
		return err
	}
	if err := errors.Join(unpack.Wait(), pack.Wait()); err != nil {
		return fmt.Errorf("copy the root: %w: %s%s", err, lost.String(), said.String())
	}
	return nil
}

// answer finds what the operator answered.
func answer(text []byte, name string) string {
	match := regexp.MustCompile(`(?m)\b` + name + `: ([a-z-]+)`).FindSubmatch(text)
	if match == nil {
		return ""
	}
	return string(match[1])
}

// firstStart is what NixOS makes of hosts/common/tpm.nix.
func firstStart(root string) error {
	flake := filepath.Join(root, "etc/nixos")
	files, err := filepath.Glob(filepath.Join(flake, "hosts/*/answers.yaml"))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("the flake has %d hosts: %w", len(files), err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	unlock := answer(text, "unlock")
	if !strings.HasPrefix(unlock, "tpm") {
		return nil
	}
	script, err := os.ReadFile(filepath.Join(flake, "hosts/common/luks-tpm-enrol.sh"))
	if err != nil {
		return err
	}
	unit := fmt.Sprintf(`[Unit]
Description=Let the TPM unlock the disk from the next boot on
Wants=dev-tpmrm0.device
After=dev-tpmrm0.device
Before=getty@tty1.service serial-getty@ttyS0.service
ConditionPathExists=!/var/lib/mnemonix/luks-tpm-enrolled

[Service]
Type=oneshot
Environment=LUKS_DEVICE=/dev/disk/by-partlabel/disk-main-cryptroot LUKS_NAME=cryptroot
Environment=UNLOCK=%s LOADER=%s STATE=/var/lib/mnemonix
ExecStart=/usr/local/sbin/luks-tpm-enrol --boot
KeyringMode=shared
TimeoutStartSec=15min
UMask=0077

[Install]
WantedBy=multi-user.target
`, unlock, answer(text, "loader"))
	units := filepath.Join(root, "etc/systemd/system")
	return errors.Join(
		os.MkdirAll(filepath.Join(units, "multi-user.target.wants"), 0o755),
		os.WriteFile(filepath.Join(root, "usr/local/sbin/luks-tpm-enrol"), append([]byte("#!/bin/bash\nset -euo pipefail\n"), script...), 0o755),
		os.WriteFile(filepath.Join(units, "luks-tpm-enrol.service"), []byte(unit), 0o644),
		exec.Command("ln", "--symbolic", "--force", "../luks-tpm-enrol.service", filepath.Join(units, "multi-user.target.wants")+"/").Run(),
	)
}
