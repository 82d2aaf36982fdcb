package disk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

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
		if disk.EndsHash != "" || (disk.Unread != "") != (disk.Name > "sdc") {
			t.Errorf("%s has the hash %q, unread: %q", disk.Name, disk.EndsHash, disk.Unread)
		}
	}
	if len(absent) != 2 || absent[0].Probe != "first and last MiB: sdd" || absent[1].Probe != "first and last MiB: sde" {
		t.Errorf("absent: %v", absent)
	}
}

// slow is a machine whose disks answer when they are woken.
type slow struct {
	run.Runner
	woken <-chan struct{}
}

func (s slow) ReadPart(name string, offset, size uint64) ([]byte, error) {
	<-s.woken
	return s.Runner.ReadPart(name, offset, size)
}

// A disk that was chosen and was too slow for the wizard is waited for, and
// no other one; what does not answer then either is never planned for.
func TestReadAgain(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"sda", "sdb"} {
		name = filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(name, nil, 0o600), os.Truncate(name, minDisk)); err != nil {
			t.Fatal(err)
		}
	}
	woken := make(chan struct{})
	runner := slow{onFiles{run.NewReal("/", nil), folder}, woken}
	facts := steps.Facts{Disks: []steps.Disk{
		{Name: "sda", ID: "ata-a", Serial: "A", Size: minDisk, LogicalSize: 512},
		{Name: "sdb", ID: "ata-b", Serial: "B", Size: minDisk, LogicalSize: 512},
	}}
	_ = lookAtEndsOf(t.Context(), runner, []*steps.Disk{&facts.Disks[0], &facts.Disks[1]}, time.Millisecond)()
	const late = "no answer within 1ms"
	chosen := steps.Answers{Disk: steps.DiskChoices{Layout: "ext4", Disks: []steps.DiskChoice{{Role: "system", Match: steps.Match{ID: "ata-b"}}}}}
	for _, disk := range readAgain(t.Context(), runner, facts, chosen, time.Millisecond).Disks {
		if disk.EndsHash != "" || disk.Unread != late {
			t.Errorf("asleep: %s has %q, unread: %q", disk.Name, disk.EndsHash, disk.Unread)
		}
	}
	close(woken)
	again := readAgain(t.Context(), runner, facts, chosen, patience)
	if len(again.Disks[1].EndsHash) != 64 || again.Disks[1].Unread != "" {
		t.Errorf("awake: %q, unread: %q", again.Disks[1].EndsHash, again.Disks[1].Unread)
	}
	if again.Disks[0].Unread != late || facts.Disks[1].Unread != late {
		t.Error("the disk that was not chosen, or the facts that were given, changed")
	}
	chosen.Disk.Layout = layoutDocument
	if kept := readAgain(t.Context(), slow{}, facts, chosen, patience); kept.Disks[1].Unread != late {
		t.Error("a disk that stays as it is was read")
	}
}

// A device that really hangs, for everybody who opens it, costs the limit.
func TestReadAgainOfAHungDevice(t *testing.T) {
	folder := t.TempDir()
	// Who opens a named pipe waits until somebody writes to it.
	if err := syscall.Mkfifo(filepath.Join(folder, "sda"), 0o600); err != nil {
		t.Fatal(err)
	}
	facts := steps.Facts{Disks: []steps.Disk{{Name: "sda", ID: "ata-a", Size: minDisk, LogicalSize: 512}}}
	chosen := steps.Answers{Disk: steps.DiskChoices{Layout: "ext4", Disks: []steps.DiskChoice{{Role: "system", Match: steps.Match{ID: "ata-a"}}}}}
	got := readAgain(t.Context(), onFiles{run.NewReal("/", nil), folder}, facts, chosen, 10*time.Millisecond).Disks[0]
	if got.EndsHash != "" || got.Unread != "no answer within 10ms" {
		t.Errorf("got %q, unread: %q", got.EndsHash, got.Unread)
	}
}
