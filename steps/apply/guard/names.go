package guard

import (
	"context"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// namesAreFree refuses a layout of which something on another disk bears a
// name: disko makes nothing where it finds that, and would mount the other.
// Facts show what is open; groups and arrays are asked for besides, because LVM
// and md know them while nothing is.
func (g *Guard) namesAreFree(ctx context.Context, facts steps.Facts) error {
	for _, problem := range disk.Taken(g.plan.Layout, g.plan.Disks, facts) {
		return problem
	}
	for _, array := range g.plan.Layout.Arrays {
		name := "/dev/md/" + array.Name
		if target, err := g.runner.ReadLink(name); err == nil && !disk.Goes(target, g.plan.Disks, facts) {
			return steps.Problem{
				Text: fmt.Sprintf("an array %s is there already, and would be taken for the new one", name),
				Hint: "stop it: mdadm --stop " + name,
			}
		}
	}
	if len(g.plan.Layout.Groups) == 0 {
		return nil
	}
	result, err := g.runner.Run(ctx, run.Command{Argv: tools.Vgs().Argv})
	if err != nil {
		return fmt.Errorf("look for volume groups of the same name: %w", err)
	}
	there := tools.ParseVgs(result.Stdout)
	for _, group := range g.plan.Layout.Groups {
		for _, device := range there[group.Name] {
			if !disk.Goes(device, g.plan.Disks, facts) {
				return steps.Problem{
					Text: fmt.Sprintf("a volume group %s is there already, on %s, and would be taken for the new one", group.Name, device),
					Hint: "take that disk out, rename the group (vgrename), or choose another layout",
				}
			}
		}
	}
	return nil
}
