package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// ends is how much of either end of a disk is hashed.
const ends = uint64(steps.EndsSize)

// patience is how long a disk that shall be written to may take to show its
// ends: one that spins up needs ten seconds, one that is reset may need as
// long again, and one that needs more is no place for a system.
const patience = 30 * time.Second

// HashEnds is the hash of the first and the last MiB of one disk, for whoever
// can wait longer than a wizard does: the limit is how long the disk may take.
func HashEnds(ctx context.Context, runner run.Runner, disk steps.Disk, limit time.Duration) (string, error) {
	disks := []steps.Disk{disk}
	answers := askForEnds(ctx, runner, disks, limit)
	return answers[0].value, answers[0].err
}

// ReadAgain returns the facts with another look at those disks that were
// chosen and did not show their ends while the machine was detected: nobody
// could say later whether they are the disks that were reviewed. It waits
// longer than a wizard that begins does. What still does not answer keeps its
// reason, and the plan is refused with it.
func ReadAgain(ctx context.Context, runner run.Runner, facts steps.Facts, chosen steps.Answers) steps.Facts {
	return readAgain(ctx, runner, facts, chosen, patience)
}

func readAgain(ctx context.Context, runner run.Runner, facts steps.Facts, chosen steps.Answers, limit time.Duration) steps.Facts {
	if chosen.Disk.Layout == layoutDocument {
		return facts // nothing is written
	}
	var names []string
	for _, choice := range chosen.Disk.Disks {
		if disk, err := Resolve(choice, facts); err == nil && disk.EndsHash == "" && showsEnds(disk) {
			names = append(names, disk.Name)
		}
	}
	if len(names) == 0 {
		return facts
	}
	facts.Disks = slices.Clone(facts.Disks)
	var again []*steps.Disk
	for i := range facts.Disks {
		if slices.Contains(names, facts.Disks[i].Name) {
			again = append(again, &facts.Disks[i])
		}
	}
	_ = lookAtEndsOf(ctx, runner, again, limit)()
	return facts
}

// lookAtEnds hashes the first and the last MiB of every disk that could be
// written to.
func lookAtEnds(ctx context.Context, runner run.Runner, disks []steps.Disk) enter {
	var some []*steps.Disk
	for i := range disks {
		if showsEnds(disks[i]) {
			some = append(some, &disks[i])
		}
	}
	return lookAtEndsOf(ctx, runner, some, diskLimit)
}

// showsEnds says whether the ends of a disk tell anything: what is in use
// changes by itself and is refused anyway.
func showsEnds(disk steps.Disk) bool {
	return !disk.LiveMedium && !disk.ReadOnly && (len(disk.Holders) == 0 || Assembled(disk)) && disk.Size >= 2*ends
}

func lookAtEndsOf(ctx context.Context, runner run.Runner, disks []*steps.Disk, limit time.Duration) enter {
	asked := make([]steps.Disk, len(disks))
	for i, disk := range disks {
		asked[i] = *disk
	}
	answers := askForEnds(ctx, runner, asked, limit)
	return func() []steps.Absence {
		for i, got := range answers {
			disks[i].EndsHash, disks[i].Unread = got.value, ""
			switch {
			case errors.Is(got.err, fs.ErrPermission):
				disks[i].Unread = steps.OnlyRoot
			case got.err != nil:
				disks[i].Unread = probe.Reason(got.err)
			}
		}
		return unanswered("first and last MiB", answers)
	}
}

func askForEnds(ctx context.Context, runner run.Runner, disks []steps.Disk, limit time.Duration) []answer[string] {
	var names []string
	sizes := map[string]uint64{}
	for _, disk := range disks {
		names = append(names, disk.Name)
		sizes[disk.Name] = disk.Size
	}
	return askEach(ctx, runner, names, limit, "ends", func(_ context.Context, name string) (string, error) {
		return hashEnds(runner, name, sizes[name])
	})
}

func hashEnds(runner run.Runner, name string, size uint64) (string, error) {
	var parts [2][]byte
	for i, offset := range []uint64{0, size - ends} {
		part, err := readDevice(runner, name)(offset, ends)
		if err != nil {
			return "", err
		}
		if uint64(len(part)) != ends {
			return "", fmt.Errorf("it gave %d bytes instead of %d", len(part), ends)
		}
		parts[i] = part
	}
	return steps.HashOfEnds(parts[0], parts[1]), nil
}
