package probe

import (
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// LiveMounts are where live systems mount the medium that they run from.
var LiveMounts = []string{
	"/iso",                   // NixOS
	"/run/live/medium",       // Debian
	"/lib/live/mount/medium", // Debian, older
	"/cdrom",                 // Ubuntu
	"/run/initramfs/live",    // dracut: Fedora, openSUSE
	"/run/archiso/bootmnt",   // Arch
	"/run/miso/bootmnt",      // Manjaro
}

// Mount is one file system that is mounted.
type Mount struct {
	Number  string   // major:minor; the major of what has no device is 0
	Place   string   // where: /boot
	Kind    string   // ext4, btrfs, tmpfs
	Source  string   // /dev/nvme0n1p1, tmpfs, pool/dataset
	Root    string   // the part of the file system that is seen: / or /@home
	Options []string // of the mount and of the file system
}

// Mounts lists what is mounted as this process sees it.
func Mounts(reader run.Reader) []Mount {
	info, err := reader.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	return ParseMounts(info)
}

// ParseMounts reads /proc/self/mountinfo.
// Source: kernel, Documentation/filesystems/proc.rst, section 3.5.
func ParseMounts(info []byte) []Mount {
	var mounts []Mount
	for line := range strings.Lines(string(info)) {
		front, back, ok := strings.Cut(line, " - ")
		fields, rest := strings.Fields(front), strings.Fields(back)
		if !ok || len(fields) < 5 || len(rest) < 2 {
			continue
		}
		mount := Mount{Number: fields[2], Root: Unoctal(fields[3]), Place: Unoctal(fields[4]), Kind: rest[0], Source: Unoctal(rest[1])}
		if len(fields) > 5 {
			mount.Options = strings.Split(fields[5], ",")
		}
		if len(rest) > 2 {
			mount.Options = append(mount.Options, strings.Split(Unoctal(rest[2]), ",")...)
		}
		mounts = append(mounts, mount)
	}
	return mounts
}

// Unoctal turns the \040 of /proc/self/mountinfo and /proc/swaps back into
// what it stands for.
func Unoctal(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var plain strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) {
			if code, err := strconv.ParseUint(text[i+1:i+4], 8, 8); err == nil {
				plain.WriteByte(byte(code))
				i += 3
				continue
			}
		}
		plain.WriteByte(text[i])
	}
	return plain.String()
}
