package tools

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
)

func TestDisko(t *testing.T) {
	want := map[DiskoMode]string{
		DiskoAll:    "disko --mode destroy,format,mount --yes-wipe-all-disks --root-mountpoint /mnt /run/d.nix",
		DiskoFormat: "disko --mode format,mount --root-mountpoint /mnt /run/d.nix",
		DiskoMount:  "disko --mode mount --root-mountpoint /mnt /run/d.nix",
	}
	for mode, line := range want {
		if got := strings.Join(Disko(mode, "/mnt", "/run/d.nix").Argv, " "); got != line {
			t.Errorf("%s: %s", mode, got)
		}
	}
	for output, version := range map[string]string{
		"1.13.0\n": "1.13.0", "disko version 1.12.0\n": "1.12.0", "": "", "disko version unknown! This is a bug, please report it!": "",
	} {
		if got := ParseDiskoVersion([]byte(output)); got != version {
			t.Errorf("%q gives the version %q", output, got)
		}
	}
}

func TestSgdisk(t *testing.T) {
	got := Sgdisk("/dev/disk/by-id/x", []int{3}, []NewPartition{{Number: 5, First: 2048, Last: 4095, Type: TypeESP, UUID: "u", Label: "a b"}})
	want := []string{
		"sgdisk", "--set-alignment=1", "--move-second-header", "--delete=3", "--new=5:2048:4095", "--typecode=5:EF00", "--partition-guid=5:u", "--change-name=5:a b",
		"/dev/disk/by-id/x",
	}
	if diff := cmp.Diff(want, got.Argv); diff != "" {
		t.Error(diff)
	}
}

func TestParseSgdisk(t *testing.T) {
	printed, err := os.ReadFile("testdata/sgdisk-print.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := ParseSgdisk(printed)
	if err != nil {
		t.Fatal(err)
	}
	want := []SgdiskRow{
		{Number: 1, First: 2048, Last: 206847, Type: "EF00", Label: "EFI system partition"},
		{Number: 5, First: 206848, Last: 300000, Type: "8300"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	for _, broken := range []string{
		"", "no table", "Number  Start (sector)    End (sector)\n   x            2048\n",
		"Number  Start (sector)    End\n   1  99999999999999999999  5  1.0 MiB  EF00  x\n",
	} {
		if rows, err := ParseSgdisk([]byte(broken)); err == nil {
			t.Errorf("%q gives %v", broken, rows)
		}
	}
}

func FuzzParseSgdisk(f *testing.F) {
	printed, err := os.ReadFile("testdata/sgdisk-print.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(printed)
	f.Fuzz(func(t *testing.T, output []byte) {
		rows, err := ParseSgdisk(output)
		if err != nil && rows != nil {
			t.Errorf("both rows and an error: %v, %v", rows, err)
		}
		for _, row := range rows {
			if row.Number < 0 || len(row.Type) != 4 {
				t.Errorf("%+v", row)
			}
		}
	})
}

func TestParseLuksDump(t *testing.T) {
	dump, err := os.ReadFile("testdata/luks-dump.json")
	if err != nil {
		t.Fatal(err)
	}
	info, err := ParseLuksDump(dump)
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Tokens) != 1 || !json.Valid(info.Tokens[0].Text) || !strings.Contains(string(info.Tokens[0].Text), `"systemd-recovery"`) {
		t.Fatalf("the tokens are %+v", info.Tokens)
	}
	info.Tokens[0].Text = nil
	want := LuksHeaderInfo{Slots: []int{0, 1}, Tokens: []LuksToken{{Type: "systemd-recovery", Slots: []int{1}}}}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Error(diff)
	}
	for _, broken := range []string{"", "{}", "[]", `{"keyslots":{"x":{}}}`, `{"keyslots":{},"tokens":{"0":{"type":"a","keyslots":["y"]}}}`, `{"keyslots":3}`} {
		if info, err := ParseLuksDump([]byte(broken)); err == nil {
			t.Errorf("%q gives %v", broken, info)
		}
	}
}

func FuzzParseLuksDump(f *testing.F) {
	f.Add([]byte(`{"keyslots":{"0":{}},"tokens":{"0":{"type":"systemd-tpm2","keyslots":["0"]}}}`))
	f.Fuzz(func(t *testing.T, output []byte) {
		info, err := ParseLuksDump(output)
		if err == nil && !slices.IsSorted(info.Slots) {
			t.Errorf("the slots are in no order: %v", info.Slots)
		}
	})
}

func TestCryptenroll(t *testing.T) {
	got := CryptenrollTPM("/dev/x", "/run/k", true).Argv
	want := []string{
		"systemd-cryptenroll", "--unlock-key-file=/run/k", "--tpm2-device=auto",
		"--tpm2-pcrs=7+15:sha256=0000000000000000000000000000000000000000000000000000000000000000", "--tpm2-with-pin=yes", "/dev/x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if slices.Contains(CryptenrollTPM("/dev/x", "/run/k", false).Argv, "--tpm2-with-pin=yes") {
		t.Error("a PIN that nobody asked for")
	}
	types := ParseCryptenroll([]byte("SLOT TYPE\n   0 password\n   1 recovery\n  12 tpm2\n"))
	if diff := cmp.Diff([]string{"password", "recovery", "tpm2"}, types); diff != "" {
		t.Error(diff)
	}
}

// No secret is an argument: it comes by standard input.
func TestSecretsAreNoArguments(t *testing.T) {
	for _, command := range []steps.Command{
		LuksTest("/dev/x", "diskPassphrase"), LuksOpen("/dev/x", "cryptroot", "diskPassphrase"),
		InstallSecret("/run/k", "diskPassphrase"),
	} {
		if command.Stdin != "diskPassphrase" || strings.Contains(strings.Join(command.Argv, " "), "diskPassphrase") {
			t.Errorf("%v does not read the secret from standard input", command)
		}
	}
}

// What is saved comes back to the byte, and nothing beside it changes.
func TestRangesRoundTrip(t *testing.T) {
	folder := t.TempDir()
	device, file := filepath.Join(folder, "device"), filepath.Join(folder, "saved")
	content := bytes.Repeat([]byte("0123456789abcdef"), 200000) // 3.2 MB, no multiple of a MiB
	if err := os.WriteFile(device, content, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(command steps.Command) {
		t.Helper()
		if output, err := exec.Command(command.Argv[0], command.Argv[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command.Argv, err, output)
		}
	}
	const start, length = 1048576 + 17408, 1234567
	run(SaveRange(device, start, length, file))
	saved, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(saved, content[start:start+length]) {
		t.Fatalf("%d bytes were saved, %d were wanted: %v", len(saved), length, err)
	}
	run(ZeroRange(device, start, length))
	want := slices.Clone(content)
	clear(want[start : start+length])
	if got, err := os.ReadFile(device); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("other bytes than the range were zeroed: %v", err)
	}
	run(RestoreRange(device, start, file))
	if got, err := os.ReadFile(device); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("the device is not as it was: %v", err)
	}
}
