package disk

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// diskLimit is how long one disk may take to answer for itself.
const diskLimit = 5 * time.Second

// answer is what a program said about one disk or partition.
type answer[T any] struct {
	name  string // of the disk or partition in this boot
	value T
	err   error
}

// askEach asks about several disks or partitions, beside each other and each
// within its limit. On a recorded machine the answers are read, in the form
// in which they were understood; what has none was not asked.
func askEach[T any](ctx context.Context, runner run.Runner, names []string, limit time.Duration,
	about string, ask func(ctx context.Context, name string) (T, error),
) []answer[T] {
	answers := make([]answer[T], len(names))
	var asking sync.WaitGroup
	for i, name := range names {
		asking.Go(func() {
			record := "/tools/" + about + "-" + name + ".json"
			answers[i].name = name
			answers[i].value, answers[i].err = probe.Within(ctx, limit, func(ctx context.Context) (value T, err error) {
				if probe.Recorded(runner) {
					if err = probe.Kept(runner, record, &value); errors.Is(err, fs.ErrNotExist) {
						err = unansweredThen(runner, record)
					}
					return value, err
				}
				if value, err = ask(ctx, name); err == nil {
					probe.Keep(runner, record, value)
				}
				return value, err
			})
			if answers[i].err != nil && !probe.Recorded(runner) {
				probe.Keep(runner, record+unansweredSuffix, probe.Reason(answers[i].err))
			}
		})
	}
	asking.Wait()
	return answers
}

// errNotRecorded is why a recorded machine says nothing of a disk's inside.
var errNotRecorded = errors.New("no answer was recorded")

// unansweredSuffix is what the name of a record has at its end that says why
// there was no answer: a disk that hung is one that hangs in its record too.
const unansweredSuffix = ".unanswered"

// unansweredThen is why there was no answer when the machine was recorded.
func unansweredThen(runner run.Runner, record string) error {
	var reason string
	switch err := probe.Kept(runner, record+unansweredSuffix, &reason); {
	case err != nil || reason == "":
		return errNotRecorded
	case reason == fs.ErrPermission.Error():
		return fs.ErrPermission
	}
	return errors.New(reason)
}

// program is a way to ask: by a program, whose output is understood.
func program[T any](runner run.Runner, limit time.Duration, argv func(device string) []string, parse func([]byte) (T, error)) func(context.Context, string) (T, error) {
	return func(ctx context.Context, name string) (T, error) {
		var value T
		command := argv("/dev/" + name)
		if _, err := runner.LookPath(command[0]); err != nil {
			return value, err
		}
		result, failure := runner.Run(ctx, run.Command{Argv: command, Timeout: limit})
		if len(result.Stdout) == 0 && failure != nil {
			return value, failure
		}
		value, err := parse(result.Stdout)
		if err != nil && failure != nil {
			err = failure // says more
		}
		return value, err
	}
}

// lookIntoESPs reads how full the EFI system partitions are and who boots
// from them, without mounting them.
func lookIntoESPs(ctx context.Context, runner run.Runner, disks []steps.Disk) enter {
	places := map[string]*steps.Partition{}
	var names []string
	for i := range disks {
		for j := range disks[i].Partitions {
			partition := &disks[i].Partitions[j]
			esp := partition.TypeGUID == typeESP || partition.TypeGUID == "0xef"
			if esp && partition.Content.Kind == "vfat" && partition.Content.Used == 0 && !disks[i].LiveMedium {
				places[partition.Name] = partition
				names = append(names, partition.Name)
			}
		}
	}
	answers := askEach(ctx, runner, names, diskLimit, "esp", func(_ context.Context, name string) (tools.FAT, error) {
		head, err := readDevice(runner, name)(0, tools.FATHead)
		if err != nil {
			return tools.FAT{}, err
		}
		return tools.ParseFAT(head)
	})
	return func() []steps.Absence {
		for _, got := range answers {
			if got.err != nil {
				continue
			}
			content := &places[got.name].Content
			content.Used = max(got.value.Size, got.value.Free) - got.value.Free
			content.System = first(content.System, loaders(got.value.Folders))
		}
		return unanswered("room on EFI system partitions", answers)
	}
}

// askHealth asks the disks that can tell for their health, where the program
// for it is at hand.
func askHealth(ctx context.Context, runner run.Runner, disks []steps.Disk) enter {
	places := map[string]*steps.Disk{}
	var names []string
	for i := range disks {
		switch disks[i].Transport {
		case "nvme", "sata", "ata", "sas":
			places[disks[i].Name] = &disks[i]
			names = append(names, disks[i].Name)
		}
	}
	answers := askEach(ctx, runner, names, diskLimit, "smartctl", program(runner, diskLimit, tools.Smartctl, tools.ParseSmartctl))
	return func() []steps.Absence {
		for _, got := range answers {
			if got.err != nil {
				continue
			}
			disk := places[got.name]
			disk.Health, disk.Wear = first(disk.Health, probe.Shown(got.value.Reason)), max(disk.Wear, got.value.Wear)
		}
		return unanswered("health of disks", answers)
	}
}

// unanswered names the disks or partitions that did not answer, one absence
// for each reason.
func unanswered[T any](about string, answers []answer[T]) []steps.Absence {
	var absent []steps.Absence
	for _, got := range answers {
		if got.err == nil {
			continue
		}
		reason := probe.Reason(got.err)
		known := slices.IndexFunc(absent, func(one steps.Absence) bool { return one.Reason == reason })
		if known >= 0 {
			absent[known].Probe += ", " + got.name
			continue
		}
		absent = append(absent, steps.Absence{Probe: about + ": " + got.name, Reason: reason})
	}
	return absent
}
