package disk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// TableHash is SHA-256 over what the partition table says, and over what was
// found on the bare disk and on each partition: kinds, labels and UUIDs. It
// changes when a partition is added, moved, resized, retyped or formatted,
// and is the same in every boot, whatever the kernel calls the disk. A disk
// without a table has a hash too.
func TableHash(disk steps.Disk) string {
	var table strings.Builder
	fmt.Fprintf(&table, "%q %q %d %s\n", disk.Table, strings.ToLower(disk.TableUUID), disk.LogicalSize, contentText(disk.Content))
	var rows []string
	for _, part := range disk.Partitions {
		rows = append(rows, fmt.Sprintf("%06d %d %d %q %q %q %s\n", part.Number, part.Start, part.Size,
			strings.ToLower(part.TypeGUID), strings.ToLower(part.PartUUID), part.Label, contentText(part.Content)))
	}
	slices.Sort(rows)
	for _, row := range rows {
		table.WriteString(row)
	}
	sum := sha256.Sum256([]byte(table.String()))
	return hex.EncodeToString(sum[:])
}

// contentText leaves out what changes while a file system is in use.
func contentText(content steps.Content) string {
	return fmt.Sprintf("%q %q %q", content.Kind, content.Label, strings.ToLower(content.UUID))
}
