package disk

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// lsblkLimit is how long lsblk may take: it reads from every disk whose
// content udev has not looked at, and a disk that is failing answers late.
const lsblkLimit = 5 * time.Second

// Probe is what an absence of all disks is filed under, and NoDisk its reason
// where everything was looked at and there was none.
const (
	Probe  = "disks"
	NoDisk = "no disk was found"
)

// Detect finds the disks and what lies on them. Lsblk names what it can;
// /sys and what udev has written complete it, and stand in for it where it
// is missing or hangs.
func (Step) Detect(ctx context.Context, runner run.Runner) steps.Finding {
	finding := probe.Together(ctx, probe.Probe{
		Name:  Probe,
		Limit: 2*lsblkLimit + 4*diskLimit,
		Look: func(ctx context.Context) (steps.Finding, error) {
			return look(ctx, runner, lsblkLimit)
		},
	})
	return func(facts *steps.Facts) {
		facts.Disks = []steps.Disk{} // in JSON a list, also when the probe is out of time
		finding(facts)
	}
}

func look(ctx context.Context, runner run.Runner, limit time.Duration) (steps.Finding, error) {
	rows, failure := lsblk(ctx, runner, limit)
	tree := readTree(runner, rows)
	disks := tree.disks()
	medium := markMedium(runner, disks)
	markSystems(runner, disks)
	for i := range disks {
		disks[i].TableHash = TableHash(disks[i])
	}
	absent := lookAtDisks(ctx, runner, disks)
	volumes, mounts, swapFiles := tree.volumes(), tree.mounted(disks), swapFiles(runner)
	lookForGroups(ctx, runner, volumes)
	absent = append(absent, markDatasets(ctx, runner, mounts)...)
	finding := func(facts *steps.Facts) {
		facts.Disks, facts.Volumes, facts.Mounts, facts.SwapFiles = disks, volumes, mounts, swapFiles
		facts.Live.Medium = medium
		if failure != nil {
			probe.Absent("lsblk", failure)(facts)
		}
		facts.Absent = append(facts.Absent, absent...)
	}
	if len(disks) == 0 {
		return finding, errors.New(NoDisk)
	}
	return finding, nil
}

// enter writes what was answered into the disks, and returns what was not.
type enter func() []steps.Absence

// lookAtDisks asks the disks themselves, all questions at once: one that does
// not answer costs one limit and not one for each question. Nothing is
// entered before all were asked.
func lookAtDisks(ctx context.Context, runner run.Runner, disks []steps.Disk) []steps.Absence {
	questions := []func(context.Context, run.Runner, []steps.Disk) enter{lookIntoESPs, lookInside, askHealth, lookAtEnds}
	answered := make([]enter, len(questions))
	var asking sync.WaitGroup
	for i, question := range questions {
		asking.Go(func() { answered[i] = question(ctx, runner, disks) })
	}
	asking.Wait()
	var absent []steps.Absence
	for _, enter := range answered {
		absent = append(absent, enter()...)
	}
	return absent
}

// lsblk asks for the block devices: the recorded answer where there is one,
// else the program, which for a recorded machine reads the record's /sys.
func lsblk(ctx context.Context, runner run.Runner, limit time.Duration) ([]tools.BlockDevice, error) {
	if probe.Recorded(runner) {
		recorded, err := runner.ReadFile("/tools/lsblk.json")
		if err == nil {
			return tools.ParseLsblk(recorded)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if !probe.Exists(runner, "/sys/block") {
			return nil, &probe.NotHere{Name: "/sys/block"}
		}
	}
	// A program that waits for a dead disk cannot be killed: it is left
	// behind a little after the Runner's own limit, and /sys tells what it
	// can.
	return probe.Within(ctx, limit+limit/5, func(ctx context.Context) ([]tools.BlockDevice, error) {
		output, err := runner.Run(ctx, run.Command{Argv: tools.Lsblk(runner.Root()), Timeout: probe.LimitOf(ctx, limit)})
		if err != nil {
			return nil, err
		}
		return tools.ParseLsblk(output.Stdout)
	})
}
