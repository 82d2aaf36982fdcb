package tools

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// FATHead is how much of an EFI system partition is read: the tables of one
// of 2 GiB, and the folders at the beginning of its data.
const FATHead = 8 << 20

// FAT is what the head of a FAT file system tells without mounting it.
type FAT struct {
	Size    uint64   `json:"size"`    // bytes of its clusters
	Free    uint64   `json:"free"`    // bytes of those that are free
	Folders []string `json:"folders"` // the folders in EFI, as far as they are in the head
}

// ParseFAT reads the head of a FAT12, FAT16 or FAT32 file system.
// Source: Microsoft, FAT: General Overview of On-Disk Format, 1.03.
func ParseFAT(head []byte) (FAT, error) {
	volume, err := openFAT(head)
	if err != nil {
		return FAT{}, err
	}
	free, err := volume.free()
	if err != nil {
		return FAT{}, err
	}
	fat := FAT{Size: volume.clusters * volume.clusterSize, Free: free * volume.clusterSize, Folders: []string{}}
	for _, entry := range volume.root() {
		if !entry.folder || !strings.EqualFold(entry.name, "EFI") {
			continue
		}
		for _, inside := range volume.entries(volume.chain(entry.cluster)) {
			if inside.folder && inside.name != "." && inside.name != ".." {
				fat.Folders = append(fat.Folders, inside.name)
			}
		}
	}
	slices.Sort(fat.Folders)
	return fat, nil
}

// fatVolume is a FAT file system of which only the head is known.
type fatVolume struct {
	head        []byte
	bits        uint64 // of an entry of the table: 12, 16 or 32
	table       uint64 // where the first table begins, in bytes
	rootStart   uint64 // of FAT12 and FAT16: where the root folder begins
	rootSize    uint64
	rootCluster uint64 // of FAT32
	data        uint64 // where cluster 2 begins
	clusters    uint64
	clusterSize uint64
}

func openFAT(head []byte) (fatVolume, error) {
	const bootSector = 512
	if len(head) < bootSector || head[510] != 0x55 || head[511] != 0xaa {
		return fatVolume{}, errors.New("it has no boot sector of a FAT file system")
	}
	two := func(at int) uint64 { return uint64(binary.LittleEndian.Uint16(head[at:])) }
	four := func(at int) uint64 { return uint64(binary.LittleEndian.Uint32(head[at:])) }
	sector, perCluster, reserved, tables, rootEntries := two(11), uint64(head[13]), two(14), uint64(head[16]), two(17)
	sectors, tableSectors := two(19), two(22)
	if sectors == 0 {
		sectors = four(32)
	}
	if tableSectors == 0 {
		tableSectors = four(36)
	}
	powers := []uint64{512, 1024, 2048, 4096}
	if !slices.Contains(powers, sector) || perCluster == 0 || perCluster&(perCluster-1) != 0 || reserved == 0 || tables == 0 || tableSectors == 0 {
		return fatVolume{}, errors.New("its boot sector is not that of a FAT file system")
	}
	rootSectors := (rootEntries*32 + sector - 1) / sector
	before := reserved + tables*tableSectors + rootSectors
	if before >= sectors {
		return fatVolume{}, errors.New("its boot sector gives it no room for data")
	}
	volume := fatVolume{
		head: head, table: reserved * sector, clusterSize: perCluster * sector,
		rootStart: (reserved + tables*tableSectors) * sector, rootSize: rootSectors * sector,
		data: before * sector, clusters: (sectors - before) / perCluster,
	}
	// The number of clusters alone decides which of the three it is.
	switch {
	case volume.clusters < 4085:
		volume.bits = 12
	case volume.clusters < 65525:
		volume.bits = 16
	default:
		volume.bits, volume.rootCluster = 32, four(44)
	}
	if end := volume.table + ((volume.clusters+2)*volume.bits+7)/8; end > uint64(len(head)) || end > volume.table+tableSectors*sector {
		return fatVolume{}, errors.New("its table is larger than what was read of it")
	}
	return volume, nil
}

// next is the entry of a cluster in the table; openFAT saw that it is there.
func (v fatVolume) next(cluster uint64) uint64 {
	switch v.bits {
	case 12:
		at := v.table + cluster + cluster/2
		pair := uint64(v.head[at]) | uint64(v.head[at+1])<<8
		if cluster%2 == 1 {
			return pair >> 4
		}
		return pair & 0xfff
	case 16:
		return uint64(binary.LittleEndian.Uint16(v.head[v.table+2*cluster:]))
	}
	return uint64(binary.LittleEndian.Uint32(v.head[v.table+4*cluster:]) & 0x0fffffff)
}

// free counts the clusters that are not in use. The count that FAT32 keeps
// beside its table is a hint only, and often old.
func (v fatVolume) free() (uint64, error) {
	if v.bits == 12 && v.table+(v.clusters+1)*3/2+1 >= uint64(len(v.head)) {
		return 0, errors.New("its table is larger than what was read of it")
	}
	count := uint64(0)
	for cluster := uint64(2); cluster < v.clusters+2; cluster++ {
		if v.next(cluster) == 0 {
			count++
		}
	}
	return count, nil
}
