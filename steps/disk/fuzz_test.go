package disk

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// strange is a recorded machine whose files hold what nobody expects there.
type strange struct{ *run.Fake }

func (strange) Root() string { return "/strange" }

// strangeFiles are the files that are read of a machine with a disk of two
// partitions; lsblk is the last one.
var (
	strangeFiles = []struct{ name, content string }{
		{"/sys/block/sda/dev", "8:0\n"},
		{"/sys/block/sda/size", "125829120\n"},
		{"/sys/block/sda/queue/logical_block_size", "512\n"},
		{"/sys/block/sda/queue/rotational", "0\n"},
		{"/sys/block/sda/wwid", "naa.5002538f00112233\n"},
		{"/sys/block/sda/device/vendor", "ATA     \n"},
		{"/sys/block/sda/device/model", "Samsung SSD 870 \n"},
		{"/sys/block/sda/device/vpd_pg80", "\x00\x80\x00\x0aS5Y2NJ0R12"},
		{"/sys/block/sda/device/life_time", "0x02 0x0a\n"},
		{"/sys/block/sda/device/pre_eol_info", "0x02\n"},
		{"/sys/block/sda/sda1/partition", "1\n"},
		{"/sys/block/sda/sda1/dev", "8:1\n"},
		{"/sys/block/sda/sda1/start", "2048\n"},
		{"/sys/block/sda/sda1/size", "1048576\n"},
		{"/sys/block/sda/sda2/partition", "2\n"},
		{"/sys/block/sda/sda2/dev", "8:2\n"},
		{"/sys/block/sda/sda2/start", "1050624\n"},
		{"/sys/block/sda/sda2/size", "20971520\n"},
		{"/sys/block/sda/sda2/holders/dm-0/dev", "253:0\n"},
		{"/sys/block/dm-0/dev", "253:0\n"},
		{"/sys/block/dm-0/dm/name", "vg0-my--root\n"},
		{"/sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-0b5e8d72c4f94160a37d9e2c6b1f8054-x\n"},
		{"/run/udev/data/b8:0", "S:disk/by-id/ata-Samsung_SSD_870_EVO_S5Y2NJ0R12\nS:disk/by-path/pci-0000:00:17.0-ata-1\nE:ID_PART_TABLE_TYPE=gpt\nE:ID_MODEL_ENC=Samsung\\x20SSD\n"},
		{"/run/udev/data/b8:1", "E:ID_FS_TYPE=vfat\nE:ID_FS_LABEL_ENC=EFI\\x20x\nE:ID_PART_ENTRY_TYPE=c12a7328-f81f-11d2-ba4b-00a0c93ec93b\nE:ID_PART_ENTRY_UUID=11111111-0000-4000-8000-000000000001\n"},
		{"/run/udev/data/b8:2", "E:ID_FS_TYPE=ntfs\nE:ID_PART_ENTRY_TYPE=ebd0a0a2-b9e5-4433-87c0-68b6b72699c7\nE:ID_PART_ENTRY_UUID=11111111-0000-4000-8000-000000000002\n"},
		{"/proc/self/mountinfo", "36 35 8:2 / /home/a\\040b rw,noatime - ext4 /dev/sda2 rw,discard\n37 35 0:40 /@ / rw - btrfs /dev/sda2 rw,subvol=/@\n"},
		{"/proc/swaps", "Filename Type Size Used Priority\n/swap\\040file file 1 0 -2\n/dev/sda2 partition 1 0 -2\n"},
		{"/proc/cmdline", "root=LABEL=nixos-minimal ro\n"},
		{"/tools/zfs.txt", "tank/home\t/home\n"},
		{"/tools/esp-sda1.json", `{"size": 100, "free": 50, "folders": ["Microsoft", "nixos"]}`},
		{"/tools/ntfs-sda2.json", `{"dirty": true, "hibernated": true, "build": "10.0.22621"}`},
		{"/tools/smartctl-sda.json", `{"failing": true, "wear": 41, "reason": "it says so"}`},
		{"/tools/ends-sda.json", `"00"`},
		{"/tools/ends-sda.json.unanswered", `"no answer within 5s"`},
		{"/tools/lsblk.json", `{"blockdevices":[{"name":"sda","type":"disk","size":64424509440,"serial":"S5Y2NJ0R12","model":"Samsung SSD 870 EVO","wwn":"0x5002538f00112233","tran":"sata","pttype":"gpt","children":[{"name":"sda1","type":"part","size":1,"fstype":"vfat","label":"x","partlabel":"y"},{"name":"x","type":"crypt"}]}]}`},
	}
	lsblkFile = len(strangeFiles) - 1
)

// FuzzStrangeDisk puts anything into any file that is read of disks. Nothing
// stops the wizard, nothing that moves the cursor of a terminal comes into a
// fact, no link leads out of its folder, and what comes of it is planned or
// refused.
func FuzzStrangeDisk(f *testing.F) {
	for i, file := range strangeFiles {
		f.Add(uint(i), []byte(file.content))
		f.Add(uint(i), []byte("\x1b[2J\u009b2J\xff/../\\x1b\n-1\n99999999999999999999\n"+file.content))
		f.Add(uint(i), bytes.ReplaceAll([]byte(file.content), []byte("S"), []byte(`\u001b\u009b/../`)))
	}
	f.Fuzz(func(t *testing.T, which uint, content []byte) {
		at := int(which % uint(len(strangeFiles)))
		machine := run.NewFake()
		for i, file := range strangeFiles {
			switch i {
			case at:
				machine.Put(file.name, string(content))
			case lsblkFile: // only where it is the strange one: otherwise /sys is read
			default:
				machine.Put(file.name, file.content)
			}
		}
		var facts steps.Facts
		Step{}.Detect(context.Background(), strange{machine})(&facts)
		sensible(t, facts)
	})
}

func sensible(t *testing.T, facts steps.Facts) {
	t.Helper()
	shown := facts
	shown.Mounts, shown.SwapFiles = nil, nil // places are kept as they are
	text, err := json.Marshal(shown)
	if err != nil {
		t.Fatal(err)
	}
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		if said, isText := token.(string); isText && strings.ContainsFunc(said, unicode.IsControl) {
			t.Errorf("a fact moves the cursor: %q", said)
		}
	}
	for _, one := range facts.Disks {
		if one.Size == 0 || !isDisk(one.Name) || strings.Contains(one.Name, "/") || len(one.TableHash) != 64 || one.Wear < 0 {
			t.Errorf("a disk that cannot be: %+v", one)
		}
		for _, name := range []string{one.ID, one.Path} {
			if name != "" && !linkName.MatchString(name) {
				t.Errorf("no link has the name %q", name)
			}
		}
		_, _, _ = Title(one), Holds(one), Confirm(one, facts)
		for _, layout := range []string{"luks-btrfs", layoutBeside, layoutDocument} {
			var plan steps.Plan
			Step{}.Plan(steps.Input{Facts: facts, Target: "/mnt", Answers: steps.Answers{
				Host: steps.Host{Name: "snix", Type: "laptop", System: "x86_64-linux"}, Boot: steps.Boot{Loader: "systemd-boot", Unlock: "passphrase"},
				Disk: steps.DiskChoices{Layout: layout, Disks: []steps.DiskChoice{{Role: roleSystem, Match: steps.Match{ID: one.ID, Serial: one.Serial}}}},
			}}, &plan)
			if len(plan.Disks) == 0 && len(plan.Blockers) == 0 {
				t.Errorf("%s: neither a plan nor a reason why not", layout)
			}
		}
	}
}

// FuzzNames feeds the small parsers of names: what they make of anything is
// what they promise.
func FuzzNames(f *testing.F) {
	for _, text := range []string{"Samsung SSD 870", "vg0-my--root", "0b5e8d72c4f94160a37d9e2c6b1f8054", "root=LABEL=nixos\\x20x ro", "0x0a", "nvme0n1p12", "a--b/c-d", "ä/../\x1b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if safe := linkSafe(text); safe != "" && !linkName.MatchString(safe) {
			t.Errorf("%q is no name of a link", safe)
		}
		// A name that was put together is taken apart again.
		before, after, _ := strings.Cut(strings.NewReplacer("\x00", "", "\x1b", "").Replace(text), "/")
		if before, after = strings.Trim(before, "-"), strings.Trim(after, "-"); before != "" && after != "" {
			group, volume := splitLVM(strings.ReplaceAll(before, "-", "--") + "-" + strings.ReplaceAll(after, "-", "--"))
			if group != before || volume != after {
				t.Errorf("%q and %q came apart as %q and %q", before, after, group, volume)
			}
		}
		if uuid := dashed(text); uuid != "" && strings.ReplaceAll(uuid, "-", "") != strings.ReplaceAll(text, "-", "") {
			t.Errorf("%q became %q", text, uuid)
		}
		if value, ok := hexadecimal(text); ok && (value < 0 || value > 255) {
			t.Errorf("%q is %d", text, value)
		}
		if number := trailingNumber(text); number < 0 {
			t.Errorf("%q ends with %d", text, number)
		}
		if name := bootLabel(text); strings.ContainsFunc(name.label, unicode.IsControl) {
			t.Errorf("the label of the medium is %q", name.label)
		}
	})
}
