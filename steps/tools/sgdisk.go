package tools

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Type codes of partitions. Source: sgdisk --list-types; the GUIDs are those
// of the Discoverable Partitions Specification.
const (
	TypeESP   = "EF00"
	TypeSwap  = "8200"
	TypeLinux = "8300"
	TypeLUKS  = "8309"
	TypeLVM   = "8E00"
	TypeRAID  = "FD00"
	TypeZFS   = "BF01"
)

// GUIDs of partition types, in lower case as udev writes them.
// Source: UEFI 2.10, table 5.7; uapi-group.org, Discoverable Partitions
// Specification.
const (
	GUIDESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
)

// NewPartition is a partition that sgdisk is to make.
type NewPartition struct {
	Number int
	First  uint64 // logical sector
	Last   uint64 // logical sector, the last one that belongs to it
	Type   string // a type code
	UUID   string
	Label  string
}

// Sgdisk changes a table in one go: partitions are deleted and made, and the
// table is written once, so that a power cut leaves the old one or the new.
// The sectors are given to the sector: the alignment of 1 keeps sgdisk from
// moving them. The table's second copy is moved to the end of the disk first:
// on a disk that has grown since the table was made, as a virtual one or a
// clone on a larger disk, nothing could be made behind its old place. Where it
// is at the end already, that changes nothing.
// Source: sgdisk(8).
func Sgdisk(device string, remove []int, add []NewPartition) steps.Command {
	argv := []string{"sgdisk", "--set-alignment=1", "--move-second-header"}
	for _, number := range remove {
		argv = append(argv, "--delete="+strconv.Itoa(number))
	}
	for _, p := range add {
		argv = append(argv,
			fmt.Sprintf("--new=%d:%d:%d", p.Number, p.First, p.Last),
			fmt.Sprintf("--typecode=%d:%s", p.Number, p.Type),
			fmt.Sprintf("--partition-guid=%d:%s", p.Number, p.UUID),
			fmt.Sprintf("--change-name=%d:%s", p.Number, p.Label))
	}
	return steps.Command{Argv: append(argv, device)}
}

// Reread makes the kernel read a table again, and waits until udev has made
// the links in /dev/disk.
func Reread(device string) []steps.Command {
	return []steps.Command{
		{Argv: []string{"partprobe", device}},
		Settle(),
	}
}

// WipeSignatures removes what a probe would recognize at the beginning of a
// new partition: what stood there before it would look like its content.
// Source: wipefs(8).
func WipeSignatures(device string) steps.Command {
	return steps.Command{Argv: []string{"wipefs", "--all", device}}
}

// SgdiskPrint lists a table; ParseSgdisk reads the answer.
func SgdiskPrint(device string) steps.Command {
	return steps.Command{Argv: []string{"sgdisk", "--print", device}}
}

// SgdiskRow is one line of a table.
type SgdiskRow struct {
	Number      int
	First, Last uint64 // logical sectors
	Type        string // the type code
	Label       string
}

var sgdiskRow = regexp.MustCompile(`^ +(\d+) +(\d+) +(\d+) +[\d.]+ \S+ +([0-9A-F]{4})(?: +(.*?))?\s*$`)

// ParseSgdisk reads what sgdisk --print printed.
func ParseSgdisk(output []byte) ([]SgdiskRow, error) {
	_, table, found := strings.Cut(string(output), "Number  Start (sector)")
	if !found {
		return nil, fmt.Errorf("read the output of sgdisk: it has no table")
	}
	var rows []SgdiskRow
	for i, line := range strings.Split(strings.TrimRight(table, "\n"), "\n") {
		if i == 0 || strings.TrimSpace(line) == "" {
			continue // the rest of the heading
		}
		match := sgdiskRow.FindStringSubmatch(line)
		if match == nil {
			return nil, fmt.Errorf("read the output of sgdisk: the line %q is no partition", line)
		}
		number, errNumber := strconv.Atoi(match[1])
		first, errFirst := strconv.ParseUint(match[2], 10, 64)
		last, errLast := strconv.ParseUint(match[3], 10, 64)
		if errNumber != nil || errFirst != nil || errLast != nil {
			return nil, fmt.Errorf("read the output of sgdisk: the line %q holds a number that is too large", line)
		}
		rows = append(rows, SgdiskRow{Number: number, First: first, Last: last, Type: match[4], Label: match[5]})
	}
	return rows, nil
}
