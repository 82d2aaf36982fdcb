package disk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
)

// cases are layouts on machines, each a golden plan.
func cases() map[string]struct {
	facts   steps.Facts
	answers steps.Answers
} {
	one, two := emptyDisk("nvme0n1", "S1", 1000204886016), emptyDisk("nvme1n1", "S2", 1000204886016)
	type test = struct {
		facts   steps.Facts
		answers steps.Answers
	}
	list := map[string]test{}
	with := func(a steps.Answers, change func(*steps.Answers)) steps.Answers {
		change(&a)
		return a
	}
	for _, layout := range []string{"luks-btrfs", "btrfs", "ext4", "luks-ext4", "luks-lvm", "luks-zfs"} {
		list[layout] = test{factsOf(one, two), answersOf(layout, "S1")}
	}
	for _, layout := range []string{"luks-btrfs-raid1", "md-raid1", "luks-zfs-mirror"} {
		list[layout] = test{factsOf(one, two), answersOf(layout, "S1", "S2")}
	}
	for _, layout := range []string{"luks-btrfs", "ext4", "luks-ext4", "luks-lvm", "luks-zfs"} {
		list[layout+"-impermanence"] = test{factsOf(one), with(answersOf(layout, "S1"), func(a *steps.Answers) {
			a.Disk.Impermanence = true
			a.Disk.Swap = steps.Swap{Kind: "zram"}
		})}
	}
	list["md-raid1-impermanence"] = test{factsOf(one, two), with(answersOf("md-raid1", "S1", "S2"), func(a *steps.Answers) { a.Disk.Impermanence = true })}
	for _, layout := range []string{"luks-btrfs", "luks-ext4", "ext4"} {
		list[layout+"-hibernate"] = test{factsOf(one), with(answersOf(layout, "S1"), func(a *steps.Answers) {
			a.Disk.Swap = steps.Swap{Kind: "partition", Size: "auto", Hibernate: true}
		})}
	}
	list["luks-btrfs-swapfile"] = test{factsOf(one), with(answersOf("luks-btrfs", "S1"), func(a *steps.Answers) {
		a.Disk.Swap = steps.Swap{Kind: "file", Size: "8GiB"}
		a.Disk.Impermanence = true
	})}
	list["beside-windows"] = test{factsOf(windowsDisk("nvme0n1", "W1")), with(answersOf("beside", "W1"), func(a *steps.Answers) {
		a.Boot = steps.Boot{Loader: "lanzaboote", Unlock: "tpm"}
	})}
	roomy := windowsDisk("nvme0n1", "W1")
	roomy.Partitions[0].Size, roomy.Partitions[1].Start, roomy.Partitions[2].Start = 1024*mib, 1025*mib, 1041*mib
	roomy.Partitions[3].Start = 1041*mib + 200*gib
	list["beside-shared-esp"] = test{factsOf(roomy), answersOf("beside", "W1")}
	large := windowsDisk("nvme0n1", "W1")
	large.LogicalSize, large.PhysicalSize = 4096, 4096
	list["beside-4096"] = test{factsOf(large), answersOf("beside", "W1")}
	list["keep-one"] = test{factsOf(windowsDisk("nvme0n1", "W1")), with(answersOf("luks-btrfs", "W1"), func(a *steps.Answers) {
		a.Disk.Keep = []string{"11111111-0000-4000-8000-000000000005"}
	})}
	list["keep-esp"] = test{factsOf(windowsDisk("nvme0n1", "W1")), with(answersOf("luks-btrfs", "W1"), func(a *steps.Answers) {
		a.Disk.Keep = []string{"11111111-0000-4000-8000-000000000001"}
	})}
	list["over-windows"] = test{factsOf(windowsDisk("nvme0n1", "W1")), answersOf("luks-btrfs", "W1")}
	own := emptyDisk("sda", "D1", 500107862016)
	own.Table, own.Holders = "gpt", []string{"mounted at /boot", "mounted at /", "swap"}
	own.Partitions = []steps.Partition{
		{Number: 1, Name: "sda1", Start: mib, Size: 512 * mib, PartUUID: "22222222-0000-4000-8000-000000000001", Content: steps.Content{Kind: "vfat"}, Holders: []string{"mounted at /boot"}},
		{Number: 2, Name: "sda2", Start: 513 * mib, Size: 400 * gib, PartUUID: "22222222-0000-4000-8000-000000000002", Content: steps.Content{Kind: "ext4"}, Holders: []string{"mounted at /"}},
		{Number: 3, Name: "sda3", Start: 513*mib + 400*gib, Size: 8 * gib, PartUUID: "22222222-0000-4000-8000-000000000003", Content: steps.Content{Kind: "swap"}, Holders: []string{"swap"}},
	}
	plain := factsOf(own)
	plain.Mounts = []steps.Mount{{Place: "/", Kind: "ext4", Source: "sda2"}, {Place: "/boot", Kind: "vfat", Source: "sda1"}}
	list["document"] = test{plain, answersOf("document", "D1")}
	return list
}

// The plan of every layout: the disks as a person sees them, every command,
// and the file that disko gets.
func TestGoldenPlans(t *testing.T) {
	for name, test := range cases() {
		t.Run(name, func(t *testing.T) {
			plan := planOf(test.facts, test.answers)
			if len(plan.Blockers) > 0 {
				t.Fatalf("blocked: %v", plan.Blockers)
			}
			var out strings.Builder
			for _, one := range plan.Disks {
				fmt.Fprintf(&out, "%s, confirm with %s\n", one.Role, one.Confirm)
				for when, regions := range [2][]steps.Region{one.Before, one.After} {
					for _, r := range regions {
						fmt.Fprintln(&out, strings.TrimRight(fmt.Sprintf("  %-6s  %-6s  %2d  %15d  +%-15d  %-10s  %s",
							[2]string{"before", "after"}[when], r.Fate, r.Number, r.Start, r.Size, r.Label, r.Content), " "))
					}
				}
				fmt.Fprintln(&out)
			}
			for _, warning := range plan.Warnings {
				fmt.Fprintf(&out, "warning %s: %s\n", warning.Key, warning)
			}
			for _, action := range plan.Actions {
				fmt.Fprintf(&out, "%s: %s\n", action.ID, action.Title)
				if action.NoReturn {
					fmt.Fprintln(&out, "  no return")
				}
				for _, erasure := range action.Erases {
					fmt.Fprintf(&out, "  erases %d regions of %s\n", len(erasure.Regions), erasure.Disk.ID)
				}
				for _, command := range action.Commands {
					fmt.Fprintf(&out, "  run    %s%s\n", strings.Join(command.Argv, " "), stdin(command))
				}
				if action.Done != nil {
					for _, command := range action.Done.Commands {
						fmt.Fprintf(&out, "  done?  %s\n", strings.Join(command.Argv, " "))
					}
				}
				for _, command := range action.Undo {
					fmt.Fprintf(&out, "  undo   %s\n", strings.Join(command.Argv, " "))
				}
			}
			golden(t, "plans/"+name+".txt", out.String())
			text, err := render.Disko(plan.Layout)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "plans/"+name+".nix", text)
		})
	}
}

func stdin(command steps.Command) string {
	switch {
	case command.Stdin != "":
		return " < the secret " + command.Stdin
	case command.Text != "":
		return fmt.Sprintf(" < %d lines", strings.Count(command.Text, "\n"))
	}
	return ""
}

// A plan is JSON and comes back the same; the same input gives the same plan.
func TestPlanIsData(t *testing.T) {
	for name, test := range cases() {
		first, err := json.Marshal(planOf(test.facts, test.answers))
		if err != nil {
			t.Fatal(err)
		}
		second, err := json.Marshal(planOf(test.facts, test.answers))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s: two plans of the same input differ", name)
		}
		if strings.Contains(string(first), "/dev/nvme") || strings.Contains(string(first), "/dev/sd") {
			t.Errorf("%s: a kernel name is in the plan", name)
		}
	}
}

// What cannot be done is a sentence that says why, with numbers.
func TestBlockers(t *testing.T) {
	small, busy := emptyDisk("nvme0n1", "S1", 8*1000*1000*1000), emptyDisk("nvme1n1", "S2", 500*gib)
	busy.Holders = []string{"mounted at /home", "LVM volume vg-home"}
	tiny, twin := emptyDisk("sda", "S3", 4*gib), emptyDisk("sdb", "S4", 100*gib)
	readOnly, live := emptyDisk("sdc", "S5", 100*gib), emptyDisk("sdd", "S6", 100*gib)
	readOnly.ReadOnly, live.LiveMedium = true, true
	twin.Serial = "S7"
	other := twin
	other.Name, other.ID = "sde", "ata-other"
	dos := windowsDisk("sdf", "S8")
	dos.Table = "dos"
	full := windowsDisk("sdg", "S9")
	full.Size = full.Partitions[3].Start + full.Partitions[3].Size + 2*gib
	sleeps := windowsDisk("sdh", "S10")
	sleeps.Partitions[2].Content = steps.Content{Kind: "ntfs", Hibernated: true}
	facts := factsOf(small, busy, tiny, readOnly, live, twin, other, dos, full, sleeps)
	tests := map[string]struct {
		layout  string
		serials []string
		change  func(*steps.Answers)
		want    string
	}{
		"too small":         {"luks-btrfs", []string{"S1"}, nil, "too small for the layout luks-btrfs: it has room for 7.4 GiB, and 23 GiB are needed (ESP 1 GiB, swap 16 GiB, cryptroot 6 GiB)"},
		"in use":            {"luks-btrfs", []string{"S2"}, nil, "is in use: mounted at /home and LVM volume vg-home"},
		"under 8 GB":        {"luks-btrfs", []string{"S3"}, nil, "8 GB is the least"},
		"read-only":         {"luks-btrfs", []string{"S5"}, nil, "it is read-only"},
		"the boot medium":   {"luks-btrfs", []string{"S6"}, nil, "the running system was started from it"},
		"two of one serial": {"luks-btrfs", []string{"S7"}, nil, "2 disks fit the serial number S7"},
		"no such disk":      {"luks-btrfs", []string{"nope"}, nil, "no disk has the serial number nope"},
		"no mirror":         {"luks-btrfs-raid1", []string{"S1"}, nil, "needs a disk of the role mirror"},
		"the same twice":    {"luks-btrfs-raid1", []string{"S1", "S1"}, nil, "would be both"},
		"beside on dos":     {"beside", []string{"S8"}, nil, "its partition table is dos and not gpt"},
		"beside on nothing": {"beside", []string{"S1"}, nil, "nothing on it beside which"},
		"beside on full":    {"beside", []string{"S9"}, nil, "it has room for 1.9 GiB"},
		"keep what is not": {"luks-btrfs", []string{"S9"}, func(a *steps.Answers) {
			a.Disk.Keep = []string{"99999999-0000-4000-8000-000000000000"}
		}, "0 partitions of the chosen disks have the PARTUUID 99999999"},
		"no layout":              {"zfs", []string{"S1"}, nil, `no layout named "zfs"`},
		"ESP too small":          {"ext4", []string{"S9"}, func(a *steps.Answers) { a.Disk.ESP = "64MiB" }, "an ESP of 64 MiB is too small"},
		"ESP too small to sign":  {"ext4", []string{"S9"}, func(a *steps.Answers) { a.Disk.ESP, a.Boot.Loader = "200MiB", "lanzaboote" }, "FAT32 with lanzaboote and two generations needs 256 MiB"},
		"beside who sleeps":      {"beside", []string{"S10"}, nil, "a system sleeps on it"},
		"encrypted and open":     {"luks-btrfs", []string{"S9"}, func(a *steps.Answers) { a.Boot.Unlock = "none" }, "is encrypted, so something must unlock it"},
		"open and unlocked":      {"ext4", []string{"S9"}, func(a *steps.Answers) { a.Boot.Unlock = "tpm" }, "nothing to unlock"},
		"TPM and LVM":            {"luks-lvm", []string{"S9"}, func(a *steps.Answers) { a.Boot.Unlock = "tpm" }, "a planted disk"},
		"hibernate to zram":      {"luks-btrfs", []string{"S9"}, func(a *steps.Answers) { a.Disk.Swap = steps.Swap{Kind: "zram", Hibernate: true} }, "hibernate only to a swap partition"},
		"swap file on ZFS":       {"luks-zfs", []string{"S9"}, func(a *steps.Answers) { a.Disk.Swap = steps.Swap{Kind: "file", Size: "1GiB"} }, "cannot hold a swap file"},
		"nothing to document":    {"document", []string{"S9"}, nil, "no partition of this machine is mounted at /"},
		"a size that is no size": {"ext4", []string{"S9"}, func(a *steps.Answers) { a.Disk.ESP = "big" }, `size "big"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			answers := answersOf(test.layout, test.serials...)
			if test.change != nil {
				test.change(&answers)
			}
			plan := planOf(facts, answers)
			for _, blocker := range plan.Blockers {
				if strings.Contains(blocker.Text, test.want) {
					return
				}
			}
			t.Errorf("no blocker says %q: %v", test.want, plan.Blockers)
		})
	}
}

// TestPINWithLVM: a root that is found by its name may be opened by the TPM
// when a PIN, which only its owner types, is asked for besides.
func TestPINWithLVM(t *testing.T) {
	answers := answersOf("luks-lvm", "S1")
	answers.Boot.Unlock = "tpm-pin"
	if plan := planOf(factsOf(emptyDisk("sda", "S1", 64*gib)), answers); len(plan.Blockers) > 0 {
		t.Errorf("refused: %v", plan.Blockers)
	}
}

// A disk that nobody could read is refused with the reason and a way out, and
// who may not read it at all is told that.
func TestUnreadDisk(t *testing.T) {
	for name, test := range map[string]struct {
		unread, hash     string
		blocker, warning string
	}{
		"read":               {hash: strings.Repeat("e", 64)},
		"hung":               {unread: "no answer within 30s", blocker: "cannot be read: no answer within 30s (look for a loose cable or a failing disk, and try again; or use another disk)"},
		"broken":             {unread: "input/output error", blocker: "cannot be read: input/output error"},
		"facts without ends": {blocker: "was not read"},
		"not root":           {unread: steps.OnlyRoot, warning: "only root may read it (sudo mnemonix"},
	} {
		disk := emptyDisk("nvme0n1", "S1", 64*gib)
		disk.EndsHash, disk.Unread = test.hash, test.unread
		plan := planOf(factsOf(disk), answersOf("luks-btrfs", "S1"))
		for what, list := range map[string]struct {
			want string
			got  []steps.Problem
		}{"blocker": {test.blocker, plan.Blockers}, "warning": {test.warning, plan.Warnings}} {
			said := ""
			for _, problem := range list.got {
				said += problem.String()
			}
			if !strings.Contains(said, list.want) || list.want == "" && len(list.got) > 0 {
				t.Errorf("%s: the %s is %s, want %q", name, what, said, list.want)
			}
		}
	}
}

// What the properties found in tables that are broken or hostile: what lies
// where the table itself is cannot be kept, a partition of no size is no
// region, and what is outside of the disk cannot be saved.
func TestBrokenTables(t *testing.T) {
	const uuid = "77777777-0000-4000-8000-000000000001"
	for name, test := range map[string]struct {
		one     steps.Partition
		keep    bool
		blocker string
	}{
		"kept inside the table":       {steps.Partition{Number: 1, Size: gib, PartUUID: uuid}, true, "its partition 1 lies where the partition table is"},
		"kept in the last table":      {steps.Partition{Number: 1, Start: 64*gib - mib, Size: mib, PartUUID: uuid}, true, "its partition 1 lies where the partition table is"},
		"kept, of no size":            {steps.Partition{Number: 1, Start: gib, PartUUID: uuid}, true, "its partition 1 has no size"},
		"kept, larger than all":       {steps.Partition{Number: 1, Start: gib, Size: ^uint64(0), PartUUID: uuid}, true, "its partition 1 reaches past the end of the disk"},
		"inside the table":            {steps.Partition{Number: 1, Size: gib, PartUUID: uuid}, false, ""},
		"of no size":                  {steps.Partition{Number: 1, Start: gib, PartUUID: uuid}, false, ""},
		"a container of no size":      {steps.Partition{Number: 1, Start: gib, PartUUID: uuid, Content: steps.Content{Kind: "crypto_LUKS"}}, false, ""},
		"a container past the end":    {steps.Partition{Number: 1, Start: 65 * gib, Size: gib, PartUUID: uuid, Content: steps.Content{Kind: "crypto_LUKS"}}, false, ""},
		"a container over the end":    {steps.Partition{Number: 1, Start: 64*gib - mib, Size: gib, PartUUID: uuid, Content: steps.Content{Kind: "crypto_LUKS"}}, false, ""},
		"a container that goes round": {steps.Partition{Number: 1, Start: gib, Size: ^uint64(0), PartUUID: uuid, Content: steps.Content{Kind: "crypto_LUKS"}}, false, ""},
	} {
		d := emptyDisk("nvme0n1", "S1", 64*gib)
		d.Table, d.Partitions = "gpt", []steps.Partition{test.one}
		answers := answersOf("ext4", "S1")
		answers.Disk.Swap = steps.Swap{Kind: "zram"}
		if test.keep {
			answers.Disk.Keep = []string{uuid}
		}
		plan := planOf(factsOf(d), answers)
		if test.blocker != "" {
			if len(plan.Blockers) != 1 || !strings.Contains(plan.Blockers[0].Text, test.blocker) {
				t.Errorf("%s: %v", name, plan.Blockers)
			}
			continue
		}
		if len(plan.Blockers) > 0 {
			t.Errorf("%s: %v", name, plan.Blockers)
			continue
		}
		for _, region := range plan.Disks[0].Before {
			if region.Size == 0 || region.Start+region.Size > d.Size {
				t.Errorf("%s: a region of %d bytes at %d", name, region.Size, region.Start)
			}
		}
		for _, command := range action(t, plan, "disk/save").Commands {
			if command.Argv[0] == "dd" && (number(command.Argv, "count") == 0 || number(command.Argv, "skip")+number(command.Argv, "count") > d.Size) {
				t.Errorf("%s: saves %v", name, command.Argv)
			}
		}
	}
}
