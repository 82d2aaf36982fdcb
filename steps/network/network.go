// Package network is the step about links and Wi-Fi.
//
// Its rules:
//
//   - Whether the world is in reach is read, not tried: a default route whose
//     link has a carrier. Detection sends nothing.
//   - Only links of real devices are listed; bridges, tunnels and containers
//     are no links of the machine.
//   - The names of Wi-Fi networks are answers, their keys are secrets.
package network

import "codeberg.org/mnemonix/mnemonix/steps"

// Step asks for the Wi-Fi networks that the machine joins.
type Step struct{}

var _ steps.Step = Step{}

// Name is the folder's name.
func (Step) Name() string { return "network" }

// Title heads the page.
func (Step) Title() string { return "Network" }
