package answers

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
)

// units are the units of a size, in bytes: IEC 80000-13 prefixes for powers
// of 1024, SI prefixes for powers of 1000.
var units = map[string]uint64{
	"B":   1,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50,
	"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15,
}

const sizeAllowed = "a whole number with a unit, such as 32GiB (2^30 bytes) or 30GB (10^9 bytes)"

var (
	errSizeShape = errors.New("must be " + sizeAllowed)
	errSizeLarge = errors.New("is larger than any disk")
)

// ParseSize reads a size, "32GiB" or "30GB", and returns bytes. It is a whole
// number above 0, directly followed by B, KiB, MiB, GiB, TiB, PiB (powers of
// 1024) or kB, MB, GB, TB, PB (powers of 1000); no sign, no fraction, no
// space.
func ParseSize(text string) (uint64, error) {
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	unit, known := units[text[digits:]]
	if digits == 0 || text[0] == '0' || !known {
		return 0, fmt.Errorf("size %q %w", shorten(text), errSizeShape)
	}
	count, err := strconv.ParseUint(text[:digits], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("size %q %w", shorten(text), errSizeLarge)
	}
	over, size := bits.Mul64(count, unit)
	// Offsets on a disk are signed 64-bit numbers (off_t).
	if over != 0 || size > 1<<63-1 {
		return 0, fmt.Errorf("size %q %w", shorten(text), errSizeLarge)
	}
	return size, nil
}

// FormatSize writes a size so that ParseSize reads the same number: in the
// largest unit of 1024 that divides it.
func FormatSize(size uint64) string {
	for _, unit := range []string{"PiB", "TiB", "GiB", "MiB", "KiB"} {
		if size >= units[unit] && size%units[unit] == 0 {
			return strconv.FormatUint(size/units[unit], 10) + unit
		}
	}
	return strconv.FormatUint(size, 10) + "B"
}
