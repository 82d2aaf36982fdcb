package unlock_test

import (
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/steps/unlock"
)

// halves are two disks with a container each, both open.
func halves(kind string) string {
	with := func(name, mapping string) string {
		inside := strings.Replace(device(mapping, "/dev/mapper/"+mapping, "crypt", kind), `"size"`, `"uuid":"3f6b","label":"rpool","size"`, 1)
		return device(name, "/dev/"+name, "disk", "", device(name+"2", "/dev/"+name+"2", "part", "crypto_LUKS", inside))
	}
	return devices(with("sda", "recovered"), with("sdb", "recovered2"))
}

// carried opens the two halves, and says what was mounted and what closes it.
func carried(t *testing.T, fake *run.Fake, containers ...unlock.Locked) *unlock.Opened {
	t.Helper()
	opened, err := both(fake, false, containers...).Carry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
	return opened
}

func closing(commands []steps.Command) string {
	var all []string
	for _, one := range commands {
		all = append(all, strings.Join(one.Argv, " "))
	}
	return strings.Join(all, "; ")
}

// What lies on both halves of a mirror is mounted once, and both are closed.
func TestMirror(t *testing.T) {
	mount := func(subvolume string, options ...string) run.Expected {
		return runs(tools.MountRecovered("/dev/mapper/recovered", "btrfs", strings.TrimSuffix("/mnt/"+strings.TrimPrefix(subvolume, "root"), "/"), append([]string{"subvol=@" + subvolume}, options...), true))
	}
	refused := func(one run.Expected) run.Expected {
		one.Status, one.Stderr = 32, "mount: missing codepage or helper program\n"
		return one
	}
	open := []run.Expected{runs(tools.LuksOpenSlot("/dev/sda2", "recovered", 1, true)), runs(tools.LuksOpenSlot("/dev/sdb2", "recovered2", 4, true)), lsblk(halves("btrfs"))}
	opened := carried(t, run.NewFake(append(slices.Clone(open), mount("root"))...), unlock.Locked{Device: "/dev/sda2", Slot: 1}, unlock.Locked{Device: "/dev/sdb2", Slot: 4})
	if got := closing(opened.Close); got != "umount --recursive /mnt; cryptsetup close recovered2; cryptsetup close recovered" {
		t.Error(got)
	}

	// One half alone is read without the other, and the rest follows it.
	half := strings.Replace(halves("btrfs"), "/dev/mapper/recovered2", "/dev/mapper/other", 1)
	root := mount("root", "degraded")
	root.Effect = appears("mnt/home")
	opened = carried(t, run.NewFake(open[0], lsblk(half), refused(mount("root")), root, mount("home")), unlock.Locked{Device: "/dev/sda2", Slot: 1})
	if got := strings.Join(opened.Mounts, "\n"); got != "/dev/mapper/recovered (@root), without its other half, at /mnt\n/dev/mapper/recovered (@home) at /mnt/home" {
		t.Error(got)
	}

	// To be written to it needs both.
	writable := runs(tools.MountRecovered("/dev/mapper/recovered", "btrfs", "/mnt", []string{"subvol=@root"}, false))
	whole := runs(tools.MountRecovered("/dev/mapper/recovered", "btrfs", "/mnt", nil, false))
	fake := run.NewFake(runs(tools.LuksOpenSlot("/dev/sda2", "recovered", 1, false)), lsblk(half), refused(writable), refused(whole), runs(steps.Command{Argv: []string{"cryptsetup", "close", "recovered"}}))
	if _, err := both(fake, true, unlock.Locked{Device: "/dev/sda2", Slot: 1}).Carry(t.Context()); err == nil || !strings.Contains(err.Error(), "if it lies on several disks, name them all") {
		t.Error(err)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
}

// A pool is opened by the mappings that it lies on, without its own mounts, and
// its datasets are mounted where they belong; one that keeps no root too.
func TestPool(t *testing.T) {
	list := "rpool\tnone\toff\nrpool/home\tlegacy\ton\nrpool/root\tlegacy\ton\nrpool/films\t/films\ton\nrpool/nix\t/nix\tnoauto\n"
	devices := []string{"/dev/mapper/recovered", "/dev/mapper/recovered2"}
	mount := func(dataset, folder string, options ...string) run.Expected {
		return runs(tools.MountRecovered(dataset, "zfs", folder, options, true))
	}
	for name, test := range map[string]struct {
		list   string
		mounts []run.Expected
		want   string
	}{
		"a root": {list, []run.Expected{mount("rpool/root", "/mnt"), mount("rpool/home", "/mnt/home"), mount("rpool/nix", "/mnt/nix", "zfsutil")}, "rpool/root at /mnt, rpool/home at /mnt/home, rpool/nix at /mnt/nix"},
		"one that is forgotten": {
			strings.Replace(list, "rpool/root", "rpool/persist", 1),
			[]run.Expected{runs(tools.MountEmpty("/mnt")), mount("rpool/home", "/mnt/home"), mount("rpool/nix", "/mnt/nix", "zfsutil"), mount("rpool/persist", "/mnt/persist")},
			"rpool/home at /mnt/home, rpool/nix at /mnt/nix, rpool/persist at /mnt/persist",
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.mounts[0].Effect = appears("mnt/home", "mnt/nix", "mnt/persist")
			fake := run.NewFake(append([]run.Expected{
				runs(tools.LuksOpenSlot("/dev/sda2", "recovered", 1, true)), runs(tools.LuksOpenSlot("/dev/sdb2", "recovered2", 1, true)),
				lsblk(halves("zfs_member")), runs(tools.ImportPool("rpool", devices, true)),
				{Argv: tools.Datasets("rpool").Argv, Stdout: test.list},
			}, test.mounts...)...)
			opened := carried(t, fake, unlock.Locked{Device: "/dev/sda2", Slot: 1}, unlock.Locked{Device: "/dev/sdb2", Slot: 1})
			if got := strings.Join(opened.Mounts, ", "); got != test.want {
				t.Error(got)
			}
			if len(opened.Left) != 1 || !strings.Contains(opened.Left[0], "rpool/films") {
				t.Errorf("%q", opened.Left)
			}
			if got := closing(opened.Close); got != "umount --recursive /mnt; zpool export rpool; cryptsetup close recovered2; cryptsetup close recovered" {
				t.Error(got)
			}
		})
	}
}

// Without the programs of ZFS that is said, and nothing stays open.
func TestPoolWithoutZFS(t *testing.T) {
	fake := run.NewFake(runs(tools.LuksOpenSlot("/dev/sda2", "recovered", 1, true)), lsblk(halves("zfs_member")), runs(steps.Command{Argv: []string{"cryptsetup", "close", "recovered"}})).Without("zpool")
	_, err := both(fake, false, unlock.Locked{Device: "/dev/sda2", Slot: 1}).Carry(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the ZFS pool rpool: ") {
		t.Error(err)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
}

// Where the root is kept nowhere, the volumes are mounted all the same.
func TestVolumesWithoutRoot(t *testing.T) {
	volumes := device("recovered", "/dev/mapper/recovered", "crypt", "LVM2_member",
		device("system-persist", "/dev/mapper/system-persist", "lvm", "ext4"), device("system-nix", "/dev/mapper/system-nix", "lvm", "ext4"))
	opened := carried(t, run.NewFake(
		runs(tools.LuksOpenSlot("/dev/sda3", "recovered", 1, true)), lsblk(locked(device("recovered", "/dev/mapper/recovered", "crypt", "LVM2_member"))),
		run.Expected{Argv: tools.Vgs().Argv, Stdout: "  system /dev/mapper/recovered\n"}, runs(tools.Activate("system")), lsblk(locked(volumes)), runs(tools.MountEmpty("/mnt")),
		runs(tools.MountRecovered("/dev/mapper/system-nix", "ext4", "/mnt/nix", nil, true)), runs(tools.MountRecovered("/dev/mapper/system-persist", "ext4", "/mnt/persist", nil, true)),
	), unlock.Locked{Device: "/dev/sda3", Slot: 1})
	if len(opened.Mounts) != 2 || len(opened.Left) != 0 {
		t.Errorf("%+v", opened)
	}
}
