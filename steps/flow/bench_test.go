package flow_test

import (
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// onDisk is the world whose files are written to a real disk as well, by the
// real code, with all that it waits for.
type onDisk struct {
	*world
	files run.Files
}

func (d onDisk) both(name string, real func(name string) error, memory func() error) error {
	if err := d.files.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if err := real(name); err != nil {
		return err
	}
	return memory()
}

func (d onDisk) WriteFile(name string, data []byte, perm fs.FileMode) error {
	return d.both(name, func(name string) error { return d.files.WriteFile(name, data, perm) },
		func() error { return d.world.WriteFile(name, data, perm) })
}

func (d onDisk) PutFile(name string, data []byte, perm fs.FileMode) error {
	return d.both(name, func(name string) error { return d.files.PutFile(name, data, perm) },
		func() error { return d.world.PutFile(name, data, perm) })
}

func (d onDisk) AppendFile(name string, data []byte, perm fs.FileMode) error {
	return d.both(name, func(name string) error { return d.files.AppendFile(name, data, perm) },
		func() error { return d.world.AppendFile(name, data, perm) })
}

func (d onDisk) Sync() {
	syscall.Sync()
	d.world.Sync()
}

// BenchmarkOwnShare is what an installation takes without its programs, the
// TPM and the disks' own work: the engine, the journal, the flake's files and
// the waiting for a disk until they are on it.
func BenchmarkOwnShare(b *testing.B) {
	plan := planOf(b, "laptop-nvme-tpm", "snix")
	var last *world
	for b.Loop() {
		last = newWorld(plan)
		work := last.installation(nil)
		work.Runner = onDisk{last, run.NewFiles(b.TempDir())}
		if err := work.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(last.calls), "calls/op")
	b.ReportMetric(float64(len(plan.Files)), "files/op")
	b.ReportMetric(float64(len(plan.Actions)), "actions/op")
}

// BenchmarkPlan is what computing a plan from the facts and the answers takes,
// with all of the flake in it.
func BenchmarkPlan(b *testing.B) {
	var plan steps.Plan
	for b.Loop() {
		plan = planOf(b, "laptop-nvme-tpm", "snix")
	}
	b.ReportMetric(float64(len(plan.Files)), "files/op")
}
