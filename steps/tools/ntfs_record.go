package tools

import (
	"encoding/binary"
	"errors"
)

// ntfsRecord is one file in the table of files, mended.
type ntfsRecord []byte

// ntfsAttribute is a part of a file: its value, or where that lies.
type ntfsAttribute struct {
	value []byte
	runs  []ntfsRun
	size  uint64 // bytes, of one that lies elsewhere
}

// nameLength is how long the name of the attribute is that we look for: the
// index of a folder is called $I30, what a file holds has no name.
func nameLength(kind uint32) byte {
	if kind == ntfsIndexRoot || kind == ntfsIndexAllocation {
		return byte(len("$I30"))
	}
	return 0
}

// find returns the attribute of that kind, if the record has it.
func (r ntfsRecord) find(kind uint32) (ntfsAttribute, bool, error) {
	const shortest = 16
	at := int(binary.LittleEndian.Uint16(r[0x14:]))
	for at+shortest <= len(r) {
		one := r[at:]
		length := uint64(binary.LittleEndian.Uint32(one[4:]))
		switch got := binary.LittleEndian.Uint32(one); {
		case got == ntfsAttributesEnd:
			return ntfsAttribute{}, false, nil
		case length < shortest || length > uint64(len(one)):
			return ntfsAttribute{}, false, errors.New("its attributes do not fit into it")
		case got == kind && one[9] == nameLength(kind):
			found, err := readAttribute(one[:length])
			return found, err == nil, err
		}
		at += int(length) //nolint:gosec // it is no longer than the record, see above
	}
	return ntfsAttribute{}, false, nil
}

func readAttribute(one []byte) (ntfsAttribute, error) {
	broken := errors.New("one of its attributes is broken")
	if one[8] == 0 { // its value is in the record
		if len(one) < 0x18 {
			return ntfsAttribute{}, broken
		}
		size, at := uint64(binary.LittleEndian.Uint32(one[0x10:])), uint64(binary.LittleEndian.Uint16(one[0x14:]))
		if at+size > uint64(len(one)) {
			return ntfsAttribute{}, broken
		}
		return ntfsAttribute{value: one[at : at+size]}, nil
	}
	if len(one) < 0x40 {
		return ntfsAttribute{}, broken
	}
	at := int(binary.LittleEndian.Uint16(one[0x20:]))
	if at >= len(one) {
		return ntfsAttribute{}, broken
	}
	runs, err := readRuns(one[at:])
	return ntfsAttribute{runs: runs, size: binary.LittleEndian.Uint64(one[0x30:])}, err
}

// readRuns reads where a file lies: each run has a byte that says how many
// bytes hold its length and how many its place, which counts from the place
// of the run before.
func readRuns(data []byte) ([]ntfsRun, error) {
	runs := []ntfsRun{}
	place := int64(0)
	for len(data) > 0 && data[0] != 0 {
		lengthBytes, placeBytes := int(data[0]&0xf), int(data[0]>>4)
		if lengthBytes == 0 || lengthBytes > 8 || placeBytes > 8 || 1+lengthBytes+placeBytes > len(data) || len(runs) == ntfsMaxRuns {
			return nil, errors.New("the list of where it lies is broken")
		}
		count := number(data[1 : 1+lengthBytes])
		place += number(data[1+lengthBytes : 1+lengthBytes+placeBytes])
		const most = 1 << 42 // with clusters of 2 MiB this is 2^63
		if count <= 0 || count > most || place < 0 || place > most {
			return nil, errors.New("the list of where it lies is broken")
		}
		runs = append(runs, ntfsRun{first: uint64(place), count: uint64(count), hole: placeBytes == 0})
		data = data[1+lengthBytes+placeBytes:]
	}
	return runs, nil
}

// number is a number of up to eight bytes, the last of which has the sign.
func number(data []byte) int64 {
	value := int64(0)
	for i, part := range data {
		value |= int64(part) << (8 * i)
	}
	if shift := 64 - 8*len(data); shift < 64 {
		value = value << shift >> shift
	}
	return value
}
