package disk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// span is a range of bytes of a disk; end does not belong to it.
type span struct{ start, end uint64 }

func (s span) size() uint64 {
	if s.end < s.start {
		return 0
	}
	return s.end - s.start
}

// aligned is the part of a span that partitions of ours can use.
func (s span) aligned() span {
	inner := span{alignUp(s.start), alignDown(s.end)}
	if inner.end < inner.start {
		inner.end = inner.start
	}
	return inner
}

// tableEntries is the array of 128 partition entries of 128 bytes; the table
// is that and a header of one sector, at either end of the disk, with a
// protective MBR of one sector before the first.
// Source: UEFI 2.10, section 5.3.
const tableEntries = 128 * 128

// maxPartitions is how many entries a table has.
const maxPartitions = 128

// usableSpan is what a GPT leaves to partitions: after the first table up to
// the second, which is at the end of the disk. Where it is not yet, because the
// disk has grown, tools.Sgdisk moves it there.
func usableSpan(disk steps.Disk) span {
	return span{2*disk.LogicalSize + tableEntries, disk.Size - min(disk.Size, disk.LogicalSize+tableEntries)}
}

// placed is a partition of ours that has its place.
type placed struct {
	want
	span
	number int
	uuid   string // PARTUUID
	label  string // its name in the table
}

// size is what it has, which for the rest is more than it asked for.
func (p placed) size() uint64 { return p.span.size() }

// put places partitions one after the other into a free span. The error says
// what is missing, in numbers.
func put(wants []want, numbers []int, free span) ([]placed, error) {
	room := free.aligned()
	var need uint64
	var words []string
	for _, w := range wants {
		size := alignUp(w.size)
		if w.size == 0 {
			size = alignUp(w.least)
		}
		need += size
		words = append(words, w.name+" "+Bytes(size))
	}
	if need > room.size() {
		return nil, fmt.Errorf("it has room for %s, and %s are needed (%s)", Bytes(room.size()), Bytes(need), strings.Join(words, ", "))
	}
	if len(numbers) < len(wants) {
		return nil, fmt.Errorf("its table has %d free entries, and %d are needed", len(numbers), len(wants))
	}
	places := make([]placed, len(wants))
	at := room.start
	for i, w := range wants {
		size := alignUp(w.size)
		if w.size == 0 {
			// Only the last one takes the rest: the others have a size.
			size = room.end - at
		}
		places[i] = placed{want: w, number: numbers[i], span: span{at, at + size}}
		at += size
	}
	return places, nil
}

// freeSpans returns what lies between partitions, in order.
func freeSpans(partitions []steps.Partition, within span) []span {
	sorted := slices.Clone(partitions)
	slices.SortStableFunc(sorted, func(a, b steps.Partition) int {
		switch {
		case a.Start < b.Start:
			return -1
		case a.Start > b.Start:
			return 1
		}
		return 0
	})
	var spans []span
	at := within.start
	for _, partition := range sorted {
		if partition.Start > at {
			spans = append(spans, span{at, min(partition.Start, within.end)})
		}
		at = max(at, partition.Start+partition.Size)
	}
	if at < within.end {
		spans = append(spans, span{at, within.end})
	}
	return spans
}

// largest returns the span with the most room for aligned partitions.
func largest(spans []span) span {
	var best span
	for _, one := range spans {
		if one.aligned().size() > best.aligned().size() {
			best = one
		}
	}
	return best
}

// freeNumbers returns the numbers that no partition has, from 1.
func freeNumbers(partitions []steps.Partition) []int {
	var numbers []int
	for number := 1; number <= maxPartitions; number++ {
		if !slices.ContainsFunc(partitions, func(p steps.Partition) bool { return p.Number == number }) {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// consistent says why partitions cannot be worked around, or "": two of them
// overlap, one lies where the table itself is, or reaches past the end of the
// disk.
func consistent(disk steps.Disk) string {
	var end uint64
	usable := usableSpan(disk)
	for _, partition := range slices.SortedFunc(slices.Values(disk.Partitions), func(a, b steps.Partition) int {
		if a.Start < b.Start {
			return -1
		}
		return 1
	}) {
		switch {
		case partition.Start < end:
			return fmt.Sprintf("its partition %d begins inside the one before it", partition.Number)
		case partition.Size > disk.Size || partition.Start > disk.Size-partition.Size:
			return fmt.Sprintf("its partition %d reaches past the end of the disk", partition.Number)
		case partition.Size == 0:
			return fmt.Sprintf("its partition %d has no size", partition.Number)
		case partition.Start < usable.start || partition.Start+partition.Size > usable.end:
			return fmt.Sprintf("its partition %d lies where the partition table is", partition.Number)
		case partition.Number < 1 || partition.Number > maxPartitions:
			return fmt.Sprintf("its partition %d has a number that a GPT does not have by default", partition.Number)
		}
		end = partition.Start + partition.Size
	}
	return ""
}

// tile makes regions cover a disk: what lies between them is free. Regions
// that overlap, as logical partitions do with the one that holds them, are
// cut to what comes first.
func tile(regions []steps.Region, size uint64) []steps.Region {
	sorted := slices.Clone(regions)
	slices.SortStableFunc(sorted, func(a, b steps.Region) int {
		switch {
		case a.Start < b.Start:
			return -1
		case a.Start > b.Start:
			return 1
		}
		return 0
	})
	var tiles []steps.Region
	var at uint64
	free := func(to uint64) {
		if to > at {
			tiles = append(tiles, steps.Region{Fate: steps.FateFree, Start: at, Size: to - at})
			at = to
		}
	}
	for _, region := range sorted {
		end := size
		if region.Start < size && region.Size < size-region.Start {
			end = region.Start + region.Size
		}
		if region.Start >= size || end <= max(at, region.Start) {
			continue
		}
		free(region.Start)
		region.Start, region.Size = at, end-at
		tiles = append(tiles, region)
		at = end
	}
	free(size)
	return tiles
}

// partUUID makes the PARTUUID of a partition from what the disk is, so that
// the same plan gives the same names, and no other disk has them. taken are
// those that exist in the machine already.
// Source: RFC 9562, section 5.8 (version 8, of one's own making).
func partUUID(disk steps.Disk, host, name string, start uint64, taken map[string]bool) string {
	for round := 0; ; round++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "mnemonix partition\x00%s\x00%s\x00%s\x00%s\x00%d\x00%s\x00%s\x00%d\x00%d",
			disk.ID, disk.Path, disk.Serial, disk.WWN, disk.Size, host, name, start, round))
		sum[6] = sum[6]&0x0f | 0x80
		sum[8] = sum[8]&0x3f | 0x80
		text := hex.EncodeToString(sum[:16])
		uuid := strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
		if !taken[uuid] {
			taken[uuid] = true
			return uuid
		}
	}
}
