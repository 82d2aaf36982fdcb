package tools

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// ReadAt reads that many bytes of a device.
type ReadAt func(offset, size uint64) ([]byte, error)

// NTFS is what a Windows file system tells without being mounted.
type NTFS struct {
	Dirty      bool   `json:"dirty"`           // it was not unmounted, or wants to be checked
	Hibernated bool   `json:"hibernated"`      // a Windows sleeps on it: hiberfil.sys is alive
	Build      string `json:"build,omitempty"` // of the Windows on it: 10.0.22621
}

// Numbers of NTFS. Source: Linux-NTFS project, NTFS Documentation 0.5; the
// kernel's fs/ntfs3/ntfs.h.
const (
	ntfsRecordVolume = 3 // in the table of files: $Volume
	ntfsRecordRoot   = 5

	ntfsAttributeList   = 0x20
	ntfsVolumeInfo      = 0x70
	ntfsData            = 0x80
	ntfsIndexRoot       = 0x90
	ntfsIndexAllocation = 0xa0
	ntfsAttributesEnd   = 0xffffffff

	ntfsDirty = 0x0001 // flag of $VOLUME_INFORMATION

	// What is read at once and followed at most. A file system that wants
	// more of it is broken or hostile.
	ntfsMaxFolder = 4 << 20
	ntfsMaxRuns   = 1 << 12
)

// LookIntoNTFS reads the flags of the volume, the head of hiberfil.sys and
// the version of Windows. It follows the file system's own tables with a few
// small reads and writes nothing. What is there and cannot be read is an
// error: then nobody knows whether a Windows sleeps there.
func LookIntoNTFS(read ReadAt) (NTFS, error) {
	volume, err := openNTFS(read)
	if err != nil {
		return NTFS{}, err
	}
	var found NTFS
	record, err := volume.record(ntfsRecordVolume)
	if err != nil {
		return NTFS{}, fmt.Errorf("read $Volume: %w", err)
	}
	info, _, _ := record.find(ntfsVolumeInfo)
	const flagsAt = 10
	if len(info.value) < flagsAt+2 {
		return NTFS{}, errors.New("$Volume has no flags")
	}
	found.Dirty = binary.LittleEndian.Uint16(info.value[flagsAt:])&ntfsDirty != 0

	root, err := volume.folder(ntfsRecordRoot)
	if err != nil {
		return NTFS{}, fmt.Errorf("read the root folder: %w", err)
	}
	if sleep, there := root["hiberfil.sys"]; there {
		head, err := volume.head(sleep)
		if err != nil {
			return NTFS{}, fmt.Errorf("read hiberfil.sys: %w", err)
		}
		// "wake", or zeros: it was woken, or never slept.
		found.Hibernated = strings.EqualFold(string(head), "hibr")
	}
	found.Build = volume.build(root)
	return found, nil
}

// build is the version of Windows, by the folders of the servicing stack,
// which bear it: Windows\servicing\Version\10.0.22621.2567. Empty: unknown.
func (v ntfsVolume) build(folder map[string]uint64) string {
	for _, name := range []string{"windows", "servicing", "version"} {
		number, there := folder[name]
		if !there {
			return ""
		}
		var err error
		if folder, err = v.folder(number); err != nil {
			return ""
		}
	}
	best := [3]int{}
	for name := range folder {
		var version [3]int
		count, _ := fmt.Sscanf(name, "%d.%d.%d", &version[0], &version[1], &version[2])
		if count == len(version) && (version[0] > best[0] || version[0] == best[0] && version[2] > best[2]) {
			best = version
		}
	}
	if best[0] <= 0 || best[2] <= 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", best[0], best[1], best[2])
}

// WindowsName is what people call a build of Windows. The servicing stack of
// a feature update can bear the build of the one before, so that no year is
// named. Source: Microsoft, Windows release information.
func WindowsName(build string) string {
	var major, minor, number int
	if count, _ := fmt.Sscanf(build, "%d.%d.%d", &major, &minor, &number); count != 3 {
		return "Windows"
	}
	switch {
	case major == 10 && number >= 22000:
		return "Windows 11"
	case major == 10:
		return "Windows 10"
	case major == 6 && minor == 3:
		return "Windows 8.1"
	case major == 6 && minor == 2:
		return "Windows 8"
	case major == 6 && minor == 1:
		return "Windows 7"
	}
	return "Windows"
}
