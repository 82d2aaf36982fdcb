package tools

import (
	"fmt"
	"strconv"
	"strings"
)

// FreeSpace asks how many bytes can still be written in a folder.
// Source: df(1) of GNU coreutils.
func FreeSpace(folder string) []string {
	return []string{"df", "--block-size=1", "--output=avail", folder}
}

// ParseFreeSpace reads what it printed: a heading and one number.
func ParseFreeSpace(output []byte) (uint64, error) {
	fields := strings.Fields(string(output))
	if len(fields) != 2 {
		return 0, fmt.Errorf("df printed %q", output)
	}
	free, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("df printed %q", output)
	}
	return free, nil
}
