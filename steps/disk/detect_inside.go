package disk

import (
	"context"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// withSuperblock are the file systems whose head tells how full they are.
var withSuperblock = []string{"ext2", "ext3", "ext4", "btrfs", "xfs"}

// lookInside reads from file systems that are not mounted how full they are,
// whether they were left in order, and whether a Windows sleeps on them. The
// devices are only read, a few blocks of each: mounting would replay
// journals, and mounting what a sleeping system still holds ruins it.
func lookInside(ctx context.Context, runner run.Runner, disks []steps.Disk) enter {
	places := map[string]*steps.Content{}
	var linux, windows, images []string
	consider := func(name string, content *steps.Content, holders []string) {
		switch {
		case len(holders) > 0: // what is mounted told already
			return
		case content.Kind == "ntfs":
			windows = append(windows, name)
		case slices.Contains(withSuperblock, content.Kind):
			linux = append(linux, name)
		case content.Kind == "swsuspend": // swap with the image of a Linux in it
			images = append(images, name)
		}
		places[name] = content
	}
	for i := range disks {
		if disks[i].LiveMedium {
			continue
		}
		if len(disks[i].Partitions) == 0 {
			consider(disks[i].Name, &disks[i].Content, disks[i].Holders)
		}
		for j := range disks[i].Partitions {
			partition := &disks[i].Partitions[j]
			consider(partition.Name, &partition.Content, partition.Holders)
		}
	}

	heads := askEach(ctx, runner, linux, diskLimit, "superblock", func(_ context.Context, name string) (tools.Superblock, error) {
		head, err := readDevice(runner, name)(0, tools.SuperblockSize)
		if err != nil {
			return tools.Superblock{}, err
		}
		return tools.ParseSuperblock(places[name].Kind, head)
	})
	sleepers := askEach(ctx, runner, windows, diskLimit, "ntfs", func(_ context.Context, name string) (tools.NTFS, error) {
		return tools.LookIntoNTFS(readDevice(runner, name))
	})
	return func() []steps.Absence {
		for _, name := range images {
			places[name].Hibernated = true
		}
		for _, got := range heads {
			if content := places[got.name]; got.err == nil {
				content.Used, content.Unclean = got.value.Used, got.value.Unclean
			}
		}
		for _, got := range sleepers {
			content := places[got.name]
			if got.err != nil {
				continue
			}
			content.Unclean, content.Hibernated = got.value.Dirty, got.value.Hibernated
			if got.value.Build != "" {
				content.System = tools.WindowsName(got.value.Build)
			}
		}
		return append(unanswered("inside of file systems", heads), unanswered("whether Windows sleeps", sleepers)...)
	}
}

// readDevice reads parts of a disk or a partition.
func readDevice(runner run.Runner, name string) tools.ReadAt {
	return func(offset, size uint64) ([]byte, error) { return runner.ReadPart("/dev/"+name, offset, size) }
}
