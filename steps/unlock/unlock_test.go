package unlock_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/steps/unlock"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

const row = `{"name":"NAME","path":"PATH","type":"TYPE","size":1073741824,"fstype":"FS","children":[CHILDREN]}`

func device(name, place, kind, fsType string, children ...string) string {
	return strings.NewReplacer("NAME", name, "PATH", place, "TYPE", kind, "FS", fsType, "CHILDREN", strings.Join(children, ",")).Replace(row)
}

func devices(rows ...string) string { return `{"blockdevices":[` + strings.Join(rows, ",") + `]}` }

func lsblk(stdout string) run.Expected {
	return run.Expected{Argv: tools.Lsblk(""), Stdout: stdout}
}

func runs(command steps.Command) run.Expected { return run.Expected{Argv: command.Argv} }

func locked(inside string) string {
	return devices(device("sda", "/dev/sda", "disk", "", device("sda3", "/dev/sda3", "part", "crypto_LUKS", inside)))
}

func opening(fake *run.Fake, write bool) unlock.Opening {
	return both(fake, write, unlock.Locked{Device: "/dev/sda3", Slot: 1})
}

func both(fake *run.Fake, write bool, containers ...unlock.Locked) unlock.Opening {
	return unlock.Opening{Runner: fake, Containers: containers, Passphrase: secret.FromString("of the words"), At: "/mnt", Write: write}
}

func appears(folders ...string) func(fstest.MapFS) {
	return func(files fstest.MapFS) {
		for _, folder := range folders {
			files[folder] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		}
	}
}

// The subvolumes of btrfs are mounted where they belong, so that nothing can be
// written, and what is not there is left out.
func TestBtrfs(t *testing.T) {
	open := runs(tools.LuksOpenSlot("/dev/sda3", "recovered", 1, true))
	open.Secret = "of the words"
	mount := func(subvolume, folder string, status int) run.Expected {
		return run.Expected{Argv: tools.MountRecovered("/dev/mapper/recovered", "btrfs", folder, []string{"subvol=" + subvolume}, true).Argv, Status: status}
	}
	first := mount("@root", "/mnt", 0)
	first.Effect = appears("mnt/home", "mnt/nix", "mnt/var/log", "mnt/.snapshots")
	fake := run.NewFake(open, lsblk(locked(device("recovered", "/dev/mapper/recovered", "crypt", "btrfs"))),
		first, mount("@home", "/mnt/home", 0), mount("@nix", "/mnt/nix", 0), mount("@log", "/mnt/var/log", 32), mount("@snapshots", "/mnt/.snapshots", 0))
	opened, err := opening(fake, false).Carry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
	if got := strings.Join(opened.Mounts, "\n"); got != "/dev/mapper/recovered (@root) at /mnt\n/dev/mapper/recovered (@home) at /mnt/home\n/dev/mapper/recovered (@nix) at /mnt/nix\n/dev/mapper/recovered (@snapshots) at /mnt/.snapshots" {
		t.Error(got)
	}
	if len(opened.Close) != 2 || opened.Close[0].Argv[0] != "umount" || opened.Close[1].Argv[0] != "cryptsetup" {
		t.Errorf("%v", opened.Close)
	}
	for _, option := range []string{"ro", "rescue=nologreplay"} {
		if !strings.Contains(strings.Join(first.Argv, " "), option) {
			t.Errorf("no %s in %v", option, first.Argv)
		}
	}
}

// LVM in the container: the group is opened, the root comes first, and what
// has no place is named.
func TestLVM(t *testing.T) {
	volumes := device("recovered", "/dev/mapper/recovered", "crypt", "LVM2_member",
		device("system-home", "/dev/mapper/system-home", "lvm", "ext4"), device("system-odd", "/dev/mapper/system-odd", "lvm", "xfs"),
		device("system-swap", "/dev/mapper/system-swap", "lvm", "swap"), device("system-root", "/dev/mapper/system-root", "lvm", "ext4"))
	root := runs(tools.MountRecovered("/dev/mapper/system-root", "ext4", "/mnt", nil, false))
	root.Effect = appears("mnt/home")
	fake := run.NewFake(
		runs(tools.LuksOpenSlot("/dev/sda3", "recovered", 1, false)),
		lsblk(locked(device("recovered", "/dev/mapper/recovered", "crypt", "LVM2_member"))),
		run.Expected{Argv: tools.Vgs().Argv, Stdout: "  other /dev/sdb1\n  system /dev/mapper/recovered\n"},
		runs(tools.Activate("system")), lsblk(locked(volumes)), root,
		runs(tools.MountRecovered("/dev/mapper/system-home", "ext4", "/mnt/home", nil, false)),
	)
	opened, err := opening(fake, true).Carry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
	if len(opened.Mounts) != 2 || len(opened.Left) != 1 || !strings.Contains(opened.Left[0], "system-odd") || len(opened.Close) != 3 {
		t.Errorf("%+v", opened)
	}
}

// What is there already is in the way, and nothing is opened; what was opened
// for nothing is closed again.
func TestOpeningFails(t *testing.T) {
	for name, fake := range map[string]*run.Fake{
		"/dev/mapper/recovered is there already": run.NewFake().Put("/dev/mapper/recovered", ""),
		"/mnt is not empty":                      run.NewFake().Put("/mnt/home/x", ""),
		"nothing in it could be mounted": run.NewFake(
			runs(tools.LuksOpenSlot("/dev/sda3", "recovered", 1, true)),
			lsblk(locked(device("recovered", "/dev/mapper/recovered", "crypt", "ext4"))),
			run.Expected{Argv: tools.MountRecovered("/dev/mapper/recovered", "ext4", "/mnt", nil, true).Argv, Status: 32, Stderr: "wrong fs type\n"},
			runs(steps.Command{Argv: []string{"cryptsetup", "close", "recovered"}}),
		),
	} {
		_, err := opening(fake, false).Carry(t.Context())
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
		if err := fake.Unmet(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The encrypted disks are listed with what their headers say, and those that
// are open already.
func TestContainers(t *testing.T) {
	dump := tools.LuksDump("/dev/sda3")
	fake := run.NewFake(
		lsblk(devices(device("sda", "/dev/sda", "disk", "", device("sda3", "/dev/sda3", "part", "crypto_LUKS"), device("sda4", "/dev/sda4", "part", "crypto_LUKS", device("x", "/dev/mapper/x", "crypt", "ext4"))))),
		run.Expected{Argv: dump.Argv, Stdout: `{"keyslots":{"0":{}},"tokens":{"0":{"type":"systemd-recovery","keyslots":["1"]}}}`},
		run.Expected{Argv: tools.LuksDump("/dev/sda4").Argv, Status: 1, Stderr: "not LUKS2\n"},
	)
	list, err := unlock.Containers(t.Context(), fake)
	if err = errors.Join(err, fake.Unmet()); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].String() != "/dev/sda3, 1.0 GiB, its header names no words" || list[1].Open != "/dev/mapper/x" {
		t.Errorf("%v", list)
	}
}
