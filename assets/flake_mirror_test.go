package assets_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The copy of the boot partition is what a machine starts from when a disk is gone: nothing may empty it, and the
// firmware is told of it once, behind what it has.
func TestBootMirrorNeverEmptiesTheCopy(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatalf("bash is needed to run the flake's scripts: %v", err)
	}
	script, err := filepath.Abs("flake/hosts/common/boot-mirror.sh")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(script); err != nil {
		t.Fatal(err)
	}
	const (
		entries = "BootCurrent: 0001\nTimeout: 1 seconds\nBootOrder: 0001,0000\n" +
			"Boot0000* UEFI Shell\nBoot0001* Linux Boot Manager\tHD(1,GPT,4b288d15-fdbb-85a5-be33-968756fc91d0)/File(\\EFI\\systemd\\systemd-bootx64.efi)\n"
		known = entries + "Boot0002* NixOS, second disk\tHD(1,GPT,A99E5523-AA4E-8FC2-BFE3-E77D444C5486)/File(\\EFI\\systemd\\systemd-bootx64.efi)\n"
		add   = `efibootmgr --create-only --disk /dev/nvme1n1 --part 1 --loader \EFI\systemd\systemd-bootx64.efi --label NixOS, second disk`
	)
	tests := []struct {
		name     string
		mounted  string // the mount points, by their names
		empty    bool   // the first partition has no boot loader
		entries  string
		firmware string // what efibootmgr ends with when an entry is added
		touch    string
		want     []string // calls
		says     string
	}{
		{
			name: "first time", mounted: "main mirror", entries: entries, touch: "1",
			want: []string{"rsync", "sync", "efibootmgr", add, "efibootmgr --quiet --bootorder 0001,0000,0002"},
			says: "told the firmware",
		},
		{name: "again", mounted: "main mirror", entries: known, touch: "1", want: []string{"rsync", "sync", "efibootmgr"}},
		{name: "a firmware that is left alone", mounted: "main mirror", entries: entries, touch: "0", want: []string{"rsync", "sync"}},
		{name: "a firmware that is full", mounted: "main mirror", entries: entries, touch: "1", firmware: "exit 5", want: []string{"rsync", "sync", "efibootmgr", add}, says: "could not add an entry"},
		{name: "first disk gone", mounted: "mirror", entries: entries, touch: "1", says: "main is not mounted"},
		{name: "second disk gone", mounted: "main", entries: entries, touch: "1", says: "mirror is not mounted"},
		{name: "an empty partition", mounted: "main mirror", empty: true, entries: entries, touch: "1", says: "starts no machine"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			bin := fakeTools(t, dir, map[string]string{
				"mountpoint": `case " ` + test.mounted + ` " in *" ${2##*/} "*) exit 0 ;; *) exit 32 ;; esac`,
				"rsync":      "exit 0",
				"sync":       "exit 0",
				"findmnt":    "echo /dev/nvme1n1p1",
				"lsblk":      "echo nvme1n1 1 a99e5523-aa4e-8fc2-bfe3-e77d444c5486",
				"efibootmgr": "case $1 in --create-only) " + test.firmware + "\ncat " + filepath.Join(dir, "known") + " ;; --quiet) ;; *) cat " + filepath.Join(dir, "entries") + " ;; esac",
			})
			writeFile(t, filepath.Join(dir, "entries"), []byte(test.entries))
			writeFile(t, filepath.Join(dir, "known"), []byte(known))
			if !test.empty {
				writeFile(t, filepath.Join(dir, "main", "EFI", "systemd", "systemd-bootx64.efi"), []byte("MZ"))
			}
			command := exec.Command(bash, "-euo", "pipefail", script)
			command.Env = []string{
				"PATH=" + bin + ":" + os.Getenv("PATH"),
				"MAIN=" + filepath.Join(dir, "main"), "MIRROR=" + filepath.Join(dir, "mirror"),
				`LOADER=\EFI\systemd\systemd-bootx64.efi`, "TOUCH_EFI=" + test.touch,
			}
			var stderr bytes.Buffer
			command.Stderr = &stderr
			if err := command.Run(); err != nil {
				t.Fatalf("it failed: %v\n%s", err, stderr.String())
			}
			if !strings.Contains(stderr.String(), test.says) {
				t.Errorf("it said %q, want something with %q", stderr.String(), test.says)
			}
			calls, _ := os.ReadFile(filepath.Join(dir, "calls"))
			var got []string
			for call := range strings.Lines(string(calls)) {
				call = strings.TrimSpace(call)
				switch name, _, _ := strings.Cut(call, " "); name {
				case "rsync", "sync":
					got = append(got, name)
				case "efibootmgr":
					got = append(got, call)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}
