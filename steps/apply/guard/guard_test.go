package guard_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply/guard"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

const gib = 1 << 30

// recorded is a machine whose disks can be changed between two looks. Of its
// programs it has blockdev, which it remembers, and udevadm.
type recorded struct {
	run.Files
	folder string
	calls  []string
	fails  string // a command that fails
	vgs    string // what vgs prints
	slow   int    // how many times the ends of a disk do not come
}

func (r *recorded) ReadFile(name string) ([]byte, error) {
	if strings.HasPrefix(name, "/tools/ends-") && r.slow > 0 {
		r.slow--
		return nil, errors.New("no answer within 5s")
	}
	return r.Files.ReadFile(name)
}

func (r *recorded) Run(_ context.Context, cmd run.Command) (run.Result, error) {
	call := strings.Join(cmd.Argv, " ")
	if cmd.Argv[0] == "blockdev" {
		r.calls = append(r.calls, call)
	}
	if r.fails != "" && strings.HasPrefix(call, r.fails) {
		return run.Result{}, errors.New("blockdev: it cannot")
	}
	if cmd.Argv[0] == "vgs" {
		return run.Result{Stdout: []byte(r.vgs)}, nil
	}
	return run.Result{}, nil
}

func (r *recorded) LookPath(program string) (string, error) { return "/bin/" + program, nil }

// with puts these disks into the machine, in place of those that were there.
func (r *recorded) with(t fataler, disks ...machine.Disk) {
	m := machine.New("nixos", "6.12.0")
	for _, one := range disks {
		m.Disk(one)
	}
	shut, err := os.ReadFile(filepath.Join(r.folder, "run/mnemonix/read-only"))
	if err := errors.Join(m.Write(r.folder), os.MkdirAll(filepath.Join(r.folder, "dev/disk/by-id"), 0o755)); err != nil {
		t.Fatal(err)
	}
	if err == nil { // what lies in memory stays when a disk is changed
		if err := r.MkdirAll("/run/mnemonix", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := r.WriteFile("/run/mnemonix/read-only", shut, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range r.disks() {
		if one.ID == "" {
			continue
		}
		link := filepath.Join(r.folder, "dev/disk/by-id", one.ID)
		_ = os.Remove(link)
		if err := os.Symlink("../../"+one.Name, link); err != nil {
			t.Fatal(err)
		}
	}
}

type fataler interface{ Fatal(args ...any) }

func (r *recorded) disks() []steps.Disk {
	var facts steps.Facts
	disk.Step{}.Detect(context.Background(), r)(&facts)
	return facts.Disks
}

func newMachine(t fataler, folder string, disks ...machine.Disk) *recorded {
	r := &recorded{Files: run.NewFiles(folder), folder: folder}
	r.with(t, disks...)
	return r
}

// nvme is a disk in the first, second ... slot.
func nvme(slot int, serial string) machine.Disk {
	return machine.Disk{
		Name: fmt.Sprintf("nvme%dn1", slot), At: fmt.Sprintf("pci0000:00/0000:00:1b.%d/0000:%02x:00.0", slot, 0x20+slot),
		Model: "Example SSD", Serial: serial, WWN: "eui.00000000" + serial, Size: 64 * gib, Table: "gpt", TableUUID: "00000000-0000-4000-8000-" + strings.Repeat("0", 8) + serial,
		Parts: []machine.Part{{
			Number: 1, Start: 1 << 20, Size: 8 * gib, Type: "0fc63daf-8483-4772-8e79-3d69d8477de4", UUID: "00000000-0000-4000-8001-00000000" + serial,
			Lies: machine.Lies{Kind: "ext4", UUID: "00000000-0000-4000-8002-00000000" + serial},
		}},
	}
}

// newPart is the PARTUUID of the partition that planFor makes.
const newPart = "00000000-0000-4000-9001-000000000000"

// planFor erases the disk with this serial number.
func planFor(t fataler, r *recorded, serial string) steps.Plan {
	for _, one := range r.disks() {
		if one.Serial == serial {
			fingerprint := one.Fingerprint()
			var before []steps.Region
			for _, partition := range one.Partitions {
				before = append(before, steps.Region{
					Fate: steps.FateDelete, Number: partition.Number, Start: partition.Start, Size: partition.Size, PartUUID: partition.PartUUID,
				})
			}
			after := []steps.Region{{Fate: steps.FateCreate, Number: 1, Start: 1 << 20, Size: gib, PartUUID: newPart}}
			return steps.Plan{
				Target: "/mnt", Disks: []steps.DiskPlan{{Role: "system", Disk: fingerprint, Before: before, After: after}},
				Actions: []steps.Action{
					{ID: "disk/save"},
					{ID: "disk/clear-system", Erases: []steps.Erasure{{Disk: fingerprint}}},
					{ID: "disk/format", Erases: []steps.Erasure{{Disk: fingerprint}}},
					{ID: "flake/write"},
					{ID: "enroll/recovery", Name: "recovery"},
				},
			}
		}
	}
	t.Fatal("no disk " + serial)
	return steps.Plan{}
}

func free(string) error { return nil }

// carry goes through the plan as an apply does, and stops at the first
// refusal. between is called before each action.
func carry(r *recorded, plan steps.Plan, exclusive func(string) error, between func(id string), begun ...string) error {
	ctx := context.Background()
	g := guard.New(r, exclusive)
	err := g.Begin(ctx, plan, begun)
	for _, action := range plan.Actions {
		if err != nil {
			break
		}
		between(action.ID)
		if err = g.Before(ctx, action); err == nil {
			err = g.After(ctx, action)
		}
	}
	return errors.Join(err, g.End(ctx))
}

// A disk that nobody touches is let through, and the other one is read-only
// meanwhile and given back.
func TestTheOtherDiskIsReadOnly(t *testing.T) {
	r := newMachine(t, t.TempDir(), nvme(0, "AAAA"), nvme(1, "BBBB"))
	if err := carry(r, planFor(t, r, "AAAA"), free, func(string) {}); err != nil {
		t.Fatal(err)
	}
	want := []string{"blockdev --setro /dev/nvme1n1", "blockdev --setrw /dev/nvme1n1"}
	if !slices.Equal(r.calls, want) {
		t.Errorf("ran %q, want %q", r.calls, want)
	}
	if _, err := r.ReadFile("/run/mnemonix/read-only"); err == nil {
		t.Error("the note of what is shut is still there")
	}
}

// What changes between the review and a write is refused, with a sentence that
// says what.
func TestRefusals(t *testing.T) {
	mounted := nvme(0, "AAAA")
	mounted.Parts[0].Lies.Mounts = []string{"/home"}
	bigger := nvme(0, "AAAA")
	bigger.Size = 128 * gib
	formatted := nvme(0, "AAAA")
	formatted.Parts[0].Lies.Kind = "ntfs"
	shut := nvme(0, "AAAA")
	shut.ReadOnly = true
	other := nvme(0, "AAAA")
	other.WWN = "eui.0000000012345678"
	written := nvme(0, "AAAA")
	written.Ends = "boot code that nobody reviewed"
	for name, c := range map[string]struct {
		disks     []machine.Disk
		exclusive func(string) error
		want      string
	}{
		"pulled":                  {[]machine.Disk{nvme(1, "BBBB")}, free, "not there any more"},
		"another in its place":    {[]machine.Disk{nvme(0, "CCCC"), nvme(1, "BBBB")}, free, "not there any more"},
		"another size":            {[]machine.Disk{bigger, nvme(1, "BBBB")}, free, "its size was 64 GiB and is 128 GiB"},
		"another WWN":             {[]machine.Disk{other, nvme(1, "BBBB")}, free, "WWN was"},
		"formatted by somebody":   {[]machine.Disk{formatted, nvme(1, "BBBB")}, free, "not what it was"},
		"another first MiB":       {[]machine.Disk{written, nvme(1, "BBBB")}, free, "the first or the last MiB of"},
		"read-only":               {[]machine.Disk{shut, nvme(1, "BBBB")}, free, "is read-only"},
		"mounted":                 {[]machine.Disk{mounted, nvme(1, "BBBB")}, free, "mounted at /home"},
		"twice the same":          {[]machine.Disk{nvme(0, "AAAA"), nvme(1, "AAAA")}, free, "cannot be told apart"},
		"held by what we see not": {[]machine.Disk{nvme(0, "AAAA"), nvme(1, "BBBB")}, func(string) error { return errors.New("the kernel says so") }, "the kernel says so"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newMachine(t, t.TempDir(), nvme(0, "AAAA"), nvme(1, "BBBB"))
			plan := planFor(t, r, "AAAA")
			for _, when := range []string{"", "disk/clear-system", "disk/format"} {
				if when == "disk/format" && strings.Contains(c.want, "not what it was") || strings.Contains(c.want, "MiB of") && when != "" {
					continue // from the first write on, only the table counts
				}
				r.with(t, nvme(0, "AAAA"), nvme(1, "BBBB"))
				if when == "" {
					r.with(t, c.disks...)
				}
				reached := ""
				err := carry(r, plan, c.exclusive, func(id string) {
					if reached = id; id == when {
						r.with(t, c.disks...)
					}
				})
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("before %q: %v, want %q", when, err, c.want)
				}
				if reached == "disk/format" && when != reached || reached == "flake/write" {
					t.Errorf("before %q: it came to %s", when, reached)
				}
			}
		})
	}
}

// A disk that was put into the place of another between two actions is
// refused, even where it is its very twin; a new run looks at it anew.
func TestTakenOutMeanwhile(t *testing.T) {
	r := newMachine(t, t.TempDir(), nvme(0, "AAAA"), nvme(1, "BBBB"))
	plan := planFor(t, r, "AAAA")
	number := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(r.folder, "sys/block/nvme0n1/diskseq"), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	number("7")
	err := carry(r, plan, free, func(id string) {
		if id == "disk/format" {
			number("12")
		}
	})
	if err == nil || !strings.Contains(err.Error(), "was taken out meanwhile") {
		t.Errorf("a disk that was changed: %v", err)
	}
	if err := carry(r, plan, free, func(string) {}); err != nil {
		t.Errorf("the run after it: %v", err)
	}
}

// A disk that was too slow for a wizard is waited for; one that does not show
// what was reviewed at all is refused.
func TestSlowDisk(t *testing.T) {
	r := newMachine(t, t.TempDir(), nvme(0, "AAAA"))
	plan := planFor(t, r, "AAAA")
	r.slow = 1
	if err := carry(r, plan, free, func(string) {}); err != nil {
		t.Errorf("a slow disk: %v", err)
	}
	r.slow = 1 << 20
	err := carry(r, plan, free, func(id string) { t.Errorf("it came to %s", id) })
	if err == nil || !strings.Contains(err.Error(), "cannot be read any more: no answer") {
		t.Errorf("a disk that does not answer: %v", err)
	}
}

// A plan that does not say what was at the ends of a disk that it erases is
// refused: nothing to compare with is no likeness.
func TestUnreadDisk(t *testing.T) {
	for what, forget := range map[string]func(*steps.Fingerprint){
		"not read before the review":            func(f *steps.Fingerprint) { f.EndsHash = "" },
		"not what it was when it was looked at": func(f *steps.Fingerprint) { f.TableHash = "" },
	} {
		r := newMachine(t, t.TempDir(), nvme(0, "AAAA"), nvme(1, "BBBB"))
		plan := planFor(t, r, "AAAA")
		forget(&plan.Disks[0].Disk)
		for i := range plan.Actions {
			for j := range plan.Actions[i].Erases {
				forget(&plan.Actions[i].Erases[j].Disk)
			}
		}
		err := carry(r, plan, free, func(id string) { t.Errorf("%s: it came to %s", what, id) })
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
		if len(r.calls) > 0 {
			t.Errorf("%s: ran %q", what, r.calls)
		}
	}
}

// Kernel names that change places mean nothing: the right disk is found.
func TestSwappedKernelNames(t *testing.T) {
	r := newMachine(t, t.TempDir(), nvme(0, "AAAA"), nvme(1, "BBBB"))
	plan := planFor(t, r, "AAAA")
	r.with(t, nvme(0, "BBBB"), nvme(1, "AAAA"))
	if err := carry(r, plan, free, func(string) {}); err != nil {
		t.Fatal(err)
	}
	if want := "blockdev --setro /dev/nvme0n1"; r.calls[0] != want {
		t.Errorf("ran %q, want %q first", r.calls, want)
	}
}

// What the plan itself does to its disk is no reason to stop: a new table,
// file systems, mounts; and a run that goes on finds them there.
func TestOurOwnChanges(t *testing.T) {
	r := newMachine(t, t.TempDir(), nvme(0, "AAAA"), nvme(1, "BBBB"))
	plan := planFor(t, r, "AAAA")
	made := nvme(0, "AAAA")
	made.TableUUID, made.Parts[0].UUID, made.Parts[0].Size = "00000000-0000-4000-9000-000000000000", newPart, gib
	made.Parts[0].Lies = machine.Lies{Kind: "vfat", Mounts: []string{"/mnt/boot"}}
	ctx := t.Context()
	g := guard.New(r, free)
	if err := g.Begin(ctx, plan, nil); err != nil {
		t.Fatal(err)
	}
	for _, action := range plan.Actions {
		if err := g.Before(ctx, action); err != nil {
			t.Fatalf("%s: %v", action.ID, err)
		}
		if action.ID == "disk/format" {
			r.with(t, made, nvme(1, "BBBB"))
		}
		if err := g.After(ctx, action); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.End(ctx); err != nil {
		t.Fatal(err)
	}
	if err := carry(r, plan, free, func(string) {}, "disk/clear-system", "disk/format"); err != nil {
		t.Errorf("a run that goes on: %v", err)
	}
	if err := carry(r, plan, free, func(string) {}); err == nil {
		t.Error("a run that begins took a disk that is not as it was reviewed")
	}
}

// A disk that is plugged in after the review is read-only at once, and one
// that the running system uses is left alone.
func TestDisksThatAppear(t *testing.T) {
	r := newMachine(t, t.TempDir(), nvme(0, "AAAA"))
	plan := planFor(t, r, "AAAA")
	used := nvme(2, "DDDD")
	used.Parts[0].Lies.Mounts = []string{"/srv"}
	err := carry(r, plan, free, func(id string) {
		if id == "disk/format" {
			r.with(t, nvme(0, "AAAA"), nvme(1, "BBBB"), used)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"blockdev --setro /dev/nvme1n1", "blockdev --setrw /dev/nvme1n1"}; !slices.Equal(r.calls, want) {
		t.Errorf("ran %q, want %q", r.calls, want)
	}
}

// A run that was killed has left disks shut: the next one opens them.
func TestKilled(t *testing.T) {
	r := newMachine(t, t.TempDir(), nvme(0, "AAAA"), nvme(1, "BBBB"))
	plan := planFor(t, r, "AAAA")
	if err := guard.New(r, free).Begin(t.Context(), plan, nil); err != nil {
		t.Fatal(err)
	}
	shut := nvme(1, "BBBB")
	shut.ReadOnly = true
	r.with(t, nvme(0, "AAAA"), shut)
	r.calls = nil
	if err := carry(r, plan, free, func(string) {}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"blockdev --setrw /dev/nvme1n1"}; !slices.Equal(r.calls, want) {
		t.Errorf("ran %q, want %q", r.calls, want)
	}
}

// Where a disk cannot be protected nothing begins.
func TestCannotProtect(t *testing.T) {
	r := newMachine(t, t.TempDir(), nvme(0, "AAAA"), nvme(1, "BBBB"))
	r.fails = "blockdev --setro"
	err := carry(r, planFor(t, r, "AAAA"), free, func(id string) { t.Errorf("it came to %s", id) })
	if err == nil || !strings.Contains(err.Error(), "protect") {
		t.Errorf("the error is %v", err)
	}
}

// Whatever happens to the disks between the review and the writes, the guard
// lets an action through only when the disk that its path leads to is the one
// that was reviewed.
func TestOnlyTheReviewedDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("writes some hundred machines")
	}
	folder := t.TempDir()
	plan := planFor(t, newMachine(t, folder, nvme(0, "AAAA"), nvme(1, "BBBB"), nvme(2, "CCCC")), "AAAA")
	rapid.Check(t, func(t *rapid.T) {
		r := &recorded{Files: run.NewFiles(folder), folder: folder}
		// Any disks, in any order, with any of these changes.
		var now []machine.Disk
		right := 0
		for slot := range rapid.IntRange(0, 4).Draw(t, "disks") {
			one := nvme(slot, rapid.SampledFrom([]string{"AAAA", "BBBB", "CCCC", "DDDD"}).Draw(t, "serial"))
			same := one.Serial == "AAAA"
			switch rapid.IntRange(0, 5).Draw(t, "change") {
			case 0:
				one.Size, same = one.Size+gib, false
			case 1:
				one.WWN, same = "eui.1111111111111111", false
			case 2:
				one.Parts[0].Lies.Kind, same = "ntfs", false
			case 3:
				one.Ends, same = "boot code", false
			}
			if same {
				right++
			}
			now = append(now, one)
		}
		r.with(t, now...)
		twins := 0
		for _, one := range now {
			if one.Serial == "AAAA" {
				twins++
			}
		}
		passed := false
		err := carry(r, plan, free, func(id string) { passed = passed || id == "disk/format" })
		if passed != (right == 1 && twins == 1) {
			t.Fatalf("passed: %v, with %d right disks and %d of its name: %v", passed, right, twins, err)
		}
		if _, err := r.ReadFile("/run/mnemonix/read-only"); err == nil {
			t.Fatal("disks were left read-only")
		}
	})
}
