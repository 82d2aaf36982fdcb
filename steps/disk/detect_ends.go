package disk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// ends is how much of either end of a disk is hashed: there lie both tables,
// boot code, and the headers of what was made on the bare disk.
const ends = mib

// HashEnds is the hash of the first and the last MiB of one disk, for whoever
// can wait longer than a wizard does: the limit is how long the disk may take.
func HashEnds(ctx context.Context, runner run.Runner, disk steps.Disk, limit time.Duration) (string, error) {
	answers := askEach(ctx, runner, []string{disk.Name}, limit, "ends", func(_ context.Context, name string) (string, error) {
		return hashEnds(runner, name, disk.Size)
	})
	return answers[0].value, answers[0].err
}

// lookAtEnds hashes the first and the last MiB of every disk that could be
// written to. What is in use changes by itself and is refused anyway.
func lookAtEnds(ctx context.Context, runner run.Runner, disks []steps.Disk) enter {
	places := map[string]*steps.Disk{}
	var names []string
	for i, disk := range disks {
		if disk.LiveMedium || disk.ReadOnly || len(disk.Holders) > 0 || disk.Size < 2*ends {
			continue
		}
		places[disk.Name] = &disks[i]
		names = append(names, disk.Name)
	}
	answers := askEach(ctx, runner, names, diskLimit, "ends", func(_ context.Context, name string) (string, error) {
		return hashEnds(runner, name, places[name].Size)
	})
	return func() []steps.Absence {
		for _, got := range answers {
			if got.err == nil {
				places[got.name].EndsHash = got.value
			}
		}
		return unanswered("first and last MiB", answers)
	}
}

func hashEnds(runner run.Runner, name string, size uint64) (string, error) {
	sum := sha256.New()
	for _, offset := range []uint64{0, size - ends} {
		part, err := readDevice(runner, name)(offset, ends)
		if err != nil {
			return "", err
		}
		if uint64(len(part)) != ends {
			return "", fmt.Errorf("it gave %d bytes instead of %d", len(part), ends)
		}
		sum.Write(part)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
