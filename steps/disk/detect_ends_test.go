package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// onFiles reads files in a folder in place of those in /dev.
type onFiles struct {
	run.Runner
	folder string
}

func (o onFiles) ReadPart(name string, offset, size uint64) ([]byte, error) {
	return o.Runner.ReadPart(strings.Replace(name, "/dev/", o.folder+"/", 1), offset, size)
}

// The hash follows every byte of the first and the last MiB, and none between.
func TestHashOfTheEnds(t *testing.T) {
	folder := t.TempDir()
	runner := onFiles{run.NewReal("/", nil), folder}
	const size = 5 << 20
	hash := func(changed int) string {
		t.Helper()
		content := make([]byte, size)
		if changed >= 0 {
			content[changed] = 1
		}
		if err := os.WriteFile(filepath.Join(folder, "sda"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		disks := []steps.Disk{{Name: "sda", Size: size}}
		if absent := lookAtEnds(t.Context(), runner, disks)(); len(absent) > 0 || len(disks[0].EndsHash) != 64 {
			t.Fatalf("got %q, %v", disks[0].EndsHash, absent)
		}
		return disks[0].EndsHash
	}
	blank := hash(-1)
	for _, at := range []int{0, 1<<20 - 1, size - 1<<20, size - 1} {
		if hash(at) == blank {
			t.Errorf("nobody sees that byte %d changed", at)
		}
	}
	for _, at := range []int{1 << 20, size - 1<<20 - 1} {
		if hash(at) != blank {
			t.Errorf("byte %d is not in the first or the last MiB", at)
		}
	}
}

// What is in use, read-only or the medium is not read; what cannot be read is
// said, and has no hash.
func TestEndsThatAreNotRead(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"sda", "sdb", "sdc", "sdd"} {
		if err := os.WriteFile(filepath.Join(folder, name), make([]byte, 3<<20), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	disks := []steps.Disk{
		{Name: "sda", Size: 3 << 20, Holders: []string{"swap"}},
		{Name: "sdb", Size: 3 << 20, ReadOnly: true},
		{Name: "sdc", Size: 3 << 20, LiveMedium: true},
		{Name: "sdd", Size: 4 << 20}, // it says that it has more than it gives
		{Name: "sde", Size: 3 << 20},
	}
	absent := lookAtEnds(t.Context(), onFiles{run.NewReal("/", nil), folder}, disks)()
	for _, disk := range disks {
		if disk.EndsHash != "" {
			t.Errorf("%s has a hash", disk.Name)
		}
	}
	if len(absent) != 2 || absent[0].Probe != "first and last MiB: sdd" || absent[1].Probe != "first and last MiB: sde" {
		t.Errorf("absent: %v", absent)
	}
}
