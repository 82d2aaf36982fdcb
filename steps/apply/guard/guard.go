// Package guard stands between a plan and the disks of a machine.
//
// Its rules:
//
//   - A disk is what the review said of it: its name in by-id, its serial
//     number, its WWN, its size. That is looked at before every action that
//     writes to a disk, on the machine and not in what was detected earlier.
//     Once begun, it is also the one that has been attached all the time.
//   - What lies on the disk is what was reviewed, until the first action that
//     changes it was begun: its table, what the partitions hold, and the first
//     and the last MiB to the byte. From then on, what the last action left.
//     A run that goes on, or goes back, finds there what was reviewed, or no
//     partition but the plan's own and those that were there: somebody may have
//     used the disk for something else since.
//   - A disk that somebody else uses is refused, with what uses it, until the
//     action that mounts it was begun; so is one that cannot be told from
//     another, and a layout whose names belong to something on another disk.
//   - Every disk that the plan does not name and that nothing uses is read-only
//     while the plan is carried out, a disk that appeared meanwhile too. Those
//     in use are left alone, an array or a volume group that was put together
//     at the start as well: an array drops a member that refuses a write.
//   - What was shut is opened again at the end, also by a later run when this
//     one was killed.
package guard

import (
	"context"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Guard is the write guard of one apply.
type Guard struct {
	runner run.Runner
	// exclusive opens a device for nobody else; the error says that it is in
	// use.
	exclusive func(device string) error
	plan      steps.Plan
	disks     []steps.Fingerprint // that the plan names
	known     map[string]state    // by device: what lies on it; absent: it is being changed
	ours      map[string]bool     // by device: this plan has begun to open and mount what it makes there
	releases  bool                // what was put together from its disks is closed next
	attached  map[string]string   // by device: the number that the kernel gave it when it was attached
	shut      []string            // devices that we made read-only
}

// state is what is known of what lies on a disk. Before this plan changed it
// that is the table and what the partitions hold, afterwards the table alone:
// what is in a new partition is made step by step.
type state struct {
	hash  string
	ends  string // of the first and the last MiB; empty: unknown, or of no use any more
	table bool   // the hash is of the table alone
}

var _ apply.Guard = (*Guard)(nil)

// New returns the guard of a run. exclusive asks whether a device is in use
// (run.Exclusive); nil: only its holders are looked at.
func New(runner run.Runner, exclusive func(device string) error) *Guard {
	return &Guard{runner: runner, exclusive: exclusive, known: map[string]state{}, ours: map[string]bool{}, attached: map[string]string{}}
}

// Begin implements apply.Guard.
func (g *Guard) Begin(ctx context.Context, plan steps.Plan, begun []string) error {
	g.plan = plan
	g.releases = slices.ContainsFunc(plan.Actions, func(a steps.Action) bool { return disk.Releases(a.ID) })
	g.disks = named(plan)
	if len(g.disks) == 0 {
		return nil
	}
	for _, fingerprint := range g.disks {
		g.known[device(fingerprint)] = state{hash: fingerprint.TableHash, ends: fingerprint.EndsHash}
	}
	for _, action := range plan.Actions {
		if slices.Contains(begun, action.ID) {
			g.forget(action)
		}
	}
	facts := g.look(ctx)
	for _, fingerprint := range g.disks {
		if err := g.check(ctx, fingerprint, facts); err != nil {
			return err
		}
	}
	if len(begun) == 0 {
		if err := g.namesAreFree(ctx, facts); err != nil {
			return err
		}
	}
	return g.shutOthers(ctx, facts)
}

// named are the disks that a plan names, each once.
func named(plan steps.Plan) []steps.Fingerprint {
	var list []steps.Fingerprint
	add := func(fingerprint steps.Fingerprint) {
		if !slices.ContainsFunc(list, func(f steps.Fingerprint) bool { return device(f) == device(fingerprint) }) {
			list = append(list, fingerprint)
		}
	}
	for _, one := range plan.Disks {
		add(one.Disk)
	}
	for _, action := range plan.Actions {
		for _, erasure := range action.Erases {
			add(erasure.Disk)
		}
	}
	return list
}

// device is the path by which the plan's commands reach a disk.
func device(fingerprint steps.Fingerprint) string {
	return disk.Device(steps.Disk{ID: fingerprint.ID, Path: fingerprint.Path})
}

// Before implements apply.Guard.
func (g *Guard) Before(ctx context.Context, action steps.Action) error {
	if !touches(action) || len(g.disks) == 0 {
		return nil
	}
	g.releases = disk.Releases(action.ID)
	facts := g.look(ctx)
	for _, fingerprint := range g.disks {
		if err := g.check(ctx, fingerprint, facts); err != nil {
			return err
		}
	}
	for _, erasure := range action.Erases {
		if err := g.free(erasure.Disk, facts); err != nil {
			return err
		}
	}
	if opens(action) && !g.begun(action) {
		if err := g.namesAreFree(ctx, facts); err != nil {
			return err
		}
	}
	// A disk may have been plugged in since the last look.
	if err := g.shutOthers(ctx, facts); err != nil {
		return err
	}
	g.forget(action)
	return nil
}

// touches says whether an action may write to a disk by itself, rather than to
// files on one.
func touches(action steps.Action) bool {
	return len(action.Erases) > 0 || strings.HasPrefix(action.ID, "disk/") || action.Name == "recovery"
}

// opens says whether an action opens and mounts what it makes: from then on its
// disks are in use by us.
func opens(action steps.Action) bool { return action.ID == "disk/format" }

func (g *Guard) begun(action steps.Action) bool {
	return slices.ContainsFunc(action.Erases, func(e steps.Erasure) bool { return g.ours[device(e.Disk)] })
}

// forget says that what lies on the action's disks is about to change.
func (g *Guard) forget(action steps.Action) {
	for _, erasure := range action.Erases {
		delete(g.known, device(erasure.Disk))
		g.ours[device(erasure.Disk)] = g.ours[device(erasure.Disk)] || opens(action)
	}
}

// After implements apply.Guard: what the action left is what is known now.
func (g *Guard) After(ctx context.Context, action steps.Action) error {
	if disk.Releases(action.ID) {
		return g.released(ctx)
	}
	if len(action.Erases) == 0 {
		return nil
	}
	if err := g.command(ctx, tools.Settle()); err != nil {
		return err
	}
	facts := g.look(ctx)
	for _, erasure := range action.Erases {
		found, err := find(erasure.Disk, facts)
		if err != nil {
			return err
		}
		g.known[device(erasure.Disk)] = state{hash: tableOnly(found), table: true}
	}
	return nil
}

// tableOnly is the hash of a disk's table, whatever its partitions hold.
func tableOnly(one steps.Disk) string {
	one.Content = steps.Content{}
	one.Partitions = slices.Clone(one.Partitions)
	for i := range one.Partitions {
		one.Partitions[i].Content = steps.Content{}
	}
	return disk.TableHash(one)
}
