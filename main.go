// Command mnemonix provisions NixOS machines: it detects the hardware, asks
// for features and a disk layout, turns 24 words into keys that live in the
// machine's TPM, and writes and applies a complete NixOS flake.
package main

import (
	"os"

	"codeberg.org/mnemonix/mnemonix/tui/cli"
)

// Set by the linker in a release.
var (
	version = "0.1.0-dev"
	commit  = ""
	date    = ""
)

func main() {
	os.Exit(cli.Main(cli.Build{Version: version, Commit: commit, Date: date}))
}
