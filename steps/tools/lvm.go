package tools

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Deactivate closes all volumes of a group, where there is one of that name.
// Source: vgchange(8), --select; lvmreport(7), SELECTION.
func Deactivate(group string) steps.Command {
	return steps.Command{Argv: []string{"vgchange", "--activate", "n", "--select", `vg_name="` + group + `"`}}
}

// Vgs lists the volume groups with the devices that each lies on, those that
// are not active too.
// Source: vgs(8).
func Vgs() steps.Command {
	return steps.Command{Argv: []string{"vgs", "--noheadings", "--options", "vg_name,pv_name"}}
}

// ParseVgs returns the devices of each group. A group whose devices are missing
// has "[unknown]" among them.
func ParseVgs(text []byte) map[string][]string {
	groups := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 2 {
			groups[fields[0]] = append(groups[fields[0]], fields[1])
		}
	}
	return groups
}
