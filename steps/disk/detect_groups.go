package disk

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// memberOfGroup is blkid's word for a physical volume of LVM2.
const memberOfGroup = "LVM2_member"

// lookForGroups reads which volume groups lie on arrays and in opened
// containers, those that are not active too: udev activates a group a moment
// after the array under it was put together. Where nobody may look, nothing is
// said.
func lookForGroups(ctx context.Context, runner run.Runner, volumes []steps.Volume) {
	places := map[string]*steps.Volume{}
	var names []string
	for i, volume := range volumes {
		if volume.Content.Kind == memberOfGroup {
			places[volume.Name] = &volumes[i]
			names = append(names, volume.Name)
		}
	}
	answers := askEach(ctx, runner, names, diskLimit, "group", func(_ context.Context, name string) (string, error) {
		device := name
		if places[name].Kind == "crypt" || places[name].Kind == "lvm" {
			device = "mapper/" + name
		}
		return tools.LookForGroup(readDevice(runner, device))
	})
	for _, got := range answers {
		if got.err == nil {
			places[got.name].Content.Group = got.value
		}
	}
}
