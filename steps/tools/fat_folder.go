package tools

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// chain returns the bytes of the clusters of a file, as far as they are in
// the head.
func (v fatVolume) chain(cluster uint64) []byte {
	const most = 64 // a folder of a boot partition is small; more is a loop
	var data []byte
	for range most {
		if cluster < 2 || cluster >= v.clusters+2 {
			break
		}
		start := v.data + (cluster-2)*v.clusterSize
		if start+v.clusterSize > uint64(len(v.head)) {
			break
		}
		data = append(data, v.head[start:start+v.clusterSize]...)
		cluster = v.next(cluster)
	}
	return data
}

func (v fatVolume) root() []fatEntry {
	if v.bits == 32 {
		return v.entries(v.chain(v.rootCluster))
	}
	if v.rootStart+v.rootSize > uint64(len(v.head)) {
		return nil
	}
	return v.entries(v.head[v.rootStart : v.rootStart+v.rootSize])
}

// fatEntry is one name in a folder.
type fatEntry struct {
	name    string
	folder  bool
	cluster uint64
}

// entries reads the names in a folder. A long name stands in pieces before
// its entry, the last piece first.
func (v fatVolume) entries(folder []byte) []fatEntry {
	const (
		size     = 32
		deleted  = 0xe5
		isFolder = 0x10
		isLabel  = 0x08
		isLong   = 0x0f
	)
	var list []fatEntry
	var long []uint16
	for ; len(folder) >= size && folder[0] != 0; folder = folder[size:] {
		entry := folder[:size]
		switch attributes := entry[11]; {
		case entry[0] == deleted:
			long = nil
		case attributes&0x3f == isLong:
			var piece []uint16
			for _, place := range [][2]int{{1, 11}, {14, 26}, {28, 32}} {
				for at := place[0]; at < place[1]; at += 2 {
					piece = append(piece, binary.LittleEndian.Uint16(entry[at:]))
				}
			}
			long = append(piece, long...)
		case attributes&isLabel != 0:
			long = nil
		default:
			name := shortName(entry)
			if len(long) > 0 {
				name = longName(long)
			}
			long = nil
			cluster := uint64(binary.LittleEndian.Uint16(entry[26:]))
			if v.bits == 32 {
				cluster |= uint64(binary.LittleEndian.Uint16(entry[20:])) << 16
			}
			list = append(list, fatEntry{name: name, folder: attributes&isFolder != 0, cluster: cluster})
		}
	}
	return list
}

// shortName is a name in capitals of eight letters and an ending of three.
// Two bits, which Windows NT brought and Linux follows, say that one of them
// is meant in small letters.
func shortName(entry []byte) string {
	const smallName, smallEnding = 0x08, 0x10
	name, ending := strings.TrimRight(string(entry[:8]), " "), strings.TrimRight(string(entry[8:11]), " ")
	if entry[12]&smallName != 0 {
		name = strings.ToLower(name)
	}
	if entry[12]&smallEnding != 0 {
		ending = strings.ToLower(ending)
	}
	if ending != "" {
		name += "." + ending
	}
	return printable(name)
}

func longName(units []uint16) string {
	if end := slices.Index(units, 0); end >= 0 {
		units = units[:end]
	}
	return printable(string(utf16.Decode(units)))
}

func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
}
