package answers

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample reads one of the accepted files.
func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "accepted", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// golden compares with testdata/NAME, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestAcceptedFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "accepted", "*.yaml"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			answers, err := Read([]byte(sample(t, name)))
			if err != nil {
				t.Fatal(err)
			}
			if err := Check(answers); err != nil {
				t.Errorf("accepted as a file and refused as a value: %v", err)
			}
			written := Write(answers)
			golden(t, filepath.Join("written", name+".yaml"), string(written))
			again, err := Read(written)
			if err != nil {
				t.Fatalf("what was written is refused: %v\n%s", err, written)
			}
			if diff := cmp.Diff(written, Write(again)); diff != "" {
				t.Errorf("written twice (-first +second):\n%s", diff)
			}
		})
	}
}

func TestReadKeepsEveryValue(t *testing.T) {
	got, err := Read([]byte(sample(t, "snix")))
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	want := steps.Answers{
		Version: 1,
		Host:    steps.Host{Name: "snix", Type: "laptop", System: "x86_64-linux", StateVersion: "25.11", KeyName: "snix"},
		Locale:  steps.Locale{Timezone: "Europe/Berlin", Language: "en_US.UTF-8", Keymap: "de", XkbLayout: "de"},
		Users: []steps.User{{
			Name: "alice", Operator: true, FullName: `Alice "Al" O'Hara ${USER}`, Email: "alice@example.org",
			SSHKeys: []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBvFpPGYW6nF2kRlR1D9vC2pYv0kq9iN2b0m8lWv3n5d alice@desk"},
		}},
		Features: []string{"development", "multimedia", "security"},
		Desktop:  "plasma",
		Disk: steps.DiskChoices{
			Layout: "luks-btrfs",
			Disks:  []steps.DiskChoice{{Role: "system", Match: steps.Match{Serial: "S6Z2NJ0W123456"}}},
			ESP:    "1GiB", Swap: steps.Swap{Kind: "partition", Size: "32GiB"}, Keep: []string{},
		},
		Boot:       steps.Boot{Loader: "lanzaboote", Unlock: "tpm"},
		TPM:        steps.TPMChoices{Keys: true, OperatorKeys: &yes, PIN: &yes},
		Network:    steps.WifiNames{Wifi: []string{"home-net"}},
		Modules:    steps.Modules{TravelRouter: &steps.TravelRouter{APInterface: "wlp3s0", SSID: "Road", VPN: "wireguard", WebUI: true}},
		Repository: steps.Repository{Remote: "git@git.example.org:alice/machines.git", Branch: "main"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every file of testdata/refused has its complete list of faults beside it.
func TestRefusedFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "refused", "*.yaml"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Read(data)
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("the error is %T: %v", err, err)
			}
			golden(t, filepath.Join("refused", name+".txt"), err.Error()+"\n")
		})
	}
}

// One change to a good file gives one fault, at its line and key.
func TestSingleFaults(t *testing.T) {
	for _, test := range []struct {
		name, old, new string
		line           int
		key, text      string
	}{
		{"capital in the host name", "  name: snix", "  name: Snix", 4, "host.name", "lower-case letters"},
		{"host name of 64", "  name: snix", "  name: " + strings.Repeat("a", 64), 4, "host.name", "at most 63"},
		{"host name with a dot", "  name: snix", "  name: snix.lan", 4, "host.name", "RFC 1123"},
		{"host name that ends in a hyphen", "  name: snix", "  name: snix-", 4, "host.name", "no hyphen at either end"},
		{"host name empty", "  name: snix", `  name: ""`, 4, "host.name", "must be a host name"},
		{"host localhost", "  name: snix", "  name: localhost", 4, "host.name", "every machine"},
		{"host type", "type: laptop", "type: labtop", 5, "host.type", "did you mean laptop?"},
		{"system", "x86_64-linux", "x86-linux", 6, "host.system", "aarch64-linux"},
		{"state version as a number", `"25.11"`, "25.11", 7, "host.stateVersion", "put it in quotes"},
		{"state version", `"25.11"`, `"25.10"`, 7, "host.stateVersion", "25.11"},
		{"timezone", "Europe/Berlin", "../../etc/passwd", 10, "locale.timezone", "Europe/Berlin or UTC"},
		{"language", "en_US.UTF-8", "english", 11, "locale.language", "de_DE.UTF-8"},
		{"keymap", "keymap: de", "keymap: /tmp/map", 12, "locale.keymap", "de-latin1"},
		{"xkb layout", "xkbLayout: de", "xkbLayout: DE", 13, "locale.xkbLayout", "us,de"},
		{"user root", "name: alice", "name: root", 15, "users.0.name", "sudo"},
		{"user of the system", "name: alice", "name: sshd", 15, "users.0.name", "of the system"},
		{"user with a capital", "name: alice", "name: Alice", 15, "users.0.name", "lower-case"},
		{"user with a digit first", "name: alice", "name: 1alice", 15, "users.0.name", "beginning with a letter"},
		{"user of 32", "name: alice", "name: " + strings.Repeat("a", 32), 15, "users.0.name", "at most 31"},
		{"operator not a boolean", "operator: true", "operator: yes", 16, "users.0.operator", "true or false"},
		{"no operator", "operator: true", "operator: false", 14, "users", "none has"},
		{"full name with a colon", `fullName: Alice "Al" O'Hara ${USER}`, "fullName: 'Al: Hara'", 17, "users.0.fullName", "without a colon"},
		{"full name with a line feed", `fullName: Alice "Al" O'Hara ${USER}`, `fullName: "Al\nHara"`, 17, "users.0.fullName", "line feed"},
		{"full name with an escape", `fullName: Alice "Al" O'Hara ${USER}`, `fullName: "Al\u001b[2J"`, 17, "users.0.fullName", "control character"},
		{"full name written backwards", `fullName: Alice "Al" O'Hara ${USER}`, `fullName: "Al\u202eHara"`, 17, "users.0.fullName", "direction of writing"},
		{"e-mail", "alice@example.org", "alice@", 18, "users.0.email", "e-mail address"},
		{"e-mail with a name", "alice@example.org", "Alice <alice@example.org>", 18, "users.0.email", "e-mail address"},
		{"ssh key cut off", "3n5d alice", "3n alice", 20, "users.0.sshKeys.0", "damaged"},
		{"ssh key with options", "- ssh-ed25519", `- command="x" ssh-ed25519`, 20, "users.0.sshKeys.0", "without options"},
		{"unknown feature", "security]", "securty]", 21, "features.2", "did you mean security?"},
		{"feature twice", "security]", "development]", 21, "features.2", "number 1"},
		{"desktop", "desktop: plasma", "desktop: kde", 22, "desktop", "hyprland"},
		{"desktop on a headless machine", "security]", "headless]", 22, "desktop", "exclude each other"},
		{"layout", "layout: luks-btrfs", "layout: luks", 24, "disk.layout", "luks-lvm"},
		{"role", "role: system", "role: data", 26, "disk.disks.0.role", "system, mirror"},
		{"role of another layout", "role: system", "role: mirror", 26, "disk.disks.0.role", "only system"},
		{"disk by two names", "match: {serial: S6Z2NJ0W123456}", "match: {serial: S6, wwn: eui.1}", 27, "disk.disks.0.match", "serial, wwn"},
		{"disk by nothing", "match: {serial: S6Z2NJ0W123456}", "match: {}", 27, "disk.disks.0.match", "pick"},
		{"disk by a name and a property", "match: {serial: S6Z2NJ0W123456}", "match: {serial: S6, ssd: true}", 27, "disk.disks.0.match", "alone names the disk"},
		{"disk between sizes", "match: {serial: S6Z2NJ0W123456}", "match: {minSize: 2TB, maxSize: 1TB, pick: only}", 27, "disk.disks.0.match.maxSize", "smaller"},
		{"disk as a path", "match: {serial: S6Z2NJ0W123456}", "match: {id: /dev/sda}", 27, "disk.disks.0.match.id", "/dev/disk/by-id"},
		{"disk as a partition", "match: {serial: S6Z2NJ0W123456}", "match: {id: nvme-A_1-part2}", 27, "disk.disks.0.match.id", "partition"},
		{"esp as a number", "esp: 1GiB", "esp: 1", 28, "disk.esp", "32GiB"},
		{"esp in another unit", "esp: 1GiB", "esp: 1 GiB", 28, "disk.esp", "32GiB"},
		{"esp too small", "esp: 1GiB", "esp: 32MiB", 28, "disk.esp", "64MiB"},
		{"swap kind", "kind: partition, size: 32GiB", "kind: disk", 29, "disk.swap.kind", "zram"},
		{"swap without a size", "kind: partition, size: 32GiB", "kind: file", 29, "disk.swap.size", "auto"},
		{"swap with a size", "kind: partition, size: 32GiB", "kind: zram, size: 4GiB", 29, "disk.swap.size", "left out"},
		{"kept partition", "keep: []", "keep: [sda1]", 30, "disk.keep.0", "PARTUUID"},
		{"impermanence of what is there", "luks-btrfs\n  disks:", "document\n  impermanence: true\n  disks:", 25, "disk.impermanence", "luks-btrfs"},
		{"loader", "loader: lanzaboote", "loader: grub", 33, "boot.loader", "systemd-boot"},
		{"tpm without secure boot", "loader: lanzaboote", "loader: systemd-boot", 34, "boot.unlock", "tpm-pin"},
		{"less than there is", "unlock: tpm", "unlock: tpm-without-secure-boot", 34, "boot.unlock", "choose tpm"},
		{"nothing unlocks", "unlock: tpm", "unlock: none", 34, "boot.unlock", "is encrypted"},
		{"tpm without a tpm", "  keys: true", "  keys: false", 34, "boot.unlock", "tpm.keys"},
		{"wifi with a slash", "[home-net]", "[home/net]", 40, "network.wifi.0", "slash"},
		{"wifi of 33 bytes", "[home-net]", "[" + strings.Repeat("é", 17) + "]", 40, "network.wifi.0", "34 bytes"},
		{"interface", "wlp3s0", "wlp3s0/../x", 42, "modules.travelRouter.apInterface", "network interface"},
		{"unknown key", "  branch: main", "  brnch: main", 45, "repository.brnch", "did you mean branch?"},
		{"unknown key without a neighbour", "  branch: main", "  password: hunter2", 45, "repository.password", "the keys here are branch, remote"},
		{"remote with a password", "git@git.example.org:alice/machines.git", "https://alice:hunter2@example.org/m.git", 44, "repository.remote", "holds a password"},
		{"remote that is an option", "git@git.example.org:alice/machines.git", "--upload-pack=x", 44, "repository.remote", "git repository"},
		{"remote that runs a program", "git@git.example.org:alice/machines.git", "ext::sh -c x", 44, "repository.remote", "runs a program"},
		{"our own branch", "  branch: main", "  branch: mnemonix/rendered", 45, "repository.branch", "hand edits"},
		{"version", "version: 1", "version: 2", 2, "version", "must be 1"},
		{"null", "desktop: plasma", "desktop:", 22, "desktop", "this is empty"},
		{"wrong group", "network:\n  wifi: [home-net]", "network: [home-net]", 39, "network", "a group of the keys wifi"},
		{"a date is a text too", "keyName: snix", "keyName: 2026-01-01", 0, "", ""},
		{"alias", "keymap: de", "keymap: &k de", 12, "locale.keymap", "anchor"},
		{"tag", "keymap: de", "keymap: !!binary ZGU=", 12, "locale.keymap", "tag"},
		{"key twice", "  branch: main", "  remote: x", 45, "repository.remote", "a second time"},
		{"merge key", "  branch: main", "  <<: {branch: main}", 45, "repository", "merge key"},
		{"key that is a list", "  branch: main", "  ? [a]\n  : b", 45, "repository", "plain word"},
		{"second document", "  branch: main", "  branch: main\n---\na: 1", 46, "", "second document"},
		{"tab", "  branch: main", "\tbranch: main", 44, "", "cannot be read as YAML"},
		{"nul", "branch: main", "branch: ma\x00in", 45, "", "NUL"},
		{"latin-1", "branch: main", "branch: ma\xe4in", 45, "", "UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(sample(t, "snix"), "  impermanence: false\n", "  # "+"\n", 1)
			if strings.Count(text, test.old) == 0 {
				t.Fatalf("the sample has no %q", test.old)
			}
			_, err := Read([]byte(strings.Replace(text, test.old, test.new, 1)))
			if test.text == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("accepted, or another error: %v", err)
			}
			if len(faults) != 1 {
				t.Fatalf("%d faults instead of one:\n%v", len(faults), faults)
			}
			got := faults[0]
			if got.Line != test.line || got.Key != test.key || !strings.Contains(got.Text, test.text) {
				t.Errorf("got line %d, key %q: %s\nwant line %d, key %q: ... %s", got.Line, got.Key, got.Text, test.line, test.key, test.text)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a password: %v", err)
			}
		})
	}
}

func TestPrivateKeyIsNotShown(t *testing.T) {
	private := "-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaC1rZXktdjEAAAAA -----END OPENSSH PRIVATE KEY-----"
	text := strings.Replace(sample(t, "snix"), "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBvFpPGYW6nF2kRlR1D9vC2pYv0kq9iN2b0m8lWv3n5d alice@desk", "'"+private+"'", 1)
	_, err := Read([]byte(text))
	if err == nil || strings.Contains(err.Error(), "b3Blbn") {
		t.Errorf("the error is %v", err)
	}
}

func TestFilesThatAreNoAnswers(t *testing.T) {
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n"
	for name, test := range map[string]struct{ data, text string }{
		"empty":           {"", "empty"},
		"only a comment":  {"# nothing\n", "empty"},
		"a word":          {"hello", "no answers file"},
		"a list":          {"[1, 2]", "no answers file"},
		"braces":          {"{}", "no answers file"},
		"ten megabytes":   {strings.Repeat("a: b\n", 2<<20), "at most 1048576"},
		"a bomb":          {bomb, "anchor"},
		"nested":          {"version: " + deep, "nested too deep"},
		"many bad keys":   {"version: 1\n" + manyKeys(4_000), "further faults"},
		"many bad values": {"version: 1\nfeatures: [" + strings.Repeat("1,", 20_000) + "]\n", "more than 10000 values"},
		"many words":      {"version: 1\nfeatures: [" + manyWords(9_000) + "]\n", "further faults"},
		"UTF-16":          {"\xff\xfev\x00e\x00", "UTF-8"},
		"an archive":      {"\x1f\x8b\x08\x00\x00\x00", "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read([]byte(test.data))
			if err == nil || !strings.Contains(err.Error(), test.text) {
				t.Fatalf("the error is %v; it should say %q", err, test.text)
			}
			if length := len(err.Error()); length > 20_000 {
				t.Errorf("the error has %d bytes", length)
			}
		})
	}
}

func manyKeys(count int) string {
	var text strings.Builder
	for i := range count {
		text.WriteString("k" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + "_" + strings.Repeat("y", i%5) + decimal(i) + ": 1\n")
	}
	return text.String()
}

func manyWords(count int) string {
	words := make([]string, count)
	for i := range words {
		words[i] = "w" + decimal(i)
	}
	return strings.Join(words, ",")
}

func decimal(number int) string {
	var digits []byte
	for ; number > 0 || len(digits) == 0; number /= 10 {
		digits = append(digits, byte('0'+number%10))
	}
	return string(digits)
}

func TestReadFromStopsEarly(t *testing.T) {
	endless := &counter{}
	_, err := ReadFrom(endless)
	if err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Errorf("the error is %v", err)
	}
	if endless.read > 2*MaxFile {
		t.Errorf("%d bytes were read", endless.read)
	}
	if _, err := ReadFrom(strings.NewReader(sample(t, "snix"))); err != nil {
		t.Error(err)
	}
}

type counter struct{ read int }

func (c *counter) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = 'a'
	}
	c.read += len(into)
	return len(into), nil
}

// What is accepted is written in a form that is accepted and means the same.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"snix", "slax", "nixtv-player"} {
		f.Add([]byte(sample(f, name)))
	}
	refused, _ := filepath.Glob(filepath.Join("testdata", "refused", "*.yaml"))
	for _, file := range refused {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		answers, err := Read(data)
		if err != nil {
			var faults Faults
			if !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("the error is %T: %v", err, err)
			}
			return
		}
		written := Write(answers)
		again, err := Read(written)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, written)
		}
		if !bytes.Equal(written, Write(again)) {
			t.Fatalf("not the same:\n%s\n%s", written, Write(again))
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	answers, err := Read([]byte(sample(b, "snix")))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := Check(answers); err != nil {
			b.Fatal(err)
		}
	}
}

// Check looks at a value and Read at a file; both say the same.
func TestCheckAndReadAgree(t *testing.T) {
	for _, name := range []string{"many", "disk", "windows", "nixos-without-disk"} {
		data, err := os.ReadFile(filepath.Join("testdata", "refused", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(data)
		answers, _ := doc.answers()
		inMemory := documentOf(answers)
		inFile := parse(Write(answers))
		if diff := cmp.Diff(inFile.value, inMemory.value); diff != "" {
			t.Errorf("%s (-file +memory):\n%s", name, diff)
		}
	}
}
