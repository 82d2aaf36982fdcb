package tools

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
)

// ntfsVolume is an NTFS file system of which pieces are read as needed.
type ntfsVolume struct {
	read       ReadAt
	cluster    uint64 // bytes
	recordSize uint64 // bytes of a record in the table of files
	table      []ntfsRun
	size       uint64 // bytes of the file system
}

// ntfsRun is a stretch of clusters; one without a place reads as zeros.
type ntfsRun struct {
	first, count uint64
	hole         bool
}

func openNTFS(read ReadAt) (ntfsVolume, error) {
	const bootSector = 512
	boot, err := read(0, bootSector)
	if err != nil {
		return ntfsVolume{}, err
	}
	if len(boot) < bootSector || string(boot[3:11]) != "NTFS    " {
		return ntfsVolume{}, errors.New("it has no boot sector of NTFS")
	}
	sector, perCluster := uint64(binary.LittleEndian.Uint16(boot[11:])), uint64(boot[13])
	if perCluster > 0x80 { // then it is the power of two, negative
		if perCluster < 0xf4 { // 4096 sectors and more
			return ntfsVolume{}, errors.New("its clusters have no size that NTFS has")
		}
		perCluster = 1 << (256 - perCluster)
	}
	volume := ntfsVolume{read: read, cluster: sector * perCluster}
	switch {
	case sector < 256 || sector > 4096 || sector&(sector-1) != 0:
		return ntfsVolume{}, errors.New("its sectors have no size that NTFS has")
	case perCluster == 0 || perCluster&(perCluster-1) != 0 || volume.cluster > 2<<20:
		return ntfsVolume{}, errors.New("its clusters have no size that NTFS has")
	}
	volume.size = binary.LittleEndian.Uint64(boot[0x28:])
	if volume.size == 0 || volume.size > 1<<51 {
		return ntfsVolume{}, errors.New("its boot sector gives it no size")
	}
	volume.size *= sector
	switch per := int8(boot[0x40]); { //nolint:gosec // it is signed: below 0 it is a power of two
	case per > 0:
		volume.recordSize = uint64(per) * volume.cluster
	case per <= -9 && per >= -16:
		volume.recordSize = 1 << -per
	}
	if volume.recordSize < 512 || volume.recordSize > 64<<10 {
		return ntfsVolume{}, errors.New("the records of its table have no size that NTFS has")
	}
	// The table's first record describes the table itself.
	start := binary.LittleEndian.Uint64(boot[0x30:])
	volume.table = []ntfsRun{{first: start, count: (volume.recordSize + volume.cluster - 1) / volume.cluster}}
	self, err := volume.record(0)
	if err != nil {
		return ntfsVolume{}, fmt.Errorf("read the table of files: %w", err)
	}
	data, found, err := self.find(ntfsData)
	if err != nil || !found || len(data.runs) == 0 {
		return ntfsVolume{}, errors.New("the table of files does not say where it lies")
	}
	volume.table = data.runs
	return volume, nil
}

// bytes reads from a stretch of clusters.
func (v ntfsVolume) bytes(runs []ntfsRun, offset, size uint64) ([]byte, error) {
	var data []byte
	for _, run := range runs {
		length := run.count * v.cluster
		if offset >= length {
			offset -= length
			continue
		}
		take := min(length-offset, size)
		if run.hole {
			data = append(data, make([]byte, take)...)
		} else {
			at := run.first*v.cluster + offset
			if run.first > v.size/v.cluster || at+take > v.size {
				return nil, errors.New("it lies beyond the end of the file system")
			}
			piece, err := v.read(at, take)
			if err != nil {
				return nil, err
			}
			if uint64(len(piece)) < take {
				return nil, errors.New("the device ends before it")
			}
			data = append(data, piece[:take]...)
		}
		offset, size = 0, size-take
		if size == 0 {
			return data, nil
		}
	}
	return nil, errors.New("it ends too early")
}

// record reads a record of the table of files.
func (v ntfsVolume) record(number uint64) (ntfsRecord, error) {
	if number >= 1<<32 {
		return nil, errors.New("there is no such record")
	}
	data, err := v.bytes(v.table, number*v.recordSize, v.recordSize)
	if err != nil {
		return nil, err
	}
	if string(data[:4]) != "FILE" {
		return nil, errors.New("it is no record of the table of files")
	}
	return data, mend(data)
}

// mend puts back the last two bytes of each sector, which NTFS keeps apart so
// that a record that was half written shows.
func mend(block []byte) error {
	const sector = 512
	at, count := int(binary.LittleEndian.Uint16(block[4:])), int(binary.LittleEndian.Uint16(block[6:]))
	if count < 1 || (count-1)*sector > len(block) || at+2*count > len(block) {
		return errors.New("its marks are not where they should be")
	}
	for i := 1; i < count; i++ {
		end := block[i*sector-2 : i*sector]
		if end[0] != block[at] || end[1] != block[at+1] {
			return errors.New("it was written by half")
		}
		copy(end, block[at+2*i:at+2*i+2])
	}
	return nil
}

// head reads the first four bytes of a file's data.
func (v ntfsVolume) head(number uint64) ([]byte, error) {
	const size = 4
	data, err := v.attribute(number, ntfsData)
	if err != nil {
		return nil, err
	}
	if data.runs == nil {
		return data.value[:min(size, len(data.value))], nil
	}
	return v.bytes(data.runs, 0, size)
}

// attribute finds an attribute of a file, or the first piece of one that has
// been moved to another record for want of room.
func (v ntfsVolume) attribute(number uint64, kind uint32) (ntfsAttribute, error) {
	record, err := v.record(number)
	if err != nil {
		return ntfsAttribute{}, err
	}
	if found, there, err := record.find(kind); err != nil || there {
		return found, err
	}
	list, there, err := record.find(ntfsAttributeList)
	if err != nil || !there {
		return ntfsAttribute{}, errors.Join(errors.New("it has no content"), err)
	}
	entries := list.value
	if list.runs != nil {
		if entries, err = v.bytes(list.runs, 0, min(list.size, v.cluster)); err != nil {
			return ntfsAttribute{}, err
		}
	}
	for len(entries) >= 0x1a {
		length := int(binary.LittleEndian.Uint16(entries[4:]))
		if binary.LittleEndian.Uint32(entries) == kind && entries[6] == nameLength(kind) && binary.LittleEndian.Uint64(entries[8:]) == 0 {
			other, err := v.record(reference(entries[0x10:]))
			if err != nil {
				return ntfsAttribute{}, err
			}
			found, there, err := other.find(kind)
			if err == nil && !there {
				err = errors.New("its list of attributes leads nowhere")
			}
			return found, err
		}
		if length < 0x1a || length > len(entries) {
			break
		}
		entries = entries[length:]
	}
	return ntfsAttribute{}, errors.New("it has no content")
}

// folder lists a folder: numbers of records by names in small letters.
func (v ntfsVolume) folder(number uint64) (map[string]uint64, error) {
	names := map[string]uint64{}
	root, err := v.attribute(number, ntfsIndexRoot)
	const head = 16
	if err != nil {
		return nil, err
	}
	if root.runs != nil || len(root.value) < 2*head {
		return nil, errors.New("it is no folder")
	}
	listIndex(root.value[head:], names)
	const large = 1
	if root.value[head+12]&large == 0 {
		return names, nil
	}
	block := uint64(binary.LittleEndian.Uint32(root.value[8:]))
	if block < 512 || block > 64<<10 {
		return nil, errors.New("its blocks have no size that NTFS has")
	}
	rest, err := v.attribute(number, ntfsIndexAllocation)
	if err != nil {
		return nil, err
	}
	if rest.runs == nil || rest.size > ntfsMaxFolder {
		return nil, errors.New("it is too large to be read from outside")
	}
	data, err := v.bytes(rest.runs, 0, rest.size)
	if err != nil {
		return nil, err
	}
	for ; uint64(len(data)) >= block; data = data[block:] {
		one := data[:block]
		if string(one[:4]) != "INDX" { // not in use
			continue
		}
		if err := mend(one); err != nil {
			return nil, err
		}
		listIndex(one[0x18:], names)
	}
	return names, nil
}

// listIndex reads the names behind a node's head.
func listIndex(node []byte, names map[string]uint64) {
	const last, nameAt = 2, 0x10 + 0x42
	if len(node) < 16 {
		return
	}
	start, end := uint64(binary.LittleEndian.Uint32(node)), uint64(binary.LittleEndian.Uint32(node[4:]))
	end = min(end, uint64(len(node)))
	if start >= end {
		return
	}
	for entries := node[start:end]; len(entries) >= 16; {
		length := int(binary.LittleEndian.Uint16(entries[8:]))
		if length < 16 || length > len(entries) || binary.LittleEndian.Uint16(entries[12:])&last != 0 {
			return
		}
		if entry := entries[:length]; length >= nameAt {
			units := make([]uint16, 0, entry[nameAt-2])
			for at := nameAt; at+2 <= length && len(units) < int(entry[nameAt-2]); at += 2 {
				units = append(units, binary.LittleEndian.Uint16(entry[at:]))
			}
			names[strings.ToLower(string(utf16.Decode(units)))] = reference(entry)
		}
		entries = entries[length:]
	}
}

// reference is the number of a record; above it is how often it was reused.
func reference(data []byte) uint64 { return binary.LittleEndian.Uint64(data) & (1<<48 - 1) }
