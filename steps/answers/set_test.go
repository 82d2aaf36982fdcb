package answers

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
)

func TestSetAndGet(t *testing.T) {
	for _, test := range []struct {
		key    string
		values []string
	}{
		{"host.name", []string{"brix"}},
		{"host.type", []string{"desktop"}},
		{"locale.keymap", []string{"de-latin1"}},
		{"users.0.email", []string{"a@example.org"}},
		{"users.0.sshKeys", nil},
		{"users.1.name", []string{"bob"}},
		{"features", []string{"gaming", "backup"}},
		{"desktop", []string{"gnome"}},
		{"disk.layout", []string{"luks-lvm"}},
		{"disk.disks.system", []string{"nvme-Samsung_SSD_980_S6Z2"}},
		{"disk.disks.system", []string{"serial:S6Z2"}},
		{"disk.disks.system", []string{"wwn:eui.0025"}},
		{"disk.disks.system", []string{"path:pci-0000:02:00.0"}},
		{"disk.swap.kind", []string{"file"}},
		{"disk.swap.size", []string{"8GiB"}},
		{"disk.impermanence", []string{"true"}},
		{"disk.keep", []string{"0fc63daf-8483-4772-8e79-3d69d8477de4"}},
		{"boot.unlock", []string{"passphrase"}},
		{"tpm.pin", []string{"false"}},
		{"tpm.operatorKeys", []string{"false"}},
		{"network.wifi", []string{"home-net", "Café"}},
		{"modules.travelRouter", []string{"false"}},
		{"modules.travelRouter.apInterface", []string{"wlan0"}},
		{"modules.arrStack", []string{"true"}},
		{"modules.arrStack.lidarr", []string{"true"}},
		{"repository.remote", []string{"https://example.org/m.git"}},
		{"builders", []string{"brix x86_64-linux 4", "pi aarch64-linux 2"}},
		{"ci", []string{"hydra"}},
	} {
		t.Run(test.key+"="+strings.Join(test.values, ","), func(t *testing.T) {
			answers := read(t, "snix")
			if err := Set(&answers, test.key, test.values); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.values, Get(answers, test.key)); diff != "" && len(test.values) > 0 {
				t.Errorf("(-set +got):\n%s", diff)
			}
		})
	}
}

func read(t testing.TB, name string) steps.Answers {
	t.Helper()
	answers, err := Read([]byte(sample(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

func TestSetRefuses(t *testing.T) {
	for _, test := range []struct {
		key    string
		values []string
		text   string
	}{
		{"host.name", []string{"Brix"}, "lower-case"},
		{"host.name", nil, "host name"},
		{"host.name", []string{"a", "b"}, "one value"},
		{"host.nick", []string{"a"}, "no known key"},
		{"host", []string{"a"}, "as a whole"},
		{"users", []string{"alice"}, "no known key"},
		{"users.0.name", []string{""}, "user name"},
		{"users.0.name", []string{"root"}, "sudo"},
		{"users.7.name", []string{"bob"}, "no known key"},
		{"users.-1.name", []string{"bob"}, "no known key"},
		{"users.0.operator", []string{"false"}, "exactly one"},
		{"users.0.operator", []string{"yes"}, "true or false"},
		{"features", []string{"games"}, "gaming"},
		{"features", []string{"headless", "gaming"}, "exclude"},
		{"features", []string{"backup", "backup"}, "number 1"},
		{"desktop", []string{"xfce"}, "plasma"},
		{"disk.layout", []string{"raid"}, "luks-btrfs"},
		{"disk.disks.mirror", []string{"ata-A"}, "no disk of the role mirror"},
		{"disk.disks.data", []string{"ata-A"}, "no role"},
		{"disk.disks.system", []string{"/dev/sda"}, "by-id"},
		{"disk.disks.system", []string{"ata-A-part1"}, "partition"},
		{"disk.disks.system", []string{"serial:"}, "by-id"},
		{"disk.disks.system", nil, "one disk"},
		{"disk.swap.size", []string{"8"}, "32GiB"},
		{"boot.unlock", []string{"none"}, "encrypted"},
		{"tpm.pin", []string{"1234"}, "true or false"},
		{"builders", []string{"brix x86_64-linux many"}, "HOST SYSTEM JOBS"},
		{"builders", []string{"brix riscv64-linux"}, "aarch64-linux"},
		{"builders", []string{"snix"}, "this host itself"},
		{"version", []string{"2"}, "must be 1"},
		{"userPassword", []string{"hunter2"}, "no known key"},
		{"modules.arrStack.mediaDir", []string{"/etc/x"}, "cannot lie in /etc"},
		{"modules.wintv", []string{"true"}, "not for a host"},
		{"", []string{"x"}, "no known key"},
	} {
		t.Run(test.key+"="+strings.Join(test.values, ","), func(t *testing.T) {
			answers := read(t, "snix")
			before := Write(answers)
			err := Set(&answers, test.key, test.values)
			var faults Faults
			if !errors.As(err, &faults) || !strings.Contains(err.Error(), test.text) {
				t.Fatalf("the error is %v; it should say %q", err, test.text)
			}
			if diff := cmp.Diff(string(before), string(Write(answers))); diff != "" {
				t.Errorf("changed although refused:\n%s", diff)
			}
		})
	}
}

func TestSetFollows(t *testing.T) {
	answers := read(t, "snix")
	set := func(key string, values ...string) {
		t.Helper()
		if err := Set(&answers, key, values); err != nil {
			t.Fatal(err)
		}
	}
	want := func(key, value string) {
		t.Helper()
		if got := strings.Join(Get(answers, key), ","); got != value {
			t.Errorf("%s is %q, want %q", key, got, value)
		}
	}
	set("disk.impermanence", "true")
	set("disk.layout", "ext4")
	want("boot.unlock", "none")
	want("disk.impermanence", "true")
	set("disk.layout", "document")
	want("disk.impermanence", "false")
	set("disk.layout", "luks-btrfs-raid1")
	want("boot.unlock", "tpm")
	set("disk.disks.mirror", "ata-B")
	set("disk.layout", "luks-zfs")
	want("disk.disks.mirror", "")
	set("disk.layout", "luks-ext4")
	set("disk.swap.kind", "file")
	want("disk.swap.size", "32GiB")
	set("disk.layout", "luks-zfs")
	want("disk.swap.kind", "partition")
	set("disk.swap.kind", "zram")
	want("disk.swap.size", "")
	set("tpm.keys", "false")
	want("boot.unlock", "passphrase")
	set("features", "headless", "virtualization")
	want("desktop", "none")
	set("modules.virtualization", "true")
	set("features", "headless")
	want("modules.virtualization", "false")
	if err := Check(answers); err != nil {
		t.Error(err)
	}
	set("features")
	set("modules.travelRouter", "false")
	set("host.type", "windows")
	want("disk.layout", "")
	if err := Check(answers); err != nil {
		t.Error(err)
	}
	set("host.type", "server")
	want("disk.layout", "luks-btrfs")
}

func TestFurtherPerson(t *testing.T) {
	answers := read(t, "snix")
	for _, step := range []struct{ key, value string }{
		{"users.1.name", ""}, {"users.1.name", "bob"}, {"users.1.fullName", "Bob"}, {"users.1.email", "bob@example.org"},
	} {
		if err := Set(&answers, step.key, []string{step.value}); err != nil {
			t.Fatal(err)
		}
	}
	if err := Check(answers); err != nil {
		t.Error(err)
	}
	if err := Set(&answers, "users.1.name", []string{"alice"}); err == nil {
		t.Error("two users of one name are accepted")
	}
	if err := Set(&answers, "users.1.name", nil); err != nil || len(answers.Users) != 1 {
		t.Errorf("%v, and %d users", err, len(answers.Users))
	}
}

// A module is switched on first and asked for its settings then.
func TestModuleBeforeItsSettings(t *testing.T) {
	answers := read(t, "slax")
	if err := Set(&answers, "modules.travelRouter", []string{"true"}); err != nil {
		t.Fatal(err)
	}
	if err := Check(answers); err == nil {
		t.Error("a travel router without an interface is accepted")
	}
	for key, value := range map[string]string{"apInterface": "wlan0", "ssid": "Road"} {
		if err := Set(&answers, "modules.travelRouter."+key, []string{value}); err != nil {
			t.Fatal(err)
		}
	}
	if err := Check(answers); err != nil {
		t.Error(err)
	}
}

// Whatever is set, in whatever order: what was accepted stays free of faults
// in its own place, and what was refused changed nothing.
func TestSetProperty(t *testing.T) {
	keys := []string{
		"host.name", "host.type", "host.system", "users.0.name", "users.1.name", "users.0.email", "features", "desktop", "disk.layout",
		"disk.disks.system", "disk.disks.mirror", "disk.esp", "disk.swap.kind", "disk.swap.size", "disk.impermanence",
		"boot.loader", "boot.unlock", "tpm.keys", "tpm.pin", "modules.arrStack", "modules.arrStack.mediaDir", "ci", "builders",
	}
	values := []string{
		"", "true", "false", "brix", "server", "windows", "laptop", "x86_64-linux", "aarch64-linux", "gaming", "headless", "backup", "plasma", "none",
		"luks-btrfs", "ext4", "luks-zfs-mirror", "md-raid1", "zram", "file", "partition", "auto", "8GiB", "tpm", "tpm-pin", "passphrase",
		"lanzaboote", "systemd-boot", "hydra", "/media", "ata-X", "serial:1", "a:b", "line\nfeed", "\x00",
	}
	rapid.Check(t, func(t *rapid.T) {
		answers := Defaults(steps.Facts{})
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			given := rapid.SliceOfN(rapid.SampledFrom(values), 0, 2).Draw(t, "values")
			before := string(Write(answers))
			if err := Set(&answers, key, given); err != nil {
				if before != string(Write(answers)) {
					t.Fatalf("%s=%q was refused (%v) and changed the answers", key, given, err)
				}
				continue
			}
			for _, fault := range faultsOf(answers) {
				if fault.Key == key {
					t.Fatalf("%s=%q was accepted with the fault %v", key, given, fault)
				}
			}
		}
	})
}

func TestGetOfNothing(t *testing.T) {
	answers := read(t, "snix")
	for _, key := range []string{"", "x", "host", "host.x", "users.9.name", "users.x.name", "modules.arrStack.mediaDir", "disk.disks.mirror", "disk.disks"} {
		if got := Get(answers, key); got != nil {
			t.Errorf("%q: %q", key, got)
		}
	}
	if !slices.Equal(Get(answers, "modules.arrStack"), []string{"false"}) {
		t.Error("a module that is off is not false")
	}
}
