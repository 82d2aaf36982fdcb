// Package hardware is the step that reads what the machine is and says what
// follows from it.
//
// Its rules:
//
//   - Each fact comes from its best source: the kernel's /sys and /proc, the
//     firmware's tables through them, names from udev and hwdata. Nothing
//     goes over a network, and nothing is opened but files and the TPM, which
//     is asked for its version.
//   - There is nothing to answer. The page is a report: what was found, what
//     that means for the configuration, what the operator should know.
//   - Advice is a pure function of the facts. It recommends and warns; what
//     makes an installation refuse is decided where it would go wrong.
//   - The hardware configuration comes from nixos-generate-config on a live
//     NixOS, where that program has looked at the very machine. Its report
//     is text that people know and can read in a diff; hardware.facter would
//     put a large JSON file with serial numbers into the repository
//     (docs/hardware.md).
package hardware

import "codeberg.org/mnemonix/mnemonix/steps"

// Step reports what the machine is.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "hardware" }

// Title heads the page.
func (Step) Title() string { return "Hardware" }
