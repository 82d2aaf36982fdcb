package disk

import (
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

const (
	kib uint64 = 1 << 10
	mib uint64 = 1 << 20
	gib uint64 = 1 << 30
)

const (
	// alignment is where partitions begin and end: a multiple of every sector,
	// erase block and RAID stripe that is sold. sgdisk and disko use the same.
	alignment = mib

	// minDisk is the smallest disk that is offered: "8 GB" as makers count.
	minDisk = 8 * 1000 * 1000 * 1000

	// minRoot is the least that the root file system needs: a NixOS without a
	// desktop (2.5 GiB), a second generation beside it, and room to work.
	minRoot = 6 * gib
	// wantRoot is the least that lets a desktop be updated in comfort.
	wantRoot = 24 * gib

	// minESPLargeSectors is the least that FAT32 can have with sectors of 4096
	// bytes: 65525 clusters of one sector.
	// Source: Microsoft, FAT32 File System Specification 1.03.
	minESPLargeSectors = 264 * mib
)

// espNeed is what a boot loader needs of an EFI system partition.
type espNeed struct {
	least uint64 // the loader and two generations: less fails at the first update
	want  uint64 // a few generations more; also what must be free on another system's to share it
}

// espNeeds are those of each loader. A generation is a kernel and an initrd,
// 30 to 60 MiB; lanzaboote signs both, and with them keeps what nothing
// refers to any more until the next generation is complete.
var espNeeds = map[string]espNeed{
	"systemd-boot": {128 * mib, 384 * mib},
	"lanzaboote":   {256 * mib, 512 * mib},
}

// espNeedOf is the need of a loader, and the larger one for what is no loader
// of ours.
func espNeedOf(loader string) espNeed {
	if need, known := espNeeds[loader]; known {
		return need
	}
	return espNeeds["lanzaboote"]
}

func alignUp(offset uint64) uint64 { return (offset + alignment - 1) / alignment * alignment }

func alignDown(offset uint64) uint64 { return offset / alignment * alignment }

// swapSize returns the size of swap on the disk: what was resolved at the
// installation, what was answered, or what "auto" comes to. 0: none there.
func swapSize(swap steps.Swap, memory uint64) (uint64, error) {
	if swap.Kind != "partition" && swap.Kind != "file" {
		return 0, nil
	}
	for _, text := range []string{swap.Resolved, swap.Size} {
		if text == "" || text == "auto" {
			continue
		}
		size, err := answers.ParseSize(text)
		return alignUp(size), err
	}
	return AutoSwap(memory, swap.Hibernate), nil
}

// AutoSwap is the size of swap that follows the memory (bytes, a whole number
// of GiB). The whole memory has to fit when the machine hibernates; otherwise
// swap only takes what is seldom used, and more than 8 GiB of that would be
// slower than anybody waits for.
func AutoSwap(memory uint64, hibernate bool) uint64 {
	// The kernel keeps a part of the memory for itself: count in whole GiB.
	whole := (memory + gib - 1) / gib * gib
	if hibernate {
		return max(whole, gib)
	}
	return min(max(whole, 2*gib), 8*gib)
}

// Bytes writes a size for people: "931.5 GiB", "512 MiB", exact to a tenth.
func Bytes(size uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	unit, divisor := 0, uint64(1)
	for unit < len(units)-1 && size/divisor >= 1024 {
		unit++
		divisor *= 1024
	}
	whole, tenth := size/divisor, size%divisor*10/divisor
	text := strconv.FormatUint(whole, 10)
	if tenth > 0 && whole < 1000 {
		text += "." + strconv.FormatUint(tenth, 10)
	}
	return text + " " + units[unit]
}

// list joins words as a sentence does: "a, b and c".
func list(words []string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
