package tools

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// SuperblockSize is as much of the head of a file system as holds its
// superblock: that of btrfs lies at 64 KiB.
const SuperblockSize = 68 << 10

// Superblock is what the head of a file system that is not mounted tells of
// the whole.
type Superblock struct {
	Used    uint64 `json:"used"`    // bytes
	Unclean bool   `json:"unclean"` // it was not unmounted, or has errors
}

// ParseSuperblock reads the head of an ext2 to ext4, a btrfs or an XFS.
// Sources: kernel, Documentation/filesystems/ext4/super.rst; btrfs,
// on-disk format, superblock; XFS Algorithms & Data Structures, 3rd edition,
// superblocks.
func ParseSuperblock(kind string, head []byte) (Superblock, error) {
	switch kind {
	case "ext2", "ext3", "ext4":
		return parseExt(head)
	case "btrfs":
		return parseBtrfs(head)
	case "xfs":
		return parseXFS(head)
	}
	return Superblock{}, fmt.Errorf("nobody here can read the head of %s", kind)
}

func parseExt(head []byte) (Superblock, error) {
	const (
		at, size    = 1024, 1024
		magic       = 0xef53
		wants64bit  = 0x80 // feature: counts have a second half
		recover     = 0x04 // feature: the journal has to be replayed
		stateClean  = 1
		stateErrors = 2
	)
	if len(head) < at+size {
		return Superblock{}, errors.New("it ends before its superblock")
	}
	block := head[at : at+size]
	if binary.LittleEndian.Uint16(block[0x38:]) != magic {
		return Superblock{}, errors.New("it has no superblock of ext4")
	}
	half := func(low, high int) uint64 {
		value := uint64(binary.LittleEndian.Uint32(block[low:]))
		if binary.LittleEndian.Uint32(block[0x60:])&wants64bit != 0 {
			value |= uint64(binary.LittleEndian.Uint32(block[high:])) << 32
		}
		return value
	}
	state := binary.LittleEndian.Uint16(block[0x3a:])
	found, err := used(half(0x4, 0x150), half(0xc, 0x158), uint64(binary.LittleEndian.Uint32(block[0x18:]))+10)
	found.Unclean = state&stateClean == 0 || state&stateErrors != 0 || binary.LittleEndian.Uint32(block[0x60:])&recover != 0
	return found, err
}

func parseBtrfs(head []byte) (Superblock, error) {
	const at = 64 << 10
	if len(head) < at+0x80 || string(head[at+0x40:at+0x48]) != "_BHRfS_M" {
		return Superblock{}, errors.New("it has no superblock of btrfs")
	}
	total, taken := binary.LittleEndian.Uint64(head[at+0x70:]), binary.LittleEndian.Uint64(head[at+0x78:])
	return used(total, total-min(total, taken), 0)
}

func parseXFS(head []byte) (Superblock, error) {
	if len(head) < 512 || string(head[:4]) != "XFSB" {
		return Superblock{}, errors.New("it has no superblock of XFS")
	}
	size := binary.BigEndian.Uint32(head[4:])
	if size == 0 || size&(size-1) != 0 {
		return Superblock{}, errors.New("its superblock gives its blocks no size")
	}
	return used(binary.BigEndian.Uint64(head[8:]), binary.BigEndian.Uint64(head[144:]), uint64(bits.TrailingZeros32(size))) //nolint:gosec // at most 31
}

// used is what is not free, of blocks of two to that power of bytes.
func used(total, free, power uint64) (Superblock, error) {
	if power > 16 || total > 1<<63>>power || free > total {
		return Superblock{}, errors.New("its superblock counts what cannot be")
	}
	return Superblock{Used: (total - free) << power}, nil
}
