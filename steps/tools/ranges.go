package tools

import (
	"strconv"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// ddBlock is how much dd moves at once; offsets and lengths are bytes anyway.
const ddBlock = "1M"

// SaveRange copies bytes of a device into a file, in place of what the file
// held before.
// Source: dd(1) of coreutils, iflag=skip_bytes,count_bytes.
func SaveRange(device string, start, length uint64, file string) steps.Command {
	return steps.Command{Argv: []string{
		"dd", "if=" + device, "of=" + file, "bs=" + ddBlock, "iflag=skip_bytes,count_bytes,fullblock",
		"skip=" + strconv.FormatUint(start, 10), "count=" + strconv.FormatUint(length, 10), "status=none",
	}}
}

// RestoreRange puts the bytes back where SaveRange took them.
func RestoreRange(device string, start uint64, file string) steps.Command {
	return steps.Command{Argv: []string{
		"dd", "if=" + file, "of=" + device, "bs=" + ddBlock, "oflag=seek_bytes", "seek=" + strconv.FormatUint(start, 10),
		"conv=notrunc,fsync", "status=none",
	}}
}

// InstallText puts a text into a file; the text is no secret.
// Source: install(1) of coreutils.
func InstallText(file, text string) steps.Command {
	return steps.Command{Argv: []string{"install", "-D", "--mode=0644", "/dev/stdin", file}, Text: text}
}

// InstallSecret puts the secret of that name into a file that only root can
// read. The file must lie in tmpfs.
func InstallSecret(file, secret string) steps.Command {
	return steps.Command{Argv: []string{"install", "--mode=0600", "/dev/stdin", file}, Stdin: secret}
}

// MakeFolder makes a folder that only root can enter.
func MakeFolder(folder string) steps.Command {
	return steps.Command{Argv: []string{"install", "-d", "--mode=0700", folder}}
}

// RemoveFile removes a file; one that is not there is no error.
func RemoveFile(file string) steps.Command {
	return steps.Command{Argv: []string{"rm", "--force", file}}
}

// IsTmpfs succeeds when the folder lies in memory.
// Source: stat(1) of coreutils, --file-system.
func IsTmpfs(folder string) steps.Command {
	return steps.Command{Argv: []string{"findmnt", "--noheadings", "--types", "tmpfs,ramfs", "--target", folder}}
}

// Mounted succeeds when that device is mounted there.
// Source: findmnt(8).
func Mounted(device, mountpoint string) steps.Command {
	return steps.Command{Argv: []string{"findmnt", "--noheadings", device, mountpoint}}
}

// Exists succeeds when the file is there.
func Exists(file string) steps.Command {
	return steps.Command{Argv: []string{"test", "-e", file}}
}

// Absent succeeds when there is no such file.
func Absent(file string) steps.Command {
	return steps.Command{Argv: []string{"test", "!", "-e", file}}
}

// UnmountAll unmounts a folder and everything below it.
func UnmountAll(folder string) steps.Command {
	return steps.Command{Argv: []string{"umount", "--recursive", folder}}
}

// ZeroRange writes zeros over bytes of a device.
func ZeroRange(device string, start, length uint64) steps.Command {
	return steps.Command{Argv: []string{
		"dd", "if=/dev/zero", "of=" + device, "bs=" + ddBlock, "iflag=count_bytes,fullblock", "oflag=seek_bytes",
		"seek=" + strconv.FormatUint(start, 10), "count=" + strconv.FormatUint(length, 10), "conv=notrunc,fsync", "status=none",
	}}
}
