package guard_test

import (
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

// What was put together from a disk and is used by nobody is let through to the
// action that closes it, and to no other; what is mounted from it is not.
func TestWhatIsReleased(t *testing.T) {
	made := func(mounts ...string) machine.Disk {
		one := nvme(0, "AAAA")
		one.Parts[0].Lies = machine.Lies{Kind: "LVM2_member", Made: []machine.Made{{
			Name: "data-one", Kernel: "dm-0", Type: "lvm", UUID: "LVM-GroupOne", Size: gib, Lies: machine.Lies{Kind: "ext4", Mounts: mounts},
		}}}
		return one
	}
	const closes = "disk/release/data-one"
	closed := made()
	closed.Parts[0].Lies.Made = nil
	for name, c := range map[string]struct {
		before machine.Disk
		closes bool // the action does what it is for
		plans  bool // there is such an action
		want   string
	}{
		"closed by the plan":     {made(), true, true, ""},
		"not closed by the plan": {made(), false, true, "is in use: LVM volume data-one"},
		"mounted":                {made("/srv"), true, true, "mounted at /srv"},
		"a plan without it":      {made(), true, false, "is in use: LVM volume data-one"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newMachine(t, t.TempDir(), c.before, nvme(1, "BBBB"))
			plan := planFor(t, r, "AAAA")
			if c.plans {
				plan.Actions = append([]steps.Action{{ID: closes}}, plan.Actions...)
			}
			reached := ""
			err := carry(r, plan, free, func(id string) {
				if reached = id; id == "disk/save" && c.closes {
					r.with(t, closed, nvme(1, "BBBB"))
				}
			})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if c.want != "" && reached != "" && reached != closes && reached != "disk/save" {
				t.Errorf("it came to %s", reached)
			}
		})
	}
}
