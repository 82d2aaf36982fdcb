package tools

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

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

// MountEmpty mounts an empty folder that is in memory: of 1 MiB, for folders to
// mount at.
// Source: mount(8); tmpfs(5).
func MountEmpty(folder string) steps.Command {
	return steps.Command{Argv: []string{"mount", "--types", "tmpfs", "--options", "nosuid,nodev,mode=755,size=1M", "tmpfs", folder}}
}

// MountRecovered mounts a file system of a machine that is recovered. Read-only
// says that no journal is replayed either: what was lost in a crash may be what
// somebody looks for.
// Source: mount(8); ext4(5), noload; xfs(5), norecovery; btrfs(5), rescue.
func MountRecovered(source, kind, folder string, options []string, readOnly bool) steps.Command {
	all := []string{"nosuid", "nodev"}
	if readOnly {
		all = append(all, "ro")
		if unplayed, ok := map[string]string{"ext4": "noload", "ext3": "noload", "xfs": "norecovery", "btrfs": "rescue=nologreplay"}[kind]; ok {
			all = append(all, unplayed)
		}
	}
	all = append(all, options...)
	return steps.Command{Argv: []string{"mount", "--types", kind, "--options", strings.Join(all, ","), source, folder}}
}
