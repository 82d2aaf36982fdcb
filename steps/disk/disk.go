// Package disk is the step that knows the disks, asks which of them to use
// and how, and plans what happens to every byte of them.
//
// Its rules:
//
//   - A disk is chosen by what its maker says of it: by-id name, serial, WWN,
//     or properties that fit exactly one. The kernel's names choose nothing.
//   - The boot medium, read-only disks, disks in use and disks too small are
//     never planned for; the reason is a sentence.
//   - A disk that holds data is never proposed, and what is not known to be
//     blank counts as data.
//   - The planner is pure. It divides a disk into regions that tile it: what
//     is kept stays where it was, to the byte; what is made is aligned to
//     1 MiB and lies inside the disk; nothing overlaps.
//   - A disk that is ours alone goes to disko as a whole. A disk that also
//     holds what is not ours never does: sgdisk makes our partitions at free
//     numbers, and disko is told of those partitions only, by PARTUUID.
//   - Every partition of ours gets its PARTUUID from the plan, and everything
//     after refers to it by that: labels may exist twice in a machine, after
//     a second installation or on a cloned disk, and a PARTUUID made from the
//     disk's own identity does not.
package disk

import "codeberg.org/mnemonix/mnemonix/steps"

// Step is the disks.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "disk" }

// Title heads the page.
func (Step) Title() string { return "Disk" }

// The roles of disks in a layout.
const (
	roleSystem = "system"
	roleMirror = "mirror"
)

// The layouts that the planner treats by name; the others are in families.
const (
	layoutBeside   = "beside"
	layoutDocument = "document"
)

// What lies in memory while an installation runs. /run is tmpfs on every live
// medium, and the plan checks that before a secret goes there.
//
// disko gives cryptsetup the passphrase from a file (its passwordFile), or
// asks for it on a terminal, and then exports it to the environment of every
// program that it starts. The file is the lesser evil: it lies in tmpfs, in a
// folder that only root can enter, from right before disko begins to right
// after it ends, and it is written from standard input, so that the
// passphrase is in no argument list and in no environment.
const (
	workFolder     = "/run/mnemonix"
	passphraseFile = workFolder + "/disk-passphrase"
	tablesFolder   = workFolder + "/tables"
)

// TablesFolder is where the tables and headers of the disks are copied to
// before anything is written.
const TablesFolder = tablesFolder

// passphrase is the name of the secret that opens the disks.
const passphrase = "diskPassphrase"
