package guard

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

// look reads the disks as they are now.
func (g *Guard) look(ctx context.Context) steps.Facts {
	facts := steps.Facts{Version: steps.FactsVersion}
	disk.Step{}.Detect(ctx, g.runner)(&facts)
	return facts
}

// find returns the one disk that a fingerprint means.
func find(want steps.Fingerprint, facts steps.Facts) (steps.Disk, error) {
	var same []steps.Disk
	for _, one := range facts.Disks {
		if disk.Device(one) == device(want) {
			same = append(same, one)
		}
	}
	// Disks that bear the same name have none that lasts.
	twins := 0
	for _, one := range facts.Disks {
		if want.Serial != "" && one.Serial == want.Serial {
			twins++
		}
	}
	for _, absent := range facts.Absent {
		if absent.Probe == disk.Probe && absent.Reason != disk.NoDisk && len(same) == 0 {
			return steps.Disk{}, steps.Problem{
				Text: "the disks could not be looked at: " + absent.Reason,
				Hint: "nothing more was written; look for a disk that hangs (dmesg), then try again",
			}
		}
	}
	switch {
	case len(same) == 0 && twins > 1:
		return steps.Disk{}, steps.Problem{
			Text: fmt.Sprintf("%d disks have the serial number of %s now, and cannot be told apart", twins, title(want)),
			Hint: "take out the one that is not meant",
		}
	case len(same) == 0:
		return steps.Disk{}, steps.Problem{
			Text: title(want) + " is not there any more: nothing was written to any other disk",
			Hint: "put it back, or begin again with mnemonix install",
		}
	case len(same) == 1:
		return same[0], nil
	}
	return steps.Disk{}, steps.Problem{
		Text: fmt.Sprintf("%d disks have the name %s now, and cannot be told apart", len(same), device(want)),
		Hint: "take out the one that is not meant",
	}
}

// patience is how long a disk may take to show its first and its last MiB.
const patience = time.Minute

// title names a disk that may not be there.
func title(want steps.Fingerprint) string {
	return disk.Title(steps.Disk{ID: want.ID, Path: want.Path, Serial: want.Serial, Model: want.Model, Size: want.Size})
}

// check looks whether a disk is the one that was reviewed, and as it was.
func (g *Guard) check(ctx context.Context, want steps.Fingerprint, facts steps.Facts) error {
	found, err := find(want, facts)
	if err != nil {
		return err
	}
	differs := func(what, was, is string) error {
		return steps.Problem{
			Text: fmt.Sprintf("another disk is in the place of %s: its %s was %s and is %s", title(want), what, was, is),
			Hint: "nothing was written to it; put the right disk back, or begin again with mnemonix install",
		}
	}
	switch {
	case found.Size != want.Size:
		return differs("size", disk.Bytes(want.Size), disk.Bytes(found.Size))
	case found.Serial != want.Serial:
		return differs("serial number", or(want.Serial), or(found.Serial))
	case found.WWN != want.WWN:
		return differs("WWN", or(want.WWN), or(found.WWN))
	case found.LiveMedium:
		return steps.Problem{Text: "the running system was started from " + title(want)}
	case found.ReadOnly:
		return steps.Problem{Text: title(want) + " is read-only"}
	}
	// The name that the commands use has to lead to this very disk.
	if link, err := g.runner.ReadLink(device(want)); err != nil || path.Base(link) != found.Name {
		return steps.Problem{Text: fmt.Sprintf("%s does not lead to %s", device(want), found.Name), Hint: "udevadm settle, then try again"}
	}
	if err := g.stays(want, found); err != nil {
		return err
	}
	if len(found.Holders) > 0 && !g.ours[device(want)] && (!g.releases || !disk.Assembled(found)) {
		return inUse(want, found)
	}
	known, ok := g.known[device(want)]
	if !ok {
		return g.recognize(want, found)
	}
	const again = "somebody else writes to it; begin again with mnemonix install"
	switch {
	case !known.fits(found):
		return steps.Problem{Text: "what lies on " + title(want) + " is not what it was when it was looked at last", Hint: again}
	case known.table: // what lies at the ends now is this plan's own
		return nil
	case known.ends == "":
		return steps.Problem{
			Text: "the first and the last MiB of " + title(want) + " were not read before the review: nobody can say whether it is that disk",
			Hint: "begin again with mnemonix install",
		}
	}
	ends := found.EndsHash
	if ends == "" { // it was slow, and a wizard does not wait
		if ends, err = disk.HashEnds(ctx, g.runner, found, patience); err != nil {
			return steps.Problem{
				Text: fmt.Sprintf("the beginning and the end of %s cannot be read any more: %v", title(want), err),
				Hint: "look for a loose cable or a failing disk",
			}
		}
	}
	if ends != known.ends {
		return steps.Problem{Text: "the first or the last MiB of " + title(want) + " is not what it was when it was reviewed", Hint: again}
	}
	return nil
}

func (s state) fits(one steps.Disk) bool {
	if s.table {
		return s.hash == tableOnly(one)
	}
	return s.hash == one.TableHash
}

func or(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

func inUse(want steps.Fingerprint, found steps.Disk) error {
	return steps.Problem{
		Text: title(want) + " is in use: " + strings.Join(found.Holders, ", "),
		Hint: "free it first: unmount, swapoff, close or deactivate what is named",
	}
}

// free looks whether nobody uses a disk that is about to be erased. Once this
// plan has begun to change it, what uses it is the plan's own: it was free
// before that.
func (g *Guard) free(want steps.Fingerprint, facts steps.Facts) error {
	found, err := find(want, facts)
	if err != nil || g.ours[device(want)] {
		return err
	}
	if len(found.Holders) > 0 {
		return inUse(want, found)
	}
	if g.exclusive == nil {
		return nil
	}
	if err := g.exclusive("/dev/" + found.Name); err != nil {
		return steps.Problem{Text: title(want) + " is in use: " + err.Error()}
	}
	return nil
}
