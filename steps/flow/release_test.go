package flow_test

import (
	"context"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// ended is a guard that notes that it gave the disks back.
type ended struct {
	apply.Guard
	times int
}

func (e *ended) End(context.Context) error {
	e.times++
	return nil
}

// A run that was interrupted leaves mounts, swap and open containers behind,
// of which some may be gone by now: another one begins without a restart.
func TestRelease(t *testing.T) {
	layout := steps.Layout{Disks: []steps.LayoutDisk{{Name: "main", Partitions: []steps.LayoutPartition{
		{Name: "swap", UUID: "5a", Content: steps.LayoutNode{Type: steps.NodeSwap}},
		{Name: "cryptroot", UUID: "c7", Content: steps.LayoutNode{Type: steps.NodeLUKS, Name: "cryptroot", Inner: &steps.LayoutNode{Type: steps.NodeLVM, Name: "system"}}},
	}}}, Groups: []steps.LayoutGroup{{Name: "system", Volumes: []steps.LayoutVolume{{Name: "root"}}}}}
	fake := run.NewFake(
		run.Expected{Argv: []string{"umount", "--recursive", "/mnt"}},
		run.Expected{Argv: []string{"swapoff", "/dev/disk/by-partuuid/5a"}, Status: 255}, // it was never on
		run.Expected{Argv: []string{"vgchange", "--activate", "n", "--select", `vg_name="system"`}},
		run.Expected{Argv: []string{"cryptsetup", "close", "cryptroot"}},
		run.Expected{Argv: []string{"rm", "--force", "/run/mnemonix/disk-passphrase"}},
	)
	guard := &ended{}
	err := flow.Installation{Runner: fake, Guard: guard}.Release(t.Context(), apply.Found{
		Plan: steps.Plan{Target: "/mnt", Layout: layout}, Entries: []apply.Entry{{Action: "disk/format", Event: "start"}},
	})
	if err != nil || guard.times != 1 {
		t.Errorf("got %v; the disks were given back %d times", err, guard.times)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
	// Before anything was mounted nothing is unmounted: it is somebody else's.
	err = flow.Installation{Runner: run.NewFake(), Guard: guard}.Release(t.Context(), apply.Found{Plan: steps.Plan{Target: "/mnt", Layout: layout}})
	if err != nil || guard.times != 2 {
		t.Errorf("got %v; the disks were given back %d times", err, guard.times)
	}
}
