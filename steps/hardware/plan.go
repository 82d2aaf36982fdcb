package hardware

import "codeberg.org/mnemonix/mnemonix/steps"

// Plan adds the warnings about the machine; the disk step warns of the disks
// that the plan is about. The facts themselves go into the flake with the
// files of the host, which package render writes.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	for _, problem := range machineWarnings(in.Facts) {
		plan.Warn(problem)
	}
}
