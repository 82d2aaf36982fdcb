package machine_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

// BenchmarkDetect measures the detection of a machine with eight disks and
// 48 mounted partitions, with the recorded answer of lsblk and with the
// program itself. The aim is less than 300 ms.
func BenchmarkDetect(b *testing.B) {
	for _, recorded := range []bool{true, false} {
		name := map[bool]string{true: "lsblk recorded", false: "lsblk run"}[recorded]
		b.Run(name, func(b *testing.B) {
			m := machine.Eight(true)
			m.Lsblk = recorded
			root := b.TempDir()
			if err := m.Write(root); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if facts := detect(b, root); len(facts.Disks) != 9 {
					b.Fatalf("found %d disks: %v", len(facts.Disks), facts.Absent)
				}
			}
		})
	}
}

// on is a machine that is on: what it says is recorded, and its programs run,
// and files are read in the place of disks.
type on struct {
	run.Runner
	real   run.Runner
	folder string
}

func (o on) Root() string { return "/" }

func (o on) Run(ctx context.Context, cmd run.Command) (run.Result, error) {
	switch cmd.Argv[0] {
	case "lsblk":
		cmd.Argv = []string{"cat", filepath.Join(o.folder, "tools/lsblk.json")}
	case "smartctl":
		cmd.Argv = []string{"echo", `{"smart_status":{"passed":true}}`}
	}
	return o.Runner.Run(ctx, cmd)
}

func (o on) ReadPart(name string, offset, size uint64) ([]byte, error) {
	return o.real.ReadPart(strings.Replace(name, "/dev/", o.folder+"/disks/", 1), offset, size)
}

func (o on) LookPath(program string) (string, error) { return "/bin/" + program, nil }

// BenchmarkDetectDisks measures the detection of eight disks that nobody
// uses, each of whose 48 partitions is looked into. The aim is less than 300 ms.
func BenchmarkDetectDisks(b *testing.B) {
	root := b.TempDir()
	if err := machine.Eight(false).Write(root); err != nil {
		b.Fatal(err)
	}
	runner := on{run.NewReal(root, nil), run.NewReal("/", nil), root}
	if err := os.Mkdir(filepath.Join(root, "disks"), 0o755); err != nil {
		b.Fatal(err)
	}
	var facts steps.Facts
	disk.Step{}.Detect(b.Context(), run.NewReal(root, nil))(&facts)
	blank := func(name string, size uint64) {
		file := filepath.Join(root, "disks", name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			b.Fatal(err)
		}
		if err := os.Truncate(file, int64(size)); err != nil {
			b.Fatal(err)
		}
	}
	for _, one := range facts.Disks {
		blank(one.Name, one.Size)
		for _, partition := range one.Partitions {
			blank(partition.Name, partition.Size)
		}
	}
	for b.Loop() {
		var facts steps.Facts
		disk.Step{}.Detect(b.Context(), runner)(&facts)
		if len(facts.Disks) != 9 || facts.Disks[0].EndsHash == "" {
			b.Fatalf("found %d disks: %v", len(facts.Disks), facts.Absent)
		}
	}
}
