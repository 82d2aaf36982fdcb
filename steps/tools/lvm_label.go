package tools

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// What lies on a physical volume of LVM2, and where.
// Source: LVM2, lib/label/label.h (label_header) and lib/format_text/layout.h
// (pv_header, disk_locn, mda_header, raw_locn).
const (
	lvmSector  = 512 // bytes
	lvmSectors = 4   // in one of the first of them lies the label
	lvmLabel   = "LABELONE"
	lvmType    = "LVM2 001"
	lvmMagic   = " LVM2 x[5A%r0N*>"
	lvmName    = 128 // bytes of the longest name of a group, with its end
)

var errNoVolume = errors.New("it has no label of LVM2")

// LookForGroup reads the name of the volume group that a physical volume of
// LVM belongs to, or "" where it belongs to none.
func LookForGroup(read ReadAt) (string, error) {
	head, err := read(0, lvmSectors*lvmSector)
	if err != nil {
		return "", err
	}
	for ; len(head) >= lvmSector; head = head[lvmSector:] {
		if sector := head[:lvmSector]; string(sector[:8]) == lvmLabel && string(sector[24:32]) == lvmType {
			return groupAt(read, sector)
		}
	}
	return "", errNoVolume
}

// groupAt reads the name from the first area of metadata that says one.
func groupAt(read ReadAt, sector []byte) (string, error) {
	const header = 40 // its UUID and its size
	at := int(binary.LittleEndian.Uint32(sector[20:]))
	if at > lvmSector-header {
		return "", errNoVolume
	}
	// Two lists of places, each with an empty one at its end: of data, and of
	// metadata.
	list := 0
	for rest := sector[at+header:]; len(rest) >= 16 && list < 2; rest = rest[16:] {
		offset := binary.LittleEndian.Uint64(rest)
		switch {
		case offset == 0:
			list++
		case list == 1:
			if name, err := groupIn(read, offset); name != "" || err != nil {
				return name, err
			}
		}
	}
	return "", nil
}

// groupIn reads the name from the head of an area of metadata and the text that
// it points to, which begins with the name.
func groupIn(read ReadAt, start uint64) (string, error) {
	const (
		places  = 40 // where the places of the text begin
		ignored = 1
	)
	head, err := read(start, lvmSector)
	if err != nil {
		return "", err
	}
	if len(head) < lvmSector || string(head[4:20]) != lvmMagic {
		return "", errors.New("its metadata has no head")
	}
	size, offset := binary.LittleEndian.Uint64(head[32:]), binary.LittleEndian.Uint64(head[places:])
	if offset == 0 || binary.LittleEndian.Uint32(head[places+20:])&ignored != 0 {
		return "", nil
	}
	if offset < lvmSector || offset >= size || start+offset < start {
		return "", errors.New("its metadata lies outside of its place")
	}
	text, err := read(start+offset, min(lvmName, size-offset))
	if err != nil {
		return "", err
	}
	if missing := lvmName - len(text); missing > 0 { // the area is a ring
		more, err := read(start+lvmSector, uint64(missing))
		if err != nil {
			return "", err
		}
		text = append(bytes.Clone(text), more...)
	}
	name, _, found := bytes.Cut(text, []byte(" {"))
	if !found || !isGroup(name) {
		return "", errors.New("its metadata begins with no name of a group")
	}
	return string(name), nil
}

// isGroup says whether that can be the name of a volume group.
// Source: lvm(8), VALID NAMES.
func isGroup(name []byte) bool {
	for _, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !bytes.ContainsRune([]byte("+_.-"), rune(c)) {
			return false
		}
	}
	return len(name) > 0 && name[0] != '-' && string(name) != "." && string(name) != ".."
}
