package report_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/report"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/machine"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// What is private on the machine of these tests and must not be in any byte
// of a report.
var private = []string{
	"snix", "Snix", "quixotic", // hosts
	"alice", "Alice", "O'Hara", "hara.al", // people
	"zebedee", "Zebedee", "Quux", // who has an account
	"example.org", "corp.example", // their mail and their repository
	"AAAAC3NzaC1lZDI1NTE5AAAAIBvFpPGYW6nF2kRlR1D9vC2pYv0kq9iN2b0m8lWv3n5d", // an SSH key
	"home-net", "Caf\u00e9 Zw\u00f6lf", `Caf\u00e9`, "Zw\u00f6lf", "RoadRunner", // Wi-Fi
	"git.example", "machines.git", "alice/machines",
	"S6Z2NJ0W123456", "0025384231b0c6a1", // the disk
	"00:00:5e:00:53:01", "00:00:5e:00:53:02", "00005e005302", "00-00-5e-00-53-02",
	"9f86d081-884c-4d65-9a2f-eaa0c55ad015", "9F86D081-884C-4D65-9A2F-EAA0C55AD015", "1A2B-3C4D",
	"198.51.100.23", "2001:db8:85a3::8a2e:370:7334",
	"abandon", "correct horse", "hunter22", // secrets
	"AGE-SECRET-KEY-1", "$y$j9T$", "PRIVATE KEY", "vvhtbcrt",
	"ghp_0123456789abcdefghijABCDEFGHIJ",
}

// logged is what programs printed, with all of that in it and the ways in
// which programs write it.
var logged = strings.Join([]string{
	`+ git -C /mnt/etc/nixos -c 'user.name=Alice "Al" O'\''Hara ${USER}' -c user.email=alice@example.org commit -m 'snix: install'`,
	`+ git ls-remote git@git.example.org:alice/machines.git`,
	`ssh: Could not resolve hostname git.example.org: Name or service not known`,
	`+ git clone https://alice:hunter22@git.example.org/alice/machines.git`,
	`@nix {"action":"msg","level":0,"msg":"\u001b[31;1merror:\u001b[0m\nalice has no home\nsnix\u001b[35;1msnix\u001b[0m"}`,
	"building '/nix/store/abc-nixos-system-snix-25.11.20260101.drv'",
	"evaluating /etc/nixos#nixosConfigurations.quixotic.config.system.build.toplevel",
	"mount: /home/zebedee/Documents: UUID=9F86D081-884C-4D65-9A2F-EAA0C55AD015 UUID=\"1A2B-3C4D\" is busy",
	"disk nvme-Samsung_SSD_990_PRO_1TB_S6Z2NJ0W123456 nvme-eui.0025384231b0c6a1 /dev/disk/by-uuid/9f86d081-884c-4d65-9a2f-eaa0c55ad015",
	"link enp1s0 has 00:00:5e:00:53:01, link enx00005e005302 has 00:00:5E:00:53:02 and 00-00-5e-00-53-02, and 198.51.100.23, 2001:db8:85a3::8a2e:370:7334",
	"nmcli dev wifi connect 'Caf\u00e9 Zw\u00f6lf' failed; home-net was not found; RoadRunner is up",
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBvFpPGYW6nF2kRlR1D9vC2pYv0kq9iN2b0m8lWv3n5d alice@desk",
	"mail from hara.al@corp.example",
	// None of these should ever be there.
	strings.Repeat("abandon ", 23) + "art",
	"words:\n 1. abandon\n 2. abandon\n" + strings.Repeat(" 3. abandon\n", 12),
	"$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
	"AGE-SECRET-KEY-1QQPQZSPQ2N3W5T0Q5R0XQY",
	"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----",
	"vvhtbcrt-vvhtbcrt-vvhtbcrt-vvhtbcrt-vvhtbcrt-vvhtbcrt-vvhtbcrt-vvhtbcrt",
	"access-tokens = github.com=ghp_0123456789abcdefghijABCDEFGHIJ",
	"the line that helps: no space left on device\n",
}, "\n")

// scene is a machine with an installation that was interrupted, recorded in a
// folder.
func scene(t *testing.T) (*run.Real, steps.Facts, steps.Plan) {
	t.Helper()
	root := t.TempDir()
	m := machine.Recorded()["laptop-nvme-tpm"]
	m.File("/etc/passwd", "root:x:0:0:System administrator:/root:/bin/sh\nzebedee:x:1000:100:Zebedee Quux,,,:/home/zebedee:/bin/sh\n")
	if err := m.Write(root); err != nil {
		t.Fatal(err)
	}
	runner := run.NewReal(root, nil)
	text, err := os.ReadFile("../../tests/answers/snix.yaml")
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := answers.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	chosen.Network.Wifi = append(chosen.Network.Wifi, "Caf\u00e9 Zw\u00f6lf")
	chosen.Modules.TravelRouter.SSID = "RoadRunner"
	mnemonic, err := words.Parse(secret.FromString(strings.Repeat("abandon ", 23) + "art"))
	if err != nil {
		t.Fatal(err)
	}
	seed, err := derive.New(mnemonic, nil)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := format.NewPublicKeys(seed, "snix", nil)
	if err != nil {
		t.Fatal(err)
	}
	facts := flow.Detect(t.Context(), runner, flow.Install())
	plan := flow.Plan(flow.Install(), steps.Input{Facts: facts, Answers: chosen, Keys: keys, Target: "/mnt", Folder: "/mnt/etc/nixos"})
	if len(plan.Blockers) > 0 {
		t.Fatalf("the plan of this test has blockers: %v", plan.Blockers)
	}
	keep(t, runner, apply.Memory, plan)
	if err := runner.WriteFile("/run/mnemonix/log", []byte(logged), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{keys.User.SSH.Public, keys.Host.Age.Recipient, keys.Host.WireGuard.Public, keys.User.Sign.Fingerprint, keys.IDs.Words} {
		private = append(private, strings.TrimPrefix(key, "ecdsa-sha2-nistp256 "))
	}
	return runner, facts, plan
}

// keep leaves the record of an interrupted installation in a folder.
func keep(t *testing.T, runner run.Runner, place string, plan steps.Plan) {
	t.Helper()
	folder := apply.NewFolder(runner, place)
	if err := folder.Save(plan); err != nil {
		t.Fatal(err)
	}
	journal, err := apply.OpenJournal(runner, folder.Journal(), plan.Hash)
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range plan.Actions[:3] {
		for event, outcome := range map[string]string{"start": ""} {
			if err := journal.Write(time.Unix(1_765_000_000, 0), action.ID, event, outcome); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// bundle is a report, packed and unpacked.
func bundle(t *testing.T, in report.Input) (map[string]string, report.Report) {
	t.Helper()
	made, err := report.Collect(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	if err := made.Pack(&packed); err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(&packed)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	archive := tar.NewReader(unpacked)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files, made
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Uname != "" || header.Gname != "" || header.Uid != 0 || header.ModTime.Unix() > 0 {
			t.Errorf("%s says who packed it: %+v", header.Name, header)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = string(content)
	}
}

func TestNothingPrivateIsInIt(t *testing.T) {
	runner, facts, _ := scene(t)
	files, _ := bundle(t, report.Input{Runner: runner, Facts: facts})
	for _, name := range []string{"README", "facts.json", "versions.json", "log", "installation-1/plan.json", "installation-1/answers.yaml", "installation-1/journal", "installation-1/flake/lib/constants.nix"} {
		if files["mnemonix-report/"+name] == "" {
			t.Errorf("%s is not in the bundle", name)
		}
	}
	for name, content := range files {
		for _, text := range private {
			if at := strings.Index(strings.ToLower(name+"\x00"+content), strings.ToLower(text)); at >= 0 {
				whole := name + "\x00" + content
				t.Errorf("%s holds %q: ...%s...", name, text, whole[max(0, at-40):min(len(whole), at+len(text)+40)])
			}
		}
	}
	if log := files["mnemonix-report/log"]; !strings.Contains(log, "no space left on device") || strings.Count(log, "\n") < 20 {
		t.Errorf("of the log too little is left:\n%s", log)
	}
}

// The test above would be worth nothing if what it looks for were not there.
func TestWhatIsPrivateWasThere(t *testing.T) {
	runner, facts, plan := scene(t)
	text, err := json.Marshal([]any{facts, plan, logged})
	if err != nil {
		t.Fatal(err)
	}
	passwd, err := runner.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	all := string(text) + logged + string(passwd)
	for _, one := range private {
		encoded, _ := json.Marshal(one)
		inside := strings.Trim(string(encoded), `"`)
		if !strings.Contains(strings.ToLower(all), strings.ToLower(one)) && !strings.Contains(all, inside) && one != "Snix" && one != `Caf\u00e9` && !strings.HasPrefix(one, "correct") {
			t.Errorf("%q is not in what the report is made from", one)
		}
	}
}

// What is left is still what it was: it can be read and replayed.
func TestItCanBeReplayed(t *testing.T) {
	runner, facts, plan := scene(t)
	files, _ := bundle(t, report.Input{Runner: runner, Facts: facts})
	var again steps.Facts
	if err := json.Unmarshal([]byte(files["mnemonix-report/facts.json"]), &again); err != nil {
		t.Fatal(err)
	}
	chosen, err := answers.Read([]byte(files["mnemonix-report/installation-1/answers.yaml"]))
	if err != nil {
		t.Fatalf("the answers are none any more: %v\n%s", err, files["mnemonix-report/installation-1/answers.yaml"])
	}
	replayed := flow.Plan(flow.Install(), steps.Input{Facts: again, Answers: chosen, Target: "/mnt", Folder: "/mnt/etc/nixos"})
	if len(replayed.Blockers) > 0 {
		t.Errorf("the replayed plan has blockers: %v", replayed.Blockers)
	}
	var ids []string
	for _, action := range replayed.Actions {
		ids = append(ids, action.ID)
	}
	for _, action := range plan.Actions {
		if !slices.Contains(ids, action.ID) && !strings.HasPrefix(action.ID, "enroll/") && !strings.HasPrefix(action.ID, "verify/") {
			t.Errorf("the replayed plan has no %s", action.ID)
		}
	}
	entries := apply.ParseJournal([]byte(files["mnemonix-report/installation-1/journal"]))
	if len(entries) != 3 || entries[0].Action != plan.Actions[0].ID {
		t.Errorf("the journal is not what it was: %v", entries)
	}
	var packed steps.Plan
	if err := json.Unmarshal([]byte(files["mnemonix-report/installation-1/plan.json"]), &packed); err != nil {
		t.Fatal(err)
	}
	serial := packed.Disks[0].Disk.Serial
	if serial != again.Disks[0].Serial || serial != chosen.Disk.Disks[0].Match.Serial {
		t.Errorf("one disk has several stand-ins: %s, %s, %s", serial, again.Disks[0].Serial, chosen.Disk.Disks[0].Match.Serial)
	}
	if packed.Host != chosen.Host.Name {
		t.Errorf("one host has several stand-ins: %s, %s", packed.Host, chosen.Host.Name)
	}
}

// Records are found where they are, and one that is in two places is told
// once.
func TestPlaces(t *testing.T) {
	if testing.Short() {
		t.Skip("many reports: not in the inner loop")
	}
	for _, place := range []string{
		"/run/mnemonix/apply", "/mnt/boot/mnemonix", "/mnt/var/lib/mnemonix/install", "/mnt/persist/var/lib/mnemonix/install",
		"/var/lib/mnemonix/install", "/persist/var/lib/mnemonix/install",
	} {
		runner, facts, plan := scene(t)
		if err := runner.RemoveAll(apply.Memory); err != nil {
			t.Fatal(err)
		}
		keep(t, runner, place, plan)
		keep(t, runner, "/boot/mnemonix", plan)
		for i := range facts.Disks { // an EFI system partition that is mounted
			facts.Disks[i].Partitions = append(facts.Disks[i].Partitions, steps.Partition{
				Name: fmt.Sprintf("esp%d", i), TypeGUID: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", Content: steps.Content{Kind: "vfat"},
			})
		}
		facts.Mounts = append(facts.Mounts, steps.Mount{Place: "/boot", Source: "esp0"})
		files, made := bundle(t, report.Input{Runner: runner, Facts: facts})
		if files["mnemonix-report/installation-1/journal"] == "" || !made.Installation {
			t.Errorf("%s was not found", place)
		}
		if files["mnemonix-report/installation-2/journal"] != "" {
			t.Errorf("%s: the same record is there twice", place)
		}
		if readme := files["mnemonix-report/README"]; !strings.Contains(readme, "installation-1   "+place) {
			t.Errorf("README does not say where it was found:\n%s", readme)
		}
	}
}

// Without a record, and with one that is damaged, there is still a report.
func TestWithoutARecord(t *testing.T) {
	runner, facts, _ := scene(t)
	if err := runner.RemoveAll("/run/mnemonix"); err != nil {
		t.Fatal(err)
	}
	files, made := bundle(t, report.Input{Runner: runner, Facts: facts})
	if made.Installation || len(files) != 3 {
		t.Errorf("a record of nothing: %v", made.Files)
	}
	if err := runner.MkdirAll(apply.Memory, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plan.json": `{"host": "snix"`, "answers.yaml": "host: [alice", "journal": `{"n":1,"action":"disk/part`} {
		if err := runner.WriteFile(filepath.Join(apply.Memory, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, made = bundle(t, report.Input{Runner: runner, Facts: facts})
	if len(made.Absent) != 2 || files["mnemonix-report/installation-1/plan.json"] != "" || files["mnemonix-report/installation-1/answers.yaml"] != "" {
		t.Errorf("a file whose private values nobody can tell is in the bundle, or nothing is said of it: %v", made.Absent)
	}
	if files["mnemonix-report/installation-1/journal"] == "" {
		t.Error("the torn journal is missing")
	}
}

// What cannot be read is said, and does not end the report.
func TestUnreadable(t *testing.T) {
	runner, facts, _ := scene(t)
	if err := runner.RemoveAll(apply.Memory); err != nil {
		t.Fatal(err)
	}
	if err := runner.MkdirAll(apply.Memory+"/plan.json", 0o700); err != nil { // a folder cannot be read, not even by root
		t.Fatal(err)
	}
	files, made := bundle(t, report.Input{Runner: runner, Facts: facts})
	want := "/run/mnemonix/apply/plan.json: is a directory"
	if !slices.Contains(made.Absent, want) || !strings.Contains(files["mnemonix-report/README"], want) {
		t.Errorf("got %v, want %s", made.Absent, want)
	}
}

// TestSameEveryTime: two reports of one machine can be compared.
func TestSameEveryTime(t *testing.T) {
	runner, facts, _ := scene(t)
	one, _ := bundle(t, report.Input{Runner: runner, Facts: facts})
	two, _ := bundle(t, report.Input{Runner: runner, Facts: facts})
	for name, text := range one {
		if two[name] != text {
			t.Errorf("%s differs between two reports of the same machine", name)
		}
	}
}

func BenchmarkLog(b *testing.B) {
	runner := run.NewReal(b.TempDir(), nil)
	if err := errors.Join(runner.MkdirAll("/run/mnemonix", 0o755), runner.WriteFile("/run/mnemonix/log", []byte(strings.Repeat(logged, 2<<20/len(logged))), 0o600)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(2 << 20)
	for b.Loop() {
		if _, err := report.Collect(b.Context(), report.Input{Runner: runner}); err != nil {
			b.Fatal(err)
		}
	}
}
