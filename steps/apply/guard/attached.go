package guard

import (
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// stays looks whether a disk has been attached all the time since it was
// first looked at in this run. A disk that was put into the place of another
// while a plan is carried out may tell the same serial number and be as empty
// as that one is by then: only the kernel knows that it is not the same.
//
// Each disk that the kernel attaches gets a number that no disk had before
// it since the machine was started; kernels before 5.15 give none, and then
// nothing is known.
// Source: linux/Documentation/ABI/stable/sysfs-block, /sys/block/<disk>/diskseq.
func (g *Guard) stays(want steps.Fingerprint, found steps.Disk) error {
	content, _ := g.runner.ReadFile("/sys/block/" + found.Name + "/diskseq")
	number := strings.TrimSpace(string(content))
	before, seen := g.attached[device(want)]
	switch {
	case number == "":
		return nil
	case !seen:
		g.attached[device(want)] = number
		return nil
	case number == before:
		return nil
	}
	return steps.Problem{
		Text: fmt.Sprintf("%s was taken out meanwhile, and it or another disk was put in", title(want)),
		Hint: "nothing more is written to it; put the right disk back, then mnemonix resume looks at it anew",
	}
}
