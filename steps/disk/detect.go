package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// lsblkLimit is how long lsblk may take: it reads from every disk whose
// content udev has not looked at, and a disk that is failing answers late.
const lsblkLimit = 5 * time.Second

// Detect finds the disks and what lies on them. Lsblk names what it can;
// /sys and what udev has written complete it, and stand in for it where it
// is missing or hangs.
func (Step) Detect(ctx context.Context, runner run.Runner) steps.Finding {
	finding := probe.Together(ctx, probe.Probe{
		Name:  "disks",
		Limit: 2 * lsblkLimit,
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
	wear(ctx, runner, disks)
	finding := func(facts *steps.Facts) {
		facts.Disks = disks
		facts.Live.Medium = medium
		if failure != nil {
			probe.Absent("lsblk", failure)(facts)
		}
	}
	if len(disks) == 0 {
		return finding, errors.New("no disk was found")
	}
	return finding, nil
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
	type answer struct {
		rows []tools.BlockDevice
		err  error
	}
	// A program that waits for a dead disk cannot be killed: it is left
	// behind, and /sys tells what it can.
	result := make(chan answer, 1)
	go func() {
		output, err := runner.Run(ctx, run.Command{Argv: tools.Lsblk(runner.Root()), Timeout: limit})
		if err != nil {
			result <- answer{err: err}
			return
		}
		rows, err := tools.ParseLsblk(output.Stdout)
		result <- answer{rows: rows, err: err}
	}()
	select {
	case got := <-result:
		return got.rows, got.err
	case <-time.After(limit + limit/5): // a little after the Runner's own end
		return nil, fmt.Errorf("lsblk gave no answer within %s", limit)
	}
}
