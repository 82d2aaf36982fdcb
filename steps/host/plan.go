package host

import (
	"fmt"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Plan compares the names with the machine and with the other hosts of the
// flake. The names themselves are data of the flake, which package render
// writes.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	host := in.Answers.Host
	for _, other := range in.Hosts {
		switch {
		case other.Host.Name == host.Name:
			plan.Block(steps.Problem{
				Key: "host.name", Text: fmt.Sprintf("the flake has a host of the name %s already", host.Name),
				Hint: "choose another name",
			})
		case other.Host.Key() == host.Key():
			plan.Block(steps.Problem{
				Key: "host.keyName", Text: fmt.Sprintf("the keys of the host %s carry the name %s already", other.Host.Name, host.Key()),
				Hint: "two machines with one key name would have the same keys; choose another host.keyName",
			})
		}
	}
	if host.NixOS() && in.Facts.System != "" && in.Facts.System != host.System {
		plan.Block(steps.Problem{
			Key: "host.system", Text: fmt.Sprintf("the answers are for %s, and this machine is %s", host.System, in.Facts.System),
			Hint: "are these the answers of another machine?",
		})
	}
	if host.NixOS() && in.Facts.Machine.Chassis == "laptop" && host.Type == "server" {
		plan.Warn(steps.Problem{
			Key: "host.type", Text: "this is a laptop and becomes a server: it no longer sleeps when its lid is closed",
			Hint: "choose the type laptop when somebody carries it",
		})
	}
}
