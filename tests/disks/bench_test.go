// Package disks_test carries plans out in virtual machines with many disks: the
// plan that mnemonix itself computes there, its own commands, its write guard,
// and real partitions, LUKS, LVM, md and btrfs.
//
// Its rules:
//
//   - What stays untouched is judged from outside: a SHA-256 over the whole
//     disk, or over a range of it, while the machine stands still.
//   - What was made is read by lsblk and findmnt, and not by mnemonix.
//   - One boot serves many layouts. The rest stands behind MNEMONIX_FULL=1.
package disks_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

// bench is a machine that is on, with the programs of the tests in it.
type bench struct {
	t       *testing.T
	machine *rig.Machine
	running *rig.Running
	folder  string
}

// newBench makes a machine with these disks, and the answers that the tests
// have, by name.
func newBench(t *testing.T, disks []rig.Disk, given map[string]steps.Answers) *bench {
	t.Helper()
	b := &bench{t: t, machine: rig.New(t, rig.Hardware{Disks: disks, NoTPM: true}), folder: t.TempDir()}
	for name, pkg := range map[string]string{"mnemonix": ".", "disko": "./tests/standin/disko", "carry": "./tests/disks/carry"} {
		if err := os.Rename(need.Built(t, pkg), filepath.Join(b.folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(b.folder, os.DirFS("scripts")); err != nil {
		t.Fatal(err)
	}
	if wantsZFS() {
		modules, err := os.ReadFile(filepath.Join(os.Getenv("MNEMONIX_RIG"), "zfs.tar"))
		if err != nil {
			t.Fatalf("tests/rig/zfs makes it: %v", err)
		}
		if err := os.WriteFile(filepath.Join(b.folder, "zfs.tar"), modules, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, one := range given {
		if err := answers.Check(one); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(b.folder, name+".yaml"), answers.Write(one), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// boot switches the machine on, and gets it ready by that script.
func (b *bench) boot(script string) {
	b.t.Helper()
	b.running = b.machine.Boot(rig.Boot{From: rig.Image, Folder: b.folder})
	b.running.Login("")
	b.must("cd /run/rig/in && systemctl start rig.service && bash ./" + script)
}

// must runs a command in the machine that has to end well.
func (b *bench) must(command string) string {
	b.t.Helper()
	output, status := b.running.Command(command)
	if status != 0 {
		b.t.Fatalf("%s ended with %d:\n%s\n%s", command, status, output, b.log())
	}
	return output
}

// log is what the commands of the last apply said.
func (b *bench) log() string {
	output, _ := b.running.Command("tail -n 60 /run/carry.log")
	return output
}

// refused runs a command that has to fail, and to say why.
func (b *bench) refused(command string, reasons ...string) {
	b.t.Helper()
	output, status := b.running.Command(command)
	for _, reason := range reasons {
		if !strings.Contains(output, reason) {
			b.t.Errorf("%s does not say %q:\n%s", command, reason, output)
		}
	}
	if status == 0 {
		b.t.Errorf("%s was not refused:\n%s", command, output)
	}
}

// plan lets mnemonix compute the plan of that name.
func (b *bench) plan(name string) steps.Plan {
	b.t.Helper()
	b.must(fmt.Sprintf("mnemonix plan --answers %[1]s.yaml --json >/run/%[1]s.json 2>/run/%[1]s.err || { cat /run/%[1]s.err; false; }", name))
	var plan steps.Plan
	if err := json.Unmarshal([]byte(b.must("carry show /run/"+name+".json")), &plan); err != nil {
		b.t.Fatal(err)
	}
	return plan
}

// still runs something while the machine stands still.
func (b *bench) still(look func()) {
	b.t.Helper()
	b.must("sync")
	b.running.Pause()
	defer b.running.Continue()
	look()
}

// digests are those of whole disks.
func (b *bench) digests(serials ...string) map[string]string {
	b.t.Helper()
	sums := map[string]string{}
	b.still(func() {
		for _, serial := range serials {
			sums[serial] = b.machine.Digest(serial)
		}
	})
	return sums
}

// region is the digest of a range of a disk.
func (b *bench) region(serial string, regions ...steps.Region) []string {
	b.t.Helper()
	var sums []string
	b.still(func() {
		content := b.machine.Content(serial)
		for _, region := range regions {
			sum, err := rig.DigestOf(content, int64(region.Start), int64(region.Size))
			if err != nil {
				b.t.Fatal(err)
			}
			sums = append(sums, sum)
		}
		_ = os.Remove(content.Name())
	})
	return sums
}

// same compares what disks were and are.
func (b *bench) same(when string, before, after map[string]string) {
	b.t.Helper()
	for serial, sum := range before {
		if after[serial] != sum {
			b.t.Errorf("%s: the disk %s is not what it was", when, serial)
		}
	}
}

// made compares the partitions of the plan's disks, and what is mounted, with
// what the plan says.
func (b *bench) made(plan steps.Plan) {
	b.t.Helper()
	for _, one := range plan.Disks {
		var found struct {
			Devices []struct {
				Children []struct {
					Start    uint64 // in units of 512 bytes
					Size     uint64
					PartUUID string
				}
			} `json:"blockdevices"`
		}
		text := b.must("lsblk --json --bytes --output NAME,START,SIZE,PARTUUID " + one.Device)
		if err := json.Unmarshal([]byte(text), &found); err != nil || len(found.Devices) != 1 {
			b.t.Fatalf("%v: %s", err, text)
		}
		var want, got []string
		for _, region := range one.After {
			if region.Number > 0 {
				want = append(want, fmt.Sprintf("%d+%d %s", region.Start, region.Size, strings.ToLower(region.PartUUID)))
			}
		}
		for _, child := range found.Devices[0].Children {
			got = append(got, fmt.Sprintf("%d+%d %s", child.Start*512, child.Size, child.PartUUID))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			b.t.Errorf("%s has the partitions\n  %s\nand should have\n  %s", one.Device, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
	}
	mounted := strings.Fields(b.must("findmnt --list --noheadings --output TARGET | grep ^/mnt"))
	want := places(plan.Layout)
	slices.Sort(mounted)
	if !slices.Equal(want, mounted) {
		b.t.Errorf("mounted are %v and should be %v", mounted, want)
	}
}

// places are where a layout mounts.
func places(layout steps.Layout) []string {
	var list []string
	add := func(place string) {
		if place != "" {
			list = append(list, strings.TrimSuffix("/mnt"+place, "/"))
		}
	}
	var node func(steps.LayoutNode)
	node = func(n steps.LayoutNode) {
		add(n.Mountpoint)
		for _, subvolume := range n.Subvolumes {
			add(subvolume.Mountpoint)
		}
		if n.Inner != nil {
			node(*n.Inner)
		}
	}
	for _, disk := range layout.Disks {
		for _, partition := range disk.Partitions {
			node(partition.Content)
		}
	}
	for _, array := range layout.Arrays {
		node(array.Content)
	}
	for _, group := range layout.Groups {
		for _, volume := range group.Volumes {
			node(volume.Content)
		}
	}
	for _, pool := range layout.Pools {
		for _, dataset := range pool.Datasets {
			add(dataset.Mountpoint)
		}
	}
	for _, mount := range layout.Mounts {
		add(mount.Mountpoint)
	}
	slices.Sort(list)
	return list
}

// answer are answers for a machine with that layout on the disks with these
// serial numbers.
func answer(layout string, change func(*steps.Answers), serials ...string) steps.Answers {
	a := steps.Answers{
		Version: steps.AnswersVersion,
		Host:    steps.Host{Name: "proof", Type: "server", System: "x86_64-linux", StateVersion: "25.11"},
		Locale:  steps.Locale{Timezone: "Europe/Berlin", Language: "en_US.UTF-8", Keymap: "us", XkbLayout: "us"},
		Users:   []steps.User{{Name: "alice", Operator: true, FullName: "Alice"}},
		Desktop: "none",
		Disk:    steps.DiskChoices{Layout: layout, ESP: "512MiB", Swap: steps.Swap{Kind: "partition", Size: "1GiB"}},
		Boot:    steps.Boot{Loader: "systemd-boot", Unlock: "passphrase"},
	}
	if slices.Contains([]string{"ext4", "btrfs", "md-raid1", "document"}, layout) {
		a.Boot.Unlock = "none"
	}
	for i, serial := range serials {
		a.Disk.Disks = append(a.Disk.Disks, steps.DiskChoice{Role: []string{"system", "mirror"}[i], Match: steps.Match{Serial: serial}})
	}
	if change != nil {
		change(&a)
	}
	return a
}
