package disk

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// zfsList prints where each dataset wants to be mounted. It reads what the
// kernel knows of pools that are imported, and imports none.
// Source: zfs-list(8).
var zfsList = []string{"zfs", "list", "-H", "-t", "filesystem", "-o", "name,mountpoint"}

// zfsUtil is the option of mount for a dataset whose place is a property of
// its own. One that is mounted by a configuration ("legacy") refuses it, and
// the others refuse to be mounted without it. Source: mount.zfs(8).
const zfsUtil = "zfsutil"

// markDatasets notes which mounted datasets keep their places themselves.
func markDatasets(ctx context.Context, runner run.Runner, mounts []steps.Mount) []steps.Absence {
	if !slices.ContainsFunc(mounts, func(m steps.Mount) bool { return m.Kind == "zfs" }) {
		return nil
	}
	text, err := probe.Within(ctx, diskLimit, func(ctx context.Context) ([]byte, error) {
		if probe.Recorded(runner) {
			text, err := runner.ReadFile("/tools/zfs.txt")
			if errors.Is(err, fs.ErrNotExist) {
				err = errNotRecorded
			}
			return text, err
		}
		if _, err := runner.LookPath(zfsList[0]); err != nil {
			return nil, err
		}
		result, err := runner.Run(ctx, run.Command{Argv: zfsList, Timeout: diskLimit})
		return result.Stdout, err
	})
	if err != nil {
		return []steps.Absence{{Probe: "datasets of ZFS", Reason: probe.Reason(err)}}
	}
	for line := range strings.Lines(string(text)) {
		name, place, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		for i := range mounts {
			if mounts[i].Kind == "zfs" && mounts[i].Source == name && strings.HasPrefix(place, "/") {
				mounts[i].Options = append(mounts[i].Options, zfsUtil)
			}
		}
	}
	return nil
}
