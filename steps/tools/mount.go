package tools

import "codeberg.org/mnemonix/mnemonix/steps"

// MountReadOnly mounts a device so that nothing on it can change or run.
// Source: mount(8).
func MountReadOnly(device, folder string) steps.Command {
	return steps.Command{Argv: []string{"mount", "--options", "ro,nosuid,nodev,noexec", device, folder}}
}

// Mount mounts a device for writing; nothing on it can run.
// Source: mount(8).
func Mount(device, folder string) steps.Command {
	return steps.Command{Argv: []string{"mount", "--options", "nosuid,nodev,noexec", device, folder}}
}

// Unmount unmounts one folder.
func Unmount(folder string) steps.Command {
	return steps.Command{Argv: []string{"umount", folder}}
}

// PartitionOf prints the PARTUUID of what is mounted there.
// Source: findmnt(8).
func PartitionOf(place string) steps.Command {
	return steps.Command{Argv: []string{"findmnt", "--noheadings", "--output", "PARTUUID", "--mountpoint", place}}
}
