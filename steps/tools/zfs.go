package tools

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// ImportPool opens a pool that lies on these devices, and mounts nothing of it.
// A machine that does not start has not given it back: it is taken all the
// same. Read-only says that nothing is written to it, by no log either.
// Source: zpool-import(8).
func ImportPool(name string, devices []string, readOnly bool) steps.Command {
	argv := []string{"zpool", "import", "-f", "-N"}
	if readOnly {
		argv = append(argv, "-o", "readonly=on")
	}
	for _, device := range devices {
		argv = append(argv, "-d", device)
	}
	return steps.Command{Argv: append(argv, name)}
}

// ExportPool closes a pool.
// Source: zpool-export(8).
func ExportPool(name string) steps.Command {
	return steps.Command{Argv: []string{"zpool", "export", name}}
}

// Datasets lists the file systems of a pool, and where each wants to be mounted.
// Source: zfs-list(8).
func Datasets(pool string) steps.Command {
	return steps.Command{Argv: []string{"zfs", "list", "-H", "-r", "-t", "filesystem", "-o", "name,mountpoint,canmount", pool}}
}

// Dataset is a file system of a pool.
type Dataset struct {
	Name  string
	Place string // a folder, or legacy
}

// ParseDatasets reads what Datasets prints. What cannot be mounted is left out.
// Source: zfsprops(7), mountpoint and canmount.
func ParseDatasets(text []byte) []Dataset {
	var found []Dataset
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) == 3 && fields[1] != "none" && fields[1] != "-" && fields[2] != "off" {
			found = append(found, Dataset{Name: fields[0], Place: fields[1]})
		}
	}
	return found
}
