package hardware

import (
	"context"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/network"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestReports compares the page of each recorded machine with what a person
// read and found right.
func TestReports(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(machine.Recorded())) {
		t.Run(name, func(t *testing.T) {
			runner := run.NewReal(filepath.Join("../../tests/machines", name), nil)
			var facts steps.Facts
			Step{}.Detect(context.Background(), runner)(&facts)
			network.Step{}.Detect(context.Background(), runner)(&facts)
			disk.Step{}.Detect(context.Background(), runner)(&facts)
			var page strings.Builder
			for _, question := range (Step{}).Ask(facts, steps.Answers{}) {
				if question.Kind != steps.KindReport || question.Key != "" {
					t.Errorf("the hardware asks something: %+v", question)
				}
				page.WriteString("== " + question.Title + "\n" + strings.Join(question.Lines, "\n") + "\n")
			}
			golden := filepath.Join("testdata", name+".report.golden")
			if *update {
				if err := os.WriteFile(golden, []byte(page.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), page.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	calm := steps.Facts{
		System: "x86_64-linux", Memory: steps.Memory{Total: 16 << 30}, Firmware: steps.Firmware{Kind: "uefi", Bits: 64},
		Power: steps.Power{Mains: true}, Disks: []steps.Disk{{Name: "nvme0n1", Model: "Acme", Size: 1 << 40, Wear: 12}},
	}
	if got := Warnings(calm); len(got) != 0 {
		t.Fatalf("a machine without trouble: %v", got)
	}
	for name, test := range map[string]struct {
		change func(*steps.Facts)
		want   string
	}{
		"very little memory": {func(f *steps.Facts) { f.Memory.Total = 1 << 30 }, "only 1 GiB of memory"},
		"little memory":      {func(f *steps.Facts) { f.Memory.Total = 3 << 30 }, "3 GiB of memory: large builds"},
		"32-bit firmware":    {func(f *steps.Facts) { f.Firmware.Bits = 32 }, "32-bit one and starts no 64-bit boot loader"},
		"battery":            {func(f *steps.Facts) { f.Power = steps.Power{Battery: true, Percent: 34} }, "battery, which is at 34 %"},
		"worn disk":          {func(f *steps.Facts) { f.Disks[0].Wear = 97 }, "Acme (1 TiB) has 3 % of its life left"},
		"disk past its life": {func(f *steps.Facts) { f.Disks[0].Wear = 140 }, "has 0 % of its life left"},
		"disk with trouble":  {func(f *steps.Facts) { f.Disks[0].Health = "it is failing" }, "reports trouble: it is failing"},
		"worn battery":       {func(f *steps.Facts) { f.Power = steps.Power{Battery: true, Mains: true, Percent: 100, Health: 31} }, "holds 31 % of what it held"},
		"short of memory":    {func(f *steps.Facts) { f.Memory.Pressure = 34.2 }, "waited for it 34 % of"},
		"heat":               {func(f *steps.Facts) { f.Sensors = []steps.Sensor{{Name: "k10temp Tctl", Celsius: 96, Critical: 100}} }, "k10temp Tctl is at 96 degrees"},
		"a disk that sleeps": {func(f *steps.Facts) {
			f.Disks[0].Partitions = []steps.Partition{{Content: steps.Content{Kind: "ntfs", Hibernated: true}}}
		}, "a system sleeps on Acme"},
		"BitLocker": {func(f *steps.Facts) {
			f.Disks[0].Partitions = []steps.Partition{{Content: steps.Content{Kind: "BitLocker"}}}
		}, "recovery key"},
		"Wi-Fi without driver": {func(f *steps.Facts) { f.Devices = []steps.Device{{Class: "wifi", VendorID: "14e4", DeviceID: "43a0"}} }, "Wi-Fi device 14e4:43a0"},
		"disks behind RST": {func(f *steps.Facts) {
			f.Devices = []steps.Device{{Bus: "pci", Class: "storage", Vendor: "Intel Corporation", Name: "RST", Driver: "ahci", Hidden: 2}}
		}, "hides NVMe disks (2)"},
		"hidden disks": {func(f *steps.Facts) {
			f.Devices = []steps.Device{{Bus: "pci", Class: "storage", Vendor: "Intel Corporation", Name: "RST"}}
		}, "storage controller Intel Corporation RST"},
	} {
		facts := calm
		facts.Disks = slices.Clone(calm.Disks)
		test.change(&facts)
		got := Warnings(facts)
		if len(got) != 1 || !strings.Contains(got[0].Text, test.want) || got[0].Hint == "" {
			t.Errorf("%s: got %v", name, got)
		}
		plan := steps.Plan{}
		Step{}.Plan(steps.Input{Facts: facts}, &plan)
		want := got
		if strings.Contains(name, "disk ") || strings.Contains(name, "a disk") || strings.HasSuffix(name, " disk") || name == "BitLocker" {
			want = nil // the disk step says it of the disks that the plan is about
		}
		if diff := cmp.Diff(want, plan.Warnings); diff != "" || len(plan.Blockers) > 0 {
			t.Errorf("%s: the plan says something else:\n%s", name, diff)
		}
	}
}

func TestProfile(t *testing.T) {
	for _, test := range []struct{ vendor, product, version, cpu, want string }{
		{"LENOVO", "21K3CTO1WW", "ThinkPad T14 Gen 4", "amd", "lenovo-thinkpad-t14-amd-gen4"},
		{"LENOVO", "21HDCTO1WW", "ThinkPad T14 Gen 4", "intel", ""},
		{"LENOVO", "20L5CTO1WW", "ThinkPad T480", "intel", "lenovo-thinkpad-t480"},
		{"LENOVO", "20L7CTO1WW", "ThinkPad T480s", "intel", "lenovo-thinkpad-t480s"},
		{"LENOVO", "20XW", "ThinkPad X1 Carbon Gen 9", "intel", "lenovo-thinkpad-x1-9th-gen"},
		{"LENOVO", "20R1", "ThinkPad X1 Carbon 7th", "intel", "lenovo-thinkpad-x1-7th-gen"},
		{"LENOVO", "20U9", "ThinkPad X1 Carbon Gen 8", "intel", ""},
		{"LENOVO", "82XX", "IdeaPad Slim 5", "amd", ""},
		{"Framework", "Laptop 13 (AMD Ryzen 7040Series)", "A7", "amd", "framework-13-7040-amd"},
		{"Framework", "Laptop (13th Gen Intel Core)", "A8", "intel", "framework-13th-gen-intel"},
		{"Dell Inc.", "XPS 15 9520", "", "intel", "dell-xps-15-9520"},
		{"Dell Inc.", "XPS 15 9999", "", "intel", ""},
		{"", "Raspberry Pi 4 Model B Rev 1.4", "", "arm", "raspberry-pi-4"},
		{"", "Raspberry Pi 9", "", "arm", ""},
		{"", "", "", "", ""},
	} {
		facts := steps.Facts{Machine: steps.Machine{Vendor: test.vendor, Product: test.product, Version: test.version}, CPU: steps.CPU{Vendor: test.cpu}}
		if got := Profile(facts); got != test.want {
			t.Errorf("%s %s %s: got %q, want %q", test.vendor, test.product, test.version, got, test.want)
		}
	}
}

func TestSizeText(t *testing.T) {
	for size, want := range map[uint64]string{
		0: "0 B", 999: "999 B", 1 << 20: "1 MiB", 1000204886016: "932 GiB", 62537072640: "58.2 GiB", 2000398934016: "1.8 TiB",
		8001563222016: "7.3 TiB", 7890432 << 10: "7.5 GiB", 1<<64 - 1: "16 EiB",
	} {
		if got := sizeText(size); got != want {
			t.Errorf("%d: got %q, want %q", size, got, want)
		}
	}
}
