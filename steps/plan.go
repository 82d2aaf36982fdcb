package steps

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// PlanVersion is the version of the Plan format.
const PlanVersion = 1

// Input is all that a plan is computed from.
type Input struct {
	Facts   Facts
	Answers Answers
	// Hosts are the answers of the other hosts in the same flake.
	Hosts []Answers
	// Lock is the text of flake.lock, or nil where none is at hand.
	Lock []byte
	// Target is where the new system's root is mounted: /mnt.
	Target string
	// Folder is where the flake is written: below Target on an
	// installation, the folder that was named otherwise.
	Folder string
	// NoGit leaves version control out: files only.
	NoGit bool
	// Joined is the flake that the host becomes a part of, or nil where it gets
	// one of its own.
	Joined *Joined
	// Keys are the public keys of the words, or nil where no words are at
	// hand: then the flake comes without .sops.yaml, keys/ and secrets/.
	Keys *format.PublicKeys
	// Merge is what a change comes to in a flake that is there; nil on an
	// installation.
	Merge *Merge
	// Build says that a change is built, and Switch that what was built is
	// activated on this machine.
	Build, Switch bool
}

// Plan is everything that is going to happen, as data: the review, the typed
// confirmation, the dry run, the progress and the journal all read this.
type Plan struct {
	Version  int        `json:"version"`
	Host     string     `json:"host"`
	Target   string     `json:"target,omitempty"` // where the new root is mounted while it is installed
	Disks    []DiskPlan `json:"disks"`
	Layout   Layout     `json:"layout"`
	Files    []File     `json:"files"`
	Actions  []Action   `json:"actions"`
	Origin   *Origin    `json:"origin,omitempty"` // of a flake that was there before
	Warnings []Problem  `json:"warnings"`
	Blockers []Problem  `json:"blockers"` // what makes an installation refuse to begin
	Hash     string     `json:"hash"`     // SHA-256 over all of the above, in hexadecimal
}

// File is one file of the flake.
type File struct {
	Path    string `json:"path"` // relative to the flake's folder, with slashes
	Content string `json:"content"`
	Mode    uint32 `json:"mode"` // 0644 or 0755; ModeLink: Content is where the symbolic link leads
	// Base64 says that Content is the file in base64: it is no text.
	Base64  bool `json:"base64,omitempty"`
	Removed bool `json:"removed,omitempty"` // it is there now and is not afterwards
}

// ModeLink is the mode of a symbolic link, as git writes it.
const ModeLink = 0o120000

// Bytes are what the file holds.
func (f File) Bytes() []byte {
	if f.Base64 {
		if data, err := base64.StdEncoding.DecodeString(f.Content); err == nil {
			return data
		}
	}
	return []byte(f.Content)
}

// DiskPlan is one disk before and after.
type DiskPlan struct {
	Role    string      `json:"role"`
	Disk    Fingerprint `json:"disk"`
	Device  string      `json:"device"`  // /dev/disk/by-id/...
	Confirm string      `json:"confirm"` // the word that the operator types, taken from the disk
	Before  []Region    `json:"before"`
	After   []Region    `json:"after"`
}

// Fate is what happens to a range of a disk.
type Fate string

// The fates. What is kept is not written to, by construction.
const (
	FateKeep   Fate = "keep"
	FateCreate Fate = "create"
	FateFormat Fate = "format"
	FateDelete Fate = "delete"
	FateFree   Fate = "free"
)

// Region is a range of bytes of a disk.
type Region struct {
	Fate     Fate   `json:"fate"`
	Number   int    `json:"number,omitempty"` // of the partition; 0: no partition
	Label    string `json:"label,omitempty"`
	Content  string `json:"content,omitempty"` // in words: "LUKS: btrfs", "NTFS, Windows 11"
	PartUUID string `json:"partUuid,omitempty"`
	Start    uint64 `json:"start"`
	Size     uint64 `json:"size"`
}

// Erasure is what an action destroys: the ranges of one disk whose content
// is gone afterwards.
type Erasure struct {
	Disk    Fingerprint `json:"disk"`
	Regions []Region    `json:"regions"`
}

// ActionKind is who carries an action out.
type ActionKind string

// The kinds of actions.
const (
	ActionCommand ActionKind = "command" // programs, one after the other
	ActionWrite   ActionKind = "write"   // the plan's files, into a folder
	ActionBuiltin ActionKind = "builtin" // something that mnemonix does itself; Name says what
)

// Action is one thing that happens, small enough to be repeated or undone.
type Action struct {
	ID       string     `json:"id"`    // stable and unique in the plan: "disk/partition"
	Title    string     `json:"title"` // "partition nvme-Samsung_980_S6Z2"
	Kind     ActionKind `json:"kind"`
	Name     string     `json:"name,omitempty"`     // of a builtin
	Folder   string     `json:"folder,omitempty"`   // where a write goes
	Commands []Command  `json:"commands,omitempty"` // also of a builtin: how a person would do it by hand
	Finally  []Command  `json:"finally,omitempty"`  // run after Commands, also when one of them failed
	Erases   []Erasure  `json:"erases,omitempty"`
	Done     *Check     `json:"done,omitempty"` // how to see that it is already done; nil: the journal decides
	Undo     []Command  `json:"undo,omitempty"`
	Secrets  []string   `json:"secrets,omitempty"` // names of the secrets that it uses
	// Stoppable says that it may be interrupted inside and begun again: a
	// download, a build. Every other action is finished first.
	Stoppable bool `json:"stoppable,omitempty"`
	// NoReturn says that what it erases cannot be put back once it has begun.
	NoReturn bool `json:"noReturn,omitempty"`
}

// Command is a program with its arguments; nothing here is a shell string.
type Command struct {
	Argv  []string `json:"argv"`
	Dir   string   `json:"dir,omitempty"`
	Stdin string   `json:"stdin,omitempty"` // the name of the secret that it reads from standard input
	Owner string   `json:"owner,omitempty"` // the user that it runs as; empty: the one that runs mnemonix
	Text  string   `json:"text,omitempty"`  // what it reads from standard input when that is no secret
	// Silent says that what it prints is the fault that it finds.
	Silent bool `json:"silent,omitempty"`
	// Keep names what it prints, so that a later command of the same action
	// can take it as an argument: "$system".
	Keep string `json:"keep,omitempty"`
	// Begins is what that begins with; anything else is a fault.
	Begins string `json:"begins,omitempty"`
}

// Filled is Argv with what earlier commands of the action kept.
func (c Command) Filled(kept map[string]string) ([]string, error) {
	argv := slices.Clone(c.Argv)
	for i, arg := range argv {
		if name, ok := strings.CutPrefix(arg, "$"); ok {
			value, ok := kept[name]
			if !ok {
				return nil, fmt.Errorf("%s: nothing was kept as %s", argv[0], arg)
			}
			argv[i] = value
		}
	}
	return argv, nil
}

// Check asks the machine whether an action is already done: every command
// ends with status 0, and what the last one prints equals Prints where that
// is not empty.
type Check struct {
	Commands []Command `json:"commands"`
	Prints   string    `json:"prints,omitempty"`
}

// Warn adds a warning.
func (p *Plan) Warn(problem Problem) { p.Warnings = append(p.Warnings, problem) }

// Block adds a reason why an installation refuses to begin.
func (p *Plan) Block(problem Problem) { p.Blockers = append(p.Blockers, problem) }

// Do adds an action.
func (p *Plan) Do(action Action) { p.Actions = append(p.Actions, action) }

// Sealed returns the plan with its hash, ready for review. Lists that are
// empty are written as such, so that every plan has the same members.
func (p Plan) Sealed() Plan {
	p.Disks = notNil(p.Disks)
	p.Layout.Disks = notNil(p.Layout.Disks)
	p.Files = notNil(p.Files)
	p.Actions = notNil(p.Actions)
	p.Warnings = notNil(p.Warnings)
	p.Blockers = notNil(p.Blockers)
	p.Hash = ""
	text, err := json.Marshal(p)
	if err != nil { // a Plan holds nothing that JSON cannot say
		panic(fmt.Sprintf("plan cannot be written as JSON: %v", err))
	}
	p.Hash = fmt.Sprintf("%x", sha256.Sum256(text))
	return p
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
