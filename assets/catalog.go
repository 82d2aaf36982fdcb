package assets

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Catalog is everything that can be chosen by name.
type Catalog struct {
	Features  []Entry   `json:"features" yaml:"features"`
	HostTypes []Entry   `json:"hostTypes" yaml:"hostTypes"`
	Desktops  []Entry   `json:"desktops" yaml:"desktops"`
	Layouts   []Layout  `json:"layouts" yaml:"layouts"`
	Modules   []Entry   `json:"modules" yaml:"modules"`
	Warnings  []Warning `json:"warnings" yaml:"warnings"` // of the choice as a whole
}

// Entry is one thing that can be chosen.
type Entry struct {
	Name      string    `json:"name" yaml:"name"`   // as the answers file spells it
	Title     string    `json:"title" yaml:"title"` // as a person reads it
	Help      string    `json:"help" yaml:"help"`   // one line
	Needs     Needs     `json:"needs" yaml:"needs,omitempty"`
	Conflicts []string  `json:"conflicts" yaml:"conflicts,omitempty"` // names of features and desktops
	Warnings  []Warning `json:"warnings" yaml:"warnings,omitempty"`
}

// Layout is a disk layout.
type Layout struct {
	Entry        `yaml:",inline"`
	Roles        []string `json:"roles" yaml:"roles"`           // of its disks: system, mirror
	Encryption   string   `json:"encryption" yaml:"encryption"` // always, never, or either: as the disk is already
	Swap         []string `json:"swap" yaml:"swap"`             // the kinds of swap that it can hold
	Impermanence bool     `json:"impermanence" yaml:"impermanence,omitempty"`
	// Home says that /home is a file system of its own. Elsewhere, where the
	// root forgets, homes lie below /persist.
	Home bool `json:"home" yaml:"home,omitempty"`
}

// Needs is what must be there for an entry to work; everything that is
// listed must hold, and of the kinds of hosts and systems one.
type Needs struct {
	HostTypes []string `json:"hostTypes" yaml:"hostTypes,omitempty"` // empty: every kind
	Systems   []string `json:"systems" yaml:"systems,omitempty"`     // as Nix spells them; empty: all
	Facts     []string `json:"facts" yaml:"facts,omitempty"`         // names of hardware facts
	Features  []string `json:"features" yaml:"features,omitempty"`   // features that must be chosen too
}

// Warning is something that is allowed and seldom meant.
type Warning struct {
	When When   `json:"when" yaml:"when"`
	Text string `json:"text" yaml:"text"`
	Hint string `json:"hint" yaml:"hint"`
}

// When is a condition; every member that is there must hold.
type When struct {
	HostTypes        []string `json:"hostTypes,omitempty" yaml:"hostTypes,omitempty"`
	Systems          []string `json:"systems,omitempty" yaml:"systems,omitempty"`
	Screen           *bool    `json:"screen,omitempty" yaml:"screen,omitempty"`           // somebody can look at it
	GPU              *bool    `json:"gpu,omitempty" yaml:"gpu,omitempty"`                 // the hardware shows a graphics card
	KVM              *bool    `json:"kvm,omitempty" yaml:"kvm,omitempty"`                 // the processor can run virtual machines
	Encrypted        *bool    `json:"encrypted,omitempty" yaml:"encrypted,omitempty"`     // the disk layout
	SigningKeys      *bool    `json:"signingKeys,omitempty" yaml:"signingKeys,omitempty"` // the operator's keys are on this machine
	SSHKeys          *bool    `json:"sshKeys,omitempty" yaml:"sshKeys,omitempty"`         // a user may sign in with one
	MoreFeaturesThan int      `json:"moreFeaturesThan,omitempty" yaml:"moreFeaturesThan,omitempty"`
}

// Load returns the catalog. It is part of the program, so that a fault in it
// is a fault of ours: it panics, and a test reads it.
func Load() *Catalog { return load() }

var load = sync.OnceValue(func() *Catalog {
	catalog, err := parseCatalog(catalogYAML)
	if err != nil {
		panic(err)
	}
	return catalog
})

func parseCatalog(data []byte) (*Catalog, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	var catalog Catalog
	if err := decoder.Decode(&catalog); err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	catalog.fill()
	return &catalog, nil
}

// fill makes lists that the file does not mention empty ones, so that JSON
// shows [] and never null.
func (c *Catalog) fill() {
	for _, entries := range [][]Entry{c.Features, c.HostTypes, c.Desktops, c.Modules} {
		for i := range entries {
			entries[i].fill()
		}
	}
	for i := range c.Layouts {
		c.Layouts[i].fill()
	}
}

func (e *Entry) fill() {
	for _, list := range []*[]string{&e.Conflicts, &e.Needs.HostTypes, &e.Needs.Systems, &e.Needs.Facts, &e.Needs.Features} {
		if *list == nil {
			*list = []string{}
		}
	}
	if e.Warnings == nil {
		e.Warnings = []Warning{}
	}
}

// Group is one list of the catalog with its heading.
type Group struct {
	Title   string
	Entries []Entry
}

// Groups returns all lists, in the order in which a person chooses.
func (c *Catalog) Groups() []Group {
	layouts := make([]Entry, len(c.Layouts))
	for i, layout := range c.Layouts {
		layouts[i] = layout.Entry
	}
	return []Group{
		{"Host types", c.HostTypes},
		{"Features", c.Features},
		{"Desktops", c.Desktops},
		{"Disk layouts", layouts},
		{"Modules", c.Modules},
	}
}

// Names returns the names of entries, in the catalog's order.
func Names(entries []Entry) []string {
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name
	}
	return names
}

// Find returns the entry of that name.
func Find(entries []Entry, name string) (Entry, bool) {
	i := slices.IndexFunc(entries, func(entry Entry) bool { return entry.Name == name })
	if i < 0 {
		return Entry{}, false
	}
	return entries[i], true
}

// LayoutNames returns the names of the disk layouts.
func (c *Catalog) LayoutNames() []string {
	names := make([]string, len(c.Layouts))
	for i, layout := range c.Layouts {
		names[i] = layout.Name
	}
	return names
}

// Layout returns the disk layout of that name.
func (c *Catalog) Layout(name string) (Layout, bool) {
	i := slices.IndexFunc(c.Layouts, func(layout Layout) bool { return layout.Name == name })
	if i < 0 {
		return Layout{}, false
	}
	return c.Layouts[i], true
}

// Roles returns every role that a disk can have in a layout.
func (c *Catalog) Roles() []string {
	var roles []string
	for _, layout := range c.Layouts {
		for _, role := range layout.Roles {
			if !slices.Contains(roles, role) {
				roles = append(roles, role)
			}
		}
	}
	return roles
}
