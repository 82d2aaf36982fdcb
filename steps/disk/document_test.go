package disk_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// documented is the plan that writes a machine down.
func documented(facts steps.Facts, unlock string) steps.Plan {
	answers := answersOf("document")
	answers.Boot.Unlock = unlock
	return planOf(facts, answers)
}

// documentCases are machines that run from their own disks.
func documentCases(t *testing.T) map[string]steps.Plan {
	t.Helper()
	recorded := func(name string) steps.Facts {
		var facts steps.Facts
		disk.Step{}.Detect(context.Background(), run.NewReal(filepath.Join("../../tests/machines", name), nil))(&facts)
		return facts
	}
	one := emptyDisk("sda", "D1", 500107862016)
	one.Table = "gpt"
	one.Partitions = []steps.Partition{
		{Number: 1, Name: "sda1", Start: mib, Size: gib, PartUUID: "22222222-0000-4000-8000-00000000000A", Content: steps.Content{Kind: "vfat"}, Holders: []string{"mounted at /boot"}},
		{Number: 2, Name: "sda2", Start: gib + mib, Size: 300 * gib, PartUUID: "22222222-0000-4000-8000-00000000000B", Content: steps.Content{Kind: "crypto_LUKS"}},
	}
	two := emptyDisk("sdb", "D2", 500107862016)
	two.Content = steps.Content{Kind: "crypto_LUKS", UUID: "33333333-0000-4000-8000-000000000001"}
	boot := steps.Mount{Place: "/boot", Kind: "vfat", Source: "sda1", Options: []string{"fmask=0022", "dmask=0022"}}

	lvm := factsOf(one)
	lvm.Volumes = []steps.Volume{
		{Name: "crypted", Kind: "crypt", Format: "LUKS2", UUID: "44444444-0000-4000-8000-000000000001", Members: []string{"sda2"}, Content: steps.Content{Kind: "LVM2_member"}},
		{Name: "vg--x-root", Kind: "lvm", Group: "vg-x", Volume: "root", Members: []string{"crypted"}, Content: steps.Content{Kind: "ext4"}, Holders: []string{"mounted at /"}},
		{Name: "vg--x-swap", Kind: "lvm", Group: "vg-x", Volume: "swap", Members: []string{"crypted"}, Size: 8 * gib, Content: steps.Content{Kind: "swap"}, Holders: []string{"swap"}},
		{Name: "vg--x-old", Kind: "lvm", Group: "vg-x", Volume: "old", Members: []string{"crypted"}},
	}
	lvm.Mounts = []steps.Mount{{Place: "/", Kind: "ext4", Source: "vg--x-root"}, boot, {Place: "/run/media/alice/stick", Kind: "vfat", Source: "sda9"}}

	mirror := factsOf(one, two)
	both := steps.Content{Kind: "btrfs", UUID: "55555555-0000-4000-8000-000000000001"}
	mirror.Volumes = []steps.Volume{
		{Name: "cryptcopy", Kind: "crypt", Format: "LUKS2", UUID: "33333333-0000-4000-8000-000000000001", Members: []string{"sdb"}, Content: both},
		{Name: "cryptroot", Kind: "crypt", Format: "LUKS2", UUID: "44444444-0000-4000-8000-000000000001", Members: []string{"sda2"}, Content: both},
		{Name: "dev-swap", Kind: "crypt", Format: "PLAIN", Members: []string{"sda3"}, Holders: []string{"swap"}},
	}
	mirror.Mounts = []steps.Mount{{Place: "/", Kind: "btrfs", Source: "cryptroot", Within: "@", Options: []string{"compress=zstd:3"}}, boot}

	// The bench that these goldens are shown to has no pool on LUKS by TPM.
	pool := factsOf(one)
	pool.Volumes = []steps.Volume{{Name: "cryptroot", Kind: "crypt", Format: "LUKS2", Members: []string{"sda2"}, Content: steps.Content{Kind: "zfs_member", Label: "rpool"}}}
	pool.Mounts = []steps.Mount{{Place: "/", Kind: "zfs", Source: "rpool/root"}, {Place: "/home", Kind: "zfs", Source: "rpool/home", Options: []string{"zfsutil"}}, boot}

	return map[string]steps.Plan{
		"document-nixos-luks-btrfs": documented(recorded("nixos-luks-btrfs"), "tpm"),
		"document-lvm-md":           documented(recorded("lvm-md"), "none"),
		"document-nas-zfs":          documented(recorded("nas-zfs"), "none"),
		"document-luks-lvm":         documented(lvm, "passphrase"),
		"document-luks-two-disks":   documented(mirror, "passphrase"),
		"document-luks-zfs":         documented(pool, "passphrase"),
	}
}

// TestDocument compares what is written down of whole machines with what a
// person read and the real disko took.
func TestDocument(t *testing.T) {
	for name, plan := range documentCases(t) {
		t.Run(name, func(t *testing.T) {
			if len(plan.Blockers) > 0 || len(plan.Actions) > 0 {
				t.Fatalf("blocked: %v, actions: %v", plan.Blockers, plan.Actions)
			}
			text, err := render.Disko(plan.Layout)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "plans/"+name+".nix", text)
			var notes strings.Builder
			for _, warning := range plan.Warnings {
				fmt.Fprintf(&notes, "%s: %s\n", warning.Key, warning)
			}
			fmt.Fprintf(&notes, "starts %s\n", strings.Join(plan.Layout.Starts, ", "))
			golden(t, "plans/"+name+".txt", notes.String())
			harmless(t, plan, text)
		})
	}
}

// harmless says that nothing in a layout that was written down can make a
// file system, empty a disk, or touch what was there before.
func harmless(t interface{ Errorf(string, ...any) }, plan steps.Plan, text string) {
	for _, word := range []string{"gpt", "mdadm", "lvm_vg", "lvm_pv", "zpool", "mdraid", "format =", "extraArgs", "passwordFile"} {
		if strings.Contains(text, word) {
			t.Errorf("what was written down says %q:\n%s", word, text)
		}
	}
	if disks, kept := strings.Count(text, "type = \"disk\""), strings.Count(text, "destroy = false"); disks != kept {
		t.Errorf("%d disks, of which %d stay:\n%s", disks, kept, text)
	}
	if containers := plan.Layout.LUKS(); len(containers) > 0 {
		t.Errorf("keys would be added to %v", containers)
	}
}

func TestDocumentRefuses(t *testing.T) {
	one := emptyDisk("sda", "D1", 500107862016)
	one.Partitions = []steps.Partition{{Number: 1, Name: "sda1", Size: gib}, {Number: 2, Name: "sda2", Size: gib, PartUUID: "22222222-0000-4000-8000-00000000000b"}}
	stick := emptyDisk("sdb", "D2", 30*gib)
	stick.LiveMedium = true
	stick.Partitions = []steps.Partition{{Number: 1, Name: "sdb1", Size: gib, PartUUID: "22222222-0000-4000-8000-00000000000c"}}
	crypt := steps.Volume{Name: "root", Kind: "crypt", Format: "LUKS2", Members: []string{"sda2"}}
	root := func(kind, source string) []steps.Mount {
		return []steps.Mount{{Place: "/", Kind: kind, Source: source}}
	}
	for name, test := range map[string]struct {
		mounts  []steps.Mount
		volumes []steps.Volume
		unlock  string
		want    string
	}{
		"nothing mounted":          {nil, nil, "none", "nothing to write down"},
		"no name that lasts":       {root("ext4", "sda1"), nil, "none", "neither a PARTUUID nor a UUID"},
		"a device nobody knows":    {root("ext4", "mapper-thing"), nil, "none", "nobody knows what mapper-thing is made of"},
		"the boot medium":          {root("ext4", "sdb1"), nil, "none", "the medium that this system was started from"},
		"a key without a header":   {root("ext4", "plain"), []steps.Volume{{Name: "plain", Kind: "crypt", Format: "PLAIN", Members: []string{"sda2"}}}, "none", "opened with a key alone"},
		"an array without a UUID":  {root("ext4", "md0"), []steps.Volume{{Name: "md0", Kind: "raid1", Members: []string{"sda2"}}}, "none", "md0 has no UUID"},
		"encrypted and open":       {root("ext4", "root"), []steps.Volume{crypt}, "none", "something must unlock it"},
		"open and unlocked":        {root("ext4", "sda2"), nil, "passphrase", "nothing on this machine is encrypted"},
		"a name the TPM lacks":     {root("ext4", "root"), []steps.Volume{crypt}, "tpm", "a container named cryptroot"},
		"a root found by its name": {root("ext4", "vg-root"), []steps.Volume{crypt, {Name: "vg-root", Kind: "lvm", Members: []string{"root"}}}, "tpm", "a planted disk"},
	} {
		facts := factsOf(one, stick)
		facts.Mounts, facts.Volumes = test.mounts, test.volumes
		plan := documented(facts, test.unlock)
		if !slices.ContainsFunc(plan.Blockers, func(b steps.Problem) bool { return strings.Contains(b.Text, test.want) }) {
			t.Errorf("%s: no blocker says %q: %v", name, test.want, plan.Blockers)
		}
	}
}

// TestDocumentProperties writes down machines that are put together at
// random, also such as cannot be: each mount is either written down, left out
// with a sentence or refused, and nothing that is written can do harm.
func TestDocumentProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts, names := drawnDisks(t)
		kinds := []string{"crypt", "lvm", "raid1", "mpath"}
		for i := range rapid.IntRange(0, 6).Draw(t, "volumes") {
			name := fmt.Sprintf("v%d", i)
			facts.Volumes = append(facts.Volumes, steps.Volume{
				Name: name, Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Format: rapid.SampledFrom([]string{"LUKS1", "LUKS2", "PLAIN", ""}).Draw(t, "format"),
				// A volume may be made of one that comes later, or of itself.
				Members: rapid.SliceOfN(rapid.SampledFrom(append(names, "v0", "v1", "v2", "v3", "gone")), 0, 3).Draw(t, "members"),
				UUID:    rapid.SampledFrom([]string{"", "44444444-0000-4000-8000-000000000001"}).Draw(t, "uuid"),
				Content: steps.Content{Kind: rapid.SampledFrom([]string{"", "btrfs", "ext4", "zfs_member"}).Draw(t, "content"), UUID: rapid.SampledFrom([]string{"", "55555555-0000-4000-8000-000000000001"}).Draw(t, "content UUID"), Label: "pool"},
				Holders: rapid.SampledFrom([][]string{nil, {"swap"}, {"mounted at /"}}).Draw(t, "holders"),
			})
			names = append(names, name)
		}
		for _, place := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"/", "/boot", "/home", "/nix", "/run/media/x"}), 0, 5, rapid.ID[string]).Draw(t, "places") {
			facts.Mounts = append(facts.Mounts, steps.Mount{
				Place: place, Kind: rapid.SampledFrom([]string{"ext4", "btrfs", "vfat", "zfs"}).Draw(t, "file system"),
				Source: rapid.SampledFrom(append(names, "gone")).Draw(t, "source"), Within: rapid.SampledFrom([]string{"", "@a"}).Draw(t, "within"),
			})
		}
		plan := documented(facts, rapid.SampledFrom([]string{"none", "passphrase", "tpm"}).Draw(t, "unlock"))
		if len(plan.Actions) > 0 {
			t.Fatalf("a disk would be touched: %v", plan.Actions)
		}
		said := fmt.Sprint(plan.Blockers, plan.Warnings)
		for _, mount := range facts.Mounts {
			written := slices.ContainsFunc(plan.Layout.Mounts, func(m steps.LayoutMount) bool { return m.Mountpoint == mount.Place })
			if !written && len(plan.Blockers) == 0 && !strings.Contains(said, "at "+mount.Place+" ") {
				t.Fatalf("nothing is said of %s: %s", mount.Place, said)
			}
		}
		if len(plan.Blockers) > 0 {
			return
		}
		text, err := render.Disko(plan.Layout)
		if err != nil {
			t.Fatalf("what was written down is no disko.nix: %v", err)
		}
		harmless(t, plan, text)
	})
}

// drawnDisks are two disks with partitions of which not all have a PARTUUID.
func drawnDisks(t *rapid.T) (facts steps.Facts, names []string) {
	facts = factsOf(emptyDisk("sda", "D1", 500107862016), emptyDisk("sdb", "D2", 500107862016))
	for i := range facts.Disks {
		for j := range rapid.IntRange(0, 3).Draw(t, "partitions") {
			uuid := ""
			if rapid.Bool().Draw(t, "has a PARTUUID") {
				uuid = fmt.Sprintf("22222222-0000-4000-8000-00000000%02d%02d", i, j)
			}
			name := fmt.Sprintf("%s%d", facts.Disks[i].Name, j+1)
			facts.Disks[i].Partitions = append(facts.Disks[i].Partitions, steps.Partition{
				Number: j + 1, Name: name, Start: uint64(j+1) * gib, Size: gib, PartUUID: uuid,
				Content: steps.Content{Kind: "ext4", UUID: rapid.SampledFrom([]string{"", "66666666-0000-4000-8000-000000000001"}).Draw(t, "uuid")},
				Holders: rapid.SampledFrom([][]string{nil, {"swap"}}).Draw(t, "holders"),
			})
			names = append(names, name)
		}
		names = append(names, facts.Disks[i].Name)
	}
	return facts, names
}
