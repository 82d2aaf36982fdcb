package disk_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
)

func TestMatch(t *testing.T) {
	nvme, sata := emptyDisk("nvme0n1", "S6Z2NJ0W123456", 1000204886016), emptyDisk("sda", "WD-1", 4000787030016)
	sata.ID, sata.WWN, sata.Transport, sata.Rotational, sata.Model = "ata-WDC_WD-1", "0x50014ee2b1234567", "sata", true, "WDC WD40EFRX"
	second := emptyDisk("sdb", "WD-2", 4000787030016)
	second.ID, second.WWN, second.Transport, second.Rotational, second.Model = "ata-WDC_WD-2", "0x50014ee2b1234568", "sata", true, "WDC WD40EFRX"
	stick := emptyDisk("sdc", "USB1", 32*gib)
	stick.Transport, stick.LiveMedium = "usb", true
	small := emptyDisk("mmcblk0", "0x1", 7*1000*1000*1000)
	small.Transport = "mmc"
	facts := factsOf(nvme, sata, second, stick, small)
	yes, no := true, false
	tests := map[string]struct {
		rule steps.Match
		want string // the kernel's name, or what the error says
	}{
		"serial":                   {steps.Match{Serial: "S6Z2NJ0W123456"}, "nvme0n1"},
		"id":                       {steps.Match{ID: "ata-WDC_WD-1"}, "sda"},
		"id with its folder":       {steps.Match{ID: "/dev/disk/by-id/ata-WDC_WD-1"}, "sda"},
		"wwn":                      {steps.Match{WWN: "0x50014ee2b1234568"}, "sdb"},
		"wwn as the kernel has it": {steps.Match{WWN: "naa.50014EE2B1234568"}, "sdb"},
		"largest of kind":          {steps.Match{SSD: &yes, Pick: "largest"}, "nvme0n1"},
		"smallest":                 {steps.Match{Pick: "smallest"}, "nvme0n1"},
		"only":                     {steps.Match{Transport: "nvme", Pick: "only"}, "nvme0n1"},
		"size":                     {steps.Match{MaxSize: "2TB"}, "nvme0n1"},
		"two largest alike":        {steps.Match{SSD: &no, Pick: "largest"}, "2 disks fit the rule (a disk that spins, pick largest): ata-WDC_WD-1 (WDC WD40EFRX, 3.6 TiB, serial ...WD-1); ata-WDC_WD-2"},
		"model, several":           {steps.Match{Model: "WDC*"}, "2 disks fit"},
		"model, case":              {steps.Match{Model: "wdc*"}, "no disk fits the rule (model wdc*)"},
		"none":                     {steps.Match{MinSize: "10TB"}, "no disk fits the rule (at least 10TB)"},
		"the boot medium":          {steps.Match{Serial: "USB1"}, "the running system was started from it"},
		"the boot medium by kind":  {steps.Match{Transport: "usb", Pick: "only"}, "no disk fits"},
		"too small":                {steps.Match{Transport: "mmc", MinSize: "1GB"}, "no disk fits"},
		"an unknown serial":        {steps.Match{Serial: "S6Z2NJ0W12345"}, "no disk has the serial number"},
		"an empty rule":            {steps.Match{}, "the rule for the disk is empty"},
		"a size that is none":      {steps.Match{MinSize: "large"}, `size "large"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := disk.Match(test.rule, facts)
			if err != nil {
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("the error is %q", err)
				}
				return
			}
			if got.Name != test.want {
				t.Errorf("got %s, want %s", got.Name, test.want)
			}
		})
	}
	// Who finds nothing is told what there is, and why some of it is not
	// offered.
	_, err := disk.Match(steps.Match{Serial: "nope"}, facts)
	var problem steps.Problem
	if !errors.As(err, &problem) {
		t.Fatal(err)
	}
	for _, want := range []string{"nvme-Example_S6Z2NJ0W123456", "ata-WDC_WD-2", "USB1: the running system", "0x1: it has 6.5 GiB, and 8 GB is the least"} {
		if !strings.Contains(problem.Hint, want) {
			t.Errorf("the hint does not say %q: %s", want, problem.Hint)
		}
	}
}

// The disk that a rule came to is found again by what it is, or not at all:
// never another one in its place.
func TestResolved(t *testing.T) {
	first, second := emptyDisk("nvme0n1", "S1", 500*gib), emptyDisk("nvme1n1", "S2", 500*gib)
	resolved := first.Fingerprint()
	choice := steps.DiskChoice{Role: "system", Match: steps.Match{Pick: "only"}, Resolved: &resolved}
	first.Name, second.Name = "nvme1n1", "nvme0n1" // found in another order
	first.TableHash = "written since"
	got, err := disk.Resolve(choice, factsOf(second, first))
	if err != nil || got.Serial != "S1" {
		t.Fatalf("got %v, %v", got.Serial, err)
	}
	grown := first
	grown.Size *= 2
	for name, facts := range map[string]steps.Facts{"pulled": factsOf(second), "replaced": factsOf(second, grown)} {
		if _, err := disk.Resolve(choice, facts); err == nil || !strings.Contains(err.Error(), "chosen at the installation") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the rule, a disk that nobody may use is never the answer, and
// every refusal says something.
func TestMatchNeverGivesTheWrongDisk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := machines().Draw(t, "facts")
		choices := answersFor(facts).Draw(t, "answers").Disk.Disks
		for _, choice := range choices {
			got, err := disk.Match(choice.Match, facts)
			if err != nil {
				if err.Error() == "" {
					t.Fatal("an error that says nothing")
				}
				continue
			}
			if got.LiveMedium || got.ReadOnly || got.Size < 8e9 {
				t.Fatalf("a disk that nobody may use: %+v", got)
			}
			if choice.Match.Serial != "" && got.Serial != choice.Match.Serial {
				t.Fatalf("another serial number: %s", got.Serial)
			}
		}
	})
}

func TestConfirm(t *testing.T) {
	first, second := emptyDisk("sda", "AAAA-1234", 100*gib), emptyDisk("sdb", "BBBB-1234", 100*gib)
	facts := factsOf(first, second, emptyDisk("sdc", "CCCC9999", 100*gib))
	if one, two := disk.Confirm(first, facts), disk.Confirm(second, facts); one != "A1234" || two != "B1234" {
		t.Errorf("the words are %s and %s", one, two)
	}
	if word := disk.Confirm(facts.Disks[2], facts); word != "9999" {
		t.Errorf("the word is %s", word)
	}
	bare := steps.Disk{Name: "vda", Path: "pci-0000:00:04.0"}
	if word := disk.Confirm(bare, factsOf(bare)); word != "0040" {
		t.Errorf("the word is %s", word)
	}
	// A serial number that two disks have confirms neither.
	twin, other := steps.Disk{Name: "sda", Serial: "AA01", Path: "pci-0000:00:17.0-ata-1"}, steps.Disk{Name: "sdb", Serial: "AA01", Path: "pci-0000:00:17.0-ata-2"}
	if one, two := disk.Confirm(twin, factsOf(twin, other)), disk.Confirm(other, factsOf(twin, other)); one != "ata1" || two != "ata2" {
		t.Errorf("the words of twins are %s and %s", one, two)
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("Samsung*", "Samsung SSD 980")
	f.Add("*?*", "")
	f.Add("\xd9", "\xff")
	f.Add("?a", "üa")
	f.Fuzz(func(t *testing.T, pattern, model string) {
		one := emptyDisk("sda", "S", 100*gib)
		one.Model = model
		if pattern == "" {
			return
		}
		_, err := disk.Match(steps.Match{Model: pattern}, factsOf(one))
		if !strings.ContainsAny(pattern, "*?") && (err == nil) != (pattern == model) {
			t.Errorf("the pattern %q and the model %q: %v", pattern, model, err)
		}
		if strings.Trim(pattern, "*") == "" && err != nil {
			t.Errorf("%q does not match %q", pattern, model)
		}
	})
}

// One disk that is reached over two paths is two disks for the kernel: what is
// written to the one is on the other, so neither is taken, by whatever name.
func TestOneDiskOverTwoPaths(t *testing.T) {
	path := func(name, by string) steps.Disk {
		d := emptyDisk(name, "S1", 500*gib)
		d.ID, d.Path = "", by
		return d
	}
	other := emptyDisk("nvme0n1", "S2", 500*gib)
	for what, test := range map[string]struct {
		change func(*steps.Disk)
		same   bool
	}{
		"the same":                {func(*steps.Disk) {}, true},
		"its maker gives no WWN":  {func(d *steps.Disk) { d.WWN = "" }, false},
		"its maker repeats a WWN": {func(d *steps.Disk) { d.Serial = "S3" }, false},
		"it has another size":     {func(d *steps.Disk) { d.Size += gib }, false},
	} {
		one, two := path("sda", "pci-0000:3b:00.0-sas-phy0-lun-0"), path("sdb", "pci-0000:3b:00.0-sas-phy1-lun-0")
		test.change(&two)
		facts := factsOf(one, two, other)
		reason := disk.Unusable(one, facts)
		if same := strings.Contains(reason, "sdb has the same WWN and serial number"); same != test.same || !test.same && reason != "" {
			t.Errorf("%s: %q", what, reason)
		}
		if disk.Unusable(other, facts) != "" {
			t.Errorf("%s: a third disk cannot be used either", what)
		}
		if _, err := disk.Match(steps.Match{Transport: "nvme", MinSize: "400GB", Pick: "only"}, factsOf(one, two)); (err == nil) && test.same {
			t.Errorf("%s: a rule took one of them", what)
		}
	}
}
