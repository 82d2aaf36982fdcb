// Package assets holds the files that mnemonix carries: the static part of
// the flake, the catalog of what can be chosen, and the example hosts.
//
// Its rules:
//
//   - What is here is data. The static Nix files are copied into a flake
//     byte for byte; what differs from host to host is printed by the
//     package render, never put into these files.
//   - The catalog is the only list of names of features, kinds of hosts,
//     desktops, layouts and modules. The Nix side has the same names in
//     flake/lib/vocabulary.nix, and a test keeps the two together.
package assets

import "embed"

// Flake is the static part of the flake, below the folder "flake".
//
//go:embed all:flake
var Flake embed.FS

// Examples are five hosts, below the folder "examples": NAME.yaml are the
// answers, NAME.facts.json what the machine is, for those that have disks.
//
//go:embed examples/*.yaml examples/*.facts.json
var Examples embed.FS

//go:embed catalog.yaml
var catalogYAML []byte
