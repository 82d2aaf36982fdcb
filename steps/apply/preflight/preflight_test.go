package preflight

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
)

const (
	gib        = 1 << 30
	derivation = "/nix/store/00000000000000000000000000000000-nixos-system-snix.drv"
	fetches    = "these 812 paths will be fetched (1400.50 MiB download, 6000.00 MiB unpacked):\n  /nix/store/a\n"
	remoteURL  = "git@git.example.org:alice/machines.git"
)

var built = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// programsThatAnswer is what the programs of a machine say, on which all is well.
func programsThatAnswer() map[string]run.Expected {
	say := func(argv []string, stdout string) run.Expected {
		return run.Expected{Argv: argv, Any: true, Stdout: stdout}
	}
	script := map[string]run.Expected{
		"run":    say(tools.FreeSpace("/run"), "    Avail\n1073741824\n"),
		"store":  say(tools.FreeSpace("/nix/store"), "Avail\n8589934592\n"),
		"eval":   say(tools.NixSystemDerivation("/run/f", "snix").Argv, derivation),
		"dry":    {Argv: tools.NixDryRun(derivation).Argv, Any: true, Stderr: fetches},
		"cache":  say(tools.NixReach(cache).Argv, ""),
		"remote": say(tools.GitReach(remoteURL).Argv, ""),
	}
	for name, version := range map[string]string{
		"git": "git version 2.51.2", "nix": "nix (Nix) 2.31.2", "disko": "disko version 1.12.0",
		"sops": "sops 3.11.0 (latest)", "lsblk": "lsblk from util-linux 2.41.2", "cryptsetup": "cryptsetup 2.8.1 flags: UDEV BLKID",
	} {
		script[name] = say(tools.ProgramNamed(name).Version, version+"\n")
	}
	return script
}

// machine is one on which every check is good.
type machine struct {
	in     Input
	script map[string]run.Expected
	fake   *run.Fake
	lacks  []string
}

func healthy() *machine {
	m := &machine{script: programsThatAnswer()}
	action := func(argv ...string) steps.Action {
		return steps.Action{Kind: steps.ActionCommand, Commands: []steps.Command{{Argv: argv}}}
	}
	m.in = Input{
		Facts: steps.Facts{
			Memory: steps.Memory{Total: 16 * gib}, Firmware: steps.Firmware{Kind: "uefi", Bits: 64},
			Network: steps.Network{Online: true}, Power: steps.Power{Mains: true},
		},
		Answers: steps.Answers{Host: steps.Host{Name: "snix", Type: "laptop"}, Repository: steps.Repository{Remote: remoteURL}},
		Plan: steps.Plan{
			Files: []steps.File{{Path: "flake.nix", Content: "{ }", Mode: 0o644}},
			Layout: steps.Layout{Disks: []steps.LayoutDisk{{Partitions: []steps.LayoutPartition{
				{Type: "EF00", Size: gib, Content: steps.LayoutNode{Mountpoint: "/boot"}},
				{Type: "8309", Size: 100 * gib, Content: steps.LayoutNode{Type: steps.NodeLUKS}},
			}}}},
			Actions: []steps.Action{
				action("disko", "--mode", "destroy,format"), action("git", "init"), action("nix", "build"),
				{Kind: steps.ActionBuiltin, Name: "secrets"},
			},
		},
		Root: true, Now: built.AddDate(0, 3, 0), Built: built, Folder: "/run/f",
	}
	m.in.Plan.Actions[0].Erases = []steps.Erasure{{}}
	return m
}

func (m *machine) runner() *run.Fake {
	var script []run.Expected
	for _, expected := range m.script {
		script = append(script, expected)
	}
	m.fake = run.NewFake(script...).Without(m.lacks...)
	m.store()
	return m.fake.Put("/proc/self/mountinfo", "30 1 0:27 / /sys/firmware/efi/efivars rw - efivarfs efivarfs rw\n")
}

func (m *machine) look(t *testing.T) map[string]Result {
	t.Helper()
	if m.in.Runner == nil {
		m.in.Runner = m.runner()
	}
	found := map[string]Result{}
	for _, result := range Run(t.Context(), m.in, nil) {
		found[result.ID] = result
	}
	if err := m.fake.Unmet(); err != nil {
		t.Error(err)
	}
	return found
}

func TestAllIsWell(t *testing.T) {
	var lock sync.Mutex
	var told []string
	m := healthy()
	m.in.Runner = m.runner()
	results := Run(t.Context(), m.in, func(result Result) {
		lock.Lock()
		defer lock.Unlock()
		if result.Status != Running {
			told = append(told, result.ID)
		}
	})
	for i, result := range results {
		if result.Status != OK || result.Text == "" || result.ID != List()[i].ID {
			t.Errorf("%+v", result)
		}
	}
	if len(told) != len(List()) {
		t.Errorf("told of %v", told)
	}
	if len(Blocking(results)) > 0 {
		t.Error("something blocks")
	}
	if text, err := m.fake.ReadFile("/run/f/flake.nix"); err != nil || string(text) != "{ }" {
		t.Errorf("what was evaluated is not the plan's: %q, %v", text, err)
	}
}

// Each state that is not good, and what is said of it.
func TestStates(t *testing.T) {
	noSpace := run.Expected{Argv: tools.FreeSpace("/run"), Any: true, Stdout: "Avail\n1048576\n"}
	for name, test := range map[string]state{
		"not root":          {func(m *machine) { m.in.Root = false }, "root", Failed, "does not run as root", "sudo mnemonix install"},
		"BIOS":              {func(m *machine) { m.in.Facts.Firmware.Kind = "bios" }, "firmware", Failed, "not started by UEFI", "CSM"},
		"32-bit firmware":   {func(m *machine) { m.in.Facts.Firmware.Bits = 32 }, "firmware", Failed, "32-bit one and starts no 64-bit boot loader", "forcei686"},
		"no memory":         {func(m *machine) { m.in.Facts.Memory.Total = gib / 2 }, "memory", Failed, "512 MiB of memory: too little", "zram"},
		"little memory":     {func(m *machine) { m.in.Facts.Memory = steps.Memory{Total: 2 * gib, Swap: gib} }, "memory", Warning, "2 GiB of memory and 1 GiB of swap: little", "zram"},
		"swap helps":        {func(m *machine) { m.in.Facts.Memory = steps.Memory{Total: 2 * gib, Swap: 4 * gib} }, "memory", OK, "4 GiB of swap", ""},
		"memory unread":     {func(m *machine) { m.in.Facts.Memory.Total = 0 }, "memory", Warning, "could not be read", ""},
		"clock of 1970":     {func(m *machine) { m.in.Now = time.Unix(0, 0) }, "clock", Failed, "1970-01-01 00:00 UTC, before this mnemonix was built (2026-01-02)", "date --utc --set"},
		"clock a bit early": {func(m *machine) { m.in.Now = built.Add(-time.Hour) }, "clock", OK, "2026-01-02 02:04 UTC", ""},
		"clock of 2099":     {func(m *machine) { m.in.Now = built.AddDate(73, 0, 0) }, "clock", Failed, "many years after", "date"},
		"build undated":     {func(m *machine) { m.in.Built = time.Time{} }, "clock", Warning, "no date to hold it against", ""},
		"battery":           {func(m *machine) { m.in.Facts.Power = steps.Power{Battery: true, Percent: 30} }, "power", Failed, "on battery, at 30 %", "plug it in"},
		"better battery":    {func(m *machine) { m.in.Facts.Power = steps.Power{Battery: true, Percent: 31} }, "power", OK, "at 31 %", ""},
		"/run is full":      {func(m *machine) { m.script["run"] = noSpace }, "space", Failed, "below /run has 1 MiB left; 32 MiB are needed", "remount"},
		"store is small": {func(m *machine) {
			m.script["store"] = run.Expected{Argv: tools.FreeSpace("/nix/store"), Any: true, Stdout: "Avail\n1048576\n"}
		}, "space", Warning, "the store of the running system has 1 MiB left", "rw-store"},
		"no df": {func(m *machine) {
			m.script["run"] = run.Expected{Argv: tools.FreeSpace("/run"), Any: true, Status: 1}
		}, "space", Warning, "could not be seen", ""},
		"ESP too small": {func(m *machine) { m.in.Plan.Layout.Disks[0].Partitions[0].Size = 64 << 20 }, "esp", Failed, "would have 64 MiB", "disk.esp"},
		"ESP small":     {func(m *machine) { m.in.Plan.Layout.Disks[0].Partitions[0].Size = 256 << 20 }, "esp", Warning, "will have 256 MiB", "disk.esp"},
		"no ESP":        {func(m *machine) { m.in.Plan.Layout.Disks[0].Partitions = nil }, "esp", Failed, "no EFI system partition", "layout"},
		"shared ESP full": {
			func(m *machine) { sharedESP(m, 90<<20) }, "esp", Failed,
			"is shared, and has 10 MiB left", "partition of its own",
		},
		"shared ESP": {func(m *machine) {
			sharedESP(m, 90<<20)
			m.in.Facts.Disks[0].Partitions[0].Size = gib
		}, "esp", OK, "934 MiB left, shared", ""},
		"shared ESP unread": {func(m *machine) { sharedESP(m, 0) }, "esp", Warning, "could not be seen", ""},
		"no TPM":            {func(m *machine) { m.in.Answers.TPM.Keys = true }, "tpm", Failed, "no TPM can be opened", "firmware"},
		"TPM is busy": {func(m *machine) {
			m.in.Answers.TPM.Keys = true
			m.in.Open = func() (transport.TPMCloser, error) {
				return nil, &device.Error{Condition: device.Busy, Text: "open the TPM", Err: errors.New("busy")}
			}
		}, "tpm", Failed, "busy", "/dev/tpmrm0"},
		"nix is missing":  {func(m *machine) { m.lacks = []string{"nix"} }, "programs", Failed, "missing: nix", "https://nixos.org"},
		"sops is missing": {func(m *machine) { m.lacks = []string{"sops", "mkpasswd"} }, "programs", Failed, "missing: sops, mkpasswd", "nix shell nixpkgs#sops nixpkgs#mkpasswd --command mnemonix install"},
		"git is old": {func(m *machine) {
			m.script["git"] = run.Expected{Argv: []string{"git", "--version"}, Any: true, Stdout: "git version 2.20.1\n"}
		}, "programs", Failed, "git is version 2.20.1, 2.28 is needed: it keeps the flake", "nix shell nixpkgs#git"},
		"a version that nobody knows": {func(m *machine) {
			m.script["disko"] = run.Expected{Argv: []string{"disko", "--version"}, Any: true, Status: 1}
		}, "programs", OK, "disko, ", ""},
		"the flake is broken": {func(m *machine) {
			m.script["eval"] = run.Expected{Argv: m.script["eval"].Argv, Any: true, Status: 1, Stderr: "error:\n       … while calling\nerror: attribute 'x' missing\n"}
		}, "flake", Failed, "does not evaluate: attribute 'x' missing", "--log FILE"},
		"nix says something else": {func(m *machine) {
			m.script["eval"] = run.Expected{Argv: m.script["eval"].Argv, Any: true, Stdout: "hello"}
		}, "flake", Failed, `printed "hello"`, ""},
		"what follows is not known": {func(m *machine) {
			m.script["eval"] = run.Expected{Argv: m.script["eval"].Argv, Any: true, Status: 1}
		}, "closure", Warning, "does not evaluate", ""},
		"too large":         {func(m *machine) { m.in.Plan.Layout.Disks[0].Partitions[1].Size = 5 * gib }, "closure", Failed, "does not fit: 1.3 GiB to download, 5.8 GiB on the disk, of 5 GiB", "larger disk"},
		"tight":             {func(m *machine) { m.in.Plan.Layout.Disks[0].Partitions[1].Size = 8 * gib }, "closure", Warning, "more than half", "beside"},
		"all of it is here": {func(m *machine) { m.builds(builtHere) }, "closure", OK, "everything is here already; the new root has 100 GiB; 2 derivations are built here", ""},
		"dry run fails": {func(m *machine) {
			m.script["dry"] = run.Expected{Argv: tools.NixDryRun(derivation).Argv, Any: true, Status: 1, Stderr: "error: no space\n"}
		}, "closure", Warning, "could not be seen: no space", ""},
		"no remote": {func(m *machine) { m.in.Answers.Repository.Remote = "" }, "remote", OK, "none was given", ""},
		"remote is silent": {func(m *machine) {
			m.script["remote"] = run.Expected{Argv: tools.GitReach(remoteURL).Argv, Any: true, Status: 128, Stderr: "fatal: Could not read from remote repository.\n"}
		}, "remote", Warning, "does not answer: fatal: Could not read", "push it from there"},
		"remote is in use": {func(m *machine) {
			m.script["remote"] = run.Expected{Argv: tools.GitReach(remoteURL).Argv, Any: true, Stdout: "1234\trefs/heads/main\n"}
		}, "remote", Warning, "has branches already", "an empty repository"},
		"remote, offline": {func(m *machine) { m.in.Facts.Network.Online = false }, "remote", Warning, "was not asked", "git push"},
		"Windows":         {func(m *machine) { m.in.Answers.Host.Type = "windows" }, "flake", OK, "nothing of it is evaluated", ""},
	} {
		t.Run(name, test.check)
	}
}

// state is one that a machine may be in, and what is said of it.
type state struct {
	change func(*machine)
	id     string
	status Status
	text   string
	hint   string
}

func (test state) check(t *testing.T) {
	m := healthy()
	test.change(m)
	got := m.look(t)[test.id]
	if got.Status != test.status || !strings.Contains(got.Text, test.text) || !strings.Contains(got.Hint, test.hint) {
		t.Errorf("%s %q (%q), want %s %q (%q)", got.Status, got.Text, got.Hint, test.status, test.text, test.hint)
	}
	if strings.ContainsAny(got.Text+got.Hint, "\n") || got.Text == "" {
		t.Errorf("%q (%q) is no sentence", got.Text, got.Hint)
	}
}

// sharedESP makes the machine's plan take over a partition of 100 MiB.
func sharedESP(m *machine, used uint64) {
	const id = "9e5a0c1e-0000-4000-8000-000000000001"
	m.in.Plan.Layout.Disks[0].Partitions = m.in.Plan.Layout.Disks[0].Partitions[1:]
	m.in.Plan.Layout.Mounts = []steps.LayoutMount{{Mountpoint: "/boot", Format: "vfat", Device: "/dev/disk/by-partuuid/" + id}}
	m.in.Plan.Disks = []steps.DiskPlan{{After: []steps.Region{{Fate: steps.FateKeep, PartUUID: strings.ToUpper(id), Size: 100 << 20}}}}
	m.in.Facts.Disks = []steps.Disk{{Partitions: []steps.Partition{{PartUUID: id, Size: 100 << 20, Content: steps.Content{Kind: "vfat", Used: used}}}}}
}

func TestTPMStates(t *testing.T) {
	for condition, want := range map[device.Condition]Status{
		"": OK, device.RSAParent: Warning, device.Lockout: Warning, device.OwnerAuth: Failed, device.NVFull: Failed, device.ForeignParent: Failed,
	} {
		status := &device.Status{Vendor: "IBM SW TPM"}
		if condition != "" {
			status.Conditions = []device.Condition{condition}
		}
		got := ready(status)
		if got.Status != want || !strings.Contains(got.Text, "IBM SW TPM") || condition != "" && got.Hint == "" {
			t.Errorf("%s: %+v", condition, got)
		}
	}
}

// lacking is a machine that has programs only after they were provided.
type lacking struct {
	*run.Fake
	provided bool
	names    []string
}

func (l *lacking) LookPath(name string) (string, error) {
	if !l.provided && slices.Contains(l.names, name) {
		return "", errors.New("missing")
	}
	return l.Fake.LookPath(name)
}

// What a live medium lacks comes from the inputs of the flake, before
// anything else asks for it.
func TestMissingProgramsAreProvided(t *testing.T) {
	m := healthy()
	m.script["provide"] = run.Expected{
		Argv: tools.NixProvide("/run/f", "disko#disko", "stable-nixpkgs#sops").Argv, Any: true, Stdout: "/nix/store/1-disko\n/nix/store/2-sops\n",
	}
	runner := &lacking{Fake: m.runner().Put("/nix/store/2-sops/bin/sops", ""), names: []string{"disko", "sops"}}
	m.in.Runner = runner
	var given []string
	m.in.Provide = func(folders []string) { given, runner.provided = folders, true }
	got := m.look(t)
	if got["programs"].Status != OK || !strings.Contains(got["programs"].Text, "from the flake's inputs: disko, sops") {
		t.Errorf("%+v", got["programs"])
	}
	if !slices.Equal(given, []string{"/nix/store/2-sops/bin"}) {
		t.Errorf("provided %v", given)
	}
	if got["flake"].Status != OK {
		t.Errorf("%+v", got["flake"])
	}
}

func TestInterrupted(t *testing.T) {
	m := healthy()
	m.in.Runner = m.runner()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	results := Run(ctx, m.in, nil)
	if at := slices.IndexFunc(results, func(r Result) bool { return r.ID == "flake" }); results[at].Status != Failed || !strings.Contains(results[at].Text, "interrupted") {
		t.Errorf("%+v", results[at])
	}
}

func TestLock(t *testing.T) {
	files := []steps.File{{Path: "flake.nix", Content: "{ }", Mode: 0o644}, {Path: "lib/a.nix", Content: "1", Mode: 0o644}}
	fake := run.NewFake(run.Expected{Argv: tools.NixLock(DefaultFolder).Argv}).Put(DefaultFolder+"/flake.lock", "{}")
	text, err := Lock(t.Context(), fake, "", files)
	if err != nil || string(text) != "{}" {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := fake.ReadFile(DefaultFolder + "/lib/a.nix"); err != nil || string(text) != "1" {
		t.Errorf("%q, %v", text, err)
	}
	fake = run.NewFake(run.Expected{Argv: tools.NixLock(DefaultFolder).Argv, Status: 1, Stderr: "error: offline\n"})
	if _, err := Lock(t.Context(), fake, "", files); err == nil || !strings.Contains(err.Error(), "offline") {
		t.Errorf("%v", err)
	}
}
