package disk

import (
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// esp is a partition of 100 MiB that lsblk found and nobody mounted.
const esp = `{"blockdevices":[{"name":"nvme0n1","type":"disk","size":3145728,"serial":"S1","model":"M","pttype":"gpt","children":[
	{"name":"nvme0n1p1","type":"part","size":104857600,"fstype":"vfat","parttype":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b"}]}]}`

// fatImage is the head of a file system that mkfs.fat made, with the folders
// of Windows and systemd-boot in it.
func fatImage(t *testing.T) string {
	t.Helper()
	packed, err := os.Open("../tools/testdata/fat/fat32-100M.img.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	reader, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	head, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(head)
}

// TestDisksAnswerForThemselves runs the programs as on a real machine: the
// room on an ESP and the wear of a disk are read without mounting anything.
func TestDisksAnswerForThemselves(t *testing.T) {
	fake := run.NewFake(
		run.Expected{Argv: tools.Lsblk("/"), Stdout: esp},
		// Its status says what is wrong with the disk, not that it failed.
		run.Expected{
			Argv: tools.Smartctl("/dev/nvme0n1"), Status: 64, Any: true,
			Stdout: `{"nvme_smart_health_information_log":{"critical_warning":1,"percentage_used":97}}`,
		},
	).Put("/dev/nvme0n1p1", fatImage(t)).Put("/dev/nvme0n1", strings.Repeat("a", 3<<20))
	facts := detectAt(fake)
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
	got := facts.Disks[0]
	if content := got.Partitions[0].Content; content.Used < 300000 || content.Used > 400000 || content.System != "Linux Mint 22, Windows, systemd-boot" {
		t.Errorf("the ESP: %+v", content)
	}
	if len(got.EndsHash) != 64 {
		t.Errorf("the hash of its ends is %q", got.EndsHash)
	}
	if got.Wear != 97 || got.Health != "its spare blocks are nearly used up" || len(facts.Absent) != 0 {
		t.Errorf("wear %d, health %q, absent %v", got.Wear, got.Health, facts.Absent)
	}
}

// unread is a machine whose disks cannot be read.
type unread struct {
	run.Runner
	err error
}

func (u unread) ReadPart(string, uint64, uint64) ([]byte, error) { return nil, u.err }

func TestDisksThatDoNotAnswer(t *testing.T) {
	fake := run.NewFake(
		run.Expected{Argv: tools.Lsblk("/"), Stdout: esp},
	).Without("smartctl")
	facts := detectAt(unread{fake, &fs.PathError{Op: "open", Path: "/dev/nvme0n1", Err: fs.ErrPermission}})
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
	if got := facts.Disks[0]; got.Partitions[0].Content.Used != 0 || got.Wear != 0 || got.Health != "" || got.EndsHash != "" {
		t.Errorf("something was made up: %+v", got)
	}
	if !absentIn(facts, "first and last MiB: nvme0n1", "permission denied") {
		t.Errorf("absent: %v", facts.Absent)
	}
	if !absentIn(facts, "room on EFI system partitions: nvme0n1p1", "permission denied") || !absentIn(facts, "health of disks: nvme0n1", "there is no program smartctl") {
		t.Errorf("absent: %v", facts.Absent)
	}
}
