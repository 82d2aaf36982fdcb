package flow_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

var update = flag.Bool("update", false, "write the golden files")

// planOf computes the plan of an answers file on a recorded machine.
func planOf(t testing.TB, machine, file string, changes ...func(*steps.Input)) steps.Plan {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../tests/answers", file+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := answers.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	in := steps.Input{Facts: factsOf(t, machine), Answers: chosen, Target: "/mnt", Folder: "/mnt/etc/nixos"}
	for _, change := range changes {
		change(&in)
	}
	return flow.Plan(flow.Install(), in)
}

func factsOf(t testing.TB, machine string) steps.Facts {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("../../tests/machines", machine))
	if err != nil {
		t.Fatal(err)
	}
	return flow.Detect(t.Context(), run.NewReal(folder, nil), flow.Install())
}

var (
	machines = []string{
		"laptop-nvme-tpm", "desktop-two-nvme", "minipc-emmc", "vm-virtio", "windows-gap",
		"lvm-md", "no-disks", "only-boot-medium", "twin-serials", "small-disk",
	}
	files = []string{"snix", "slax", "nixtv-player"}
)

// Every program that a plan runs is one that doctor and the checks know, or
// part of every Linux.
func TestProgramsAreKnown(t *testing.T) {
	everywhere := []string{"dd", "install", "mv", "rm", "sync", "test", "umount"}
	for _, machine := range machines {
		for _, file := range files {
			for _, name := range tools.ProgramsOf(planOf(t, machine, file)) {
				if tools.ProgramNamed(name).Purpose == "" && !slices.Contains(everywhere, name) {
					t.Errorf("%s on %s runs %s, of which nothing is known", file, machine, name)
				}
			}
		}
	}
}

// Every answers file on every machine: the disks before and after, what is
// done in which order and what it erases, and what is in the way. The text
// of the files is golden in the package render.
func TestPlansAreGolden(t *testing.T) {
	for _, machine := range machines {
		for _, file := range files {
			t.Run(file+" on "+machine, func(t *testing.T) {
				plan := planOf(t, machine, file)
				golden := filepath.Join("testdata", file+"-on-"+machine+".golden")
				got := outline(plan)
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("the plan changed; go test ./steps/flow -update writes it anew.\ngot:\n%s\nwant:\n%s", got, want)
				}
			})
		}
	}
}

// outline is a plan without the text of its files and without its hash,
// which would change with every comment in the flake.
func outline(plan steps.Plan) string {
	var text strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&text, format+"\n", values...) }
	line("host %s", plan.Host)
	for _, disk := range plan.Disks {
		line("\ndisk %s %s, confirmed by %q", disk.Role, disk.Device, disk.Confirm)
		for _, region := range disk.Before {
			line("  before %s", regionLine(region))
		}
		for _, region := range disk.After {
			line("  after  %s", regionLine(region))
		}
	}
	line("")
	for _, action := range plan.Actions {
		line("%s: %s", action.ID, action.Title)
		for _, command := range action.Commands {
			line("  + %s%s", strings.Join(command.Argv, " "), from(command))
		}
		for _, erasure := range action.Erases {
			for _, region := range erasure.Regions {
				line("  ! %s %s", erasure.Disk.ID, regionLine(region))
			}
		}
	}
	for _, problem := range plan.Blockers {
		line("\nblocked: %s\n  %s", problem.Text, problem.Hint)
	}
	for _, problem := range plan.Warnings {
		line("\nwarning: %s\n  %s", problem.Text, problem.Hint)
	}
	return text.String()
}

func from(command steps.Command) string {
	switch {
	case command.Stdin != "":
		return " < secret " + command.Stdin
	case command.Text != "":
		return fmt.Sprintf(" < %d lines", strings.Count(command.Text, "\n"))
	}
	return ""
}

func regionLine(region steps.Region) string {
	return strings.TrimRight(fmt.Sprintf("%-6s %2d %15d +%-15d %-10s %s", region.Fate, region.Number, region.Start, region.Size, region.Label, region.Content), " ")
}

func TestPlanIsTheSameEveryTime(t *testing.T) {
	for _, file := range files {
		one, err := json.Marshal(planOf(t, "laptop-nvme-tpm", file))
		if err != nil {
			t.Fatal(err)
		}
		other, err := json.Marshal(planOf(t, "laptop-nvme-tpm", file))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one, other) {
			t.Errorf("%s: two plans of one input differ", file)
		}
	}
}

func TestTheHashCoversThePlan(t *testing.T) {
	plan := planOf(t, "laptop-nvme-tpm", "snix")
	for name, change := range map[string]func(*steps.Plan){
		"a file":    func(p *steps.Plan) { p.Files = slices.Clone(p.Files); p.Files[0].Content += " " },
		"a mode":    func(p *steps.Plan) { p.Files = slices.Clone(p.Files); p.Files[0].Mode = 0o755 },
		"a command": func(p *steps.Plan) { p.Actions = p.Actions[1:] },
		"a disk":    func(p *steps.Plan) { p.Disks = slices.Clone(p.Disks); p.Disks[0].Disk.Serial = "another" },
		"a warning": func(p *steps.Plan) { p.Warn(steps.Problem{Text: "more"}) },
	} {
		changed := plan
		change(&changed)
		if changed.Sealed().Hash == plan.Hash {
			t.Errorf("%s changed and the hash did not", name)
		}
	}
	if plan.Sealed().Hash != plan.Hash {
		t.Error("sealing twice gives two hashes")
	}
}

// No plan names a kernel's device in what it runs or writes: those change
// from boot to boot.
func TestPlansNameNoKernelDevice(t *testing.T) {
	for _, machine := range machines {
		facts := factsOf(t, machine)
		for _, file := range files {
			plan := planOf(t, machine, file)
			for _, disk := range facts.Disks {
				device := "/dev/" + disk.Name
				for _, action := range plan.Actions {
					for _, command := range action.Commands {
						if strings.Contains(strings.Join(command.Argv, " ")+command.Text, device) {
							t.Errorf("%s on %s: %s names %s", file, machine, action.ID, device)
						}
					}
				}
				for _, written := range plan.Files {
					if strings.HasPrefix(written.Path, "hosts/") && strings.Contains(written.Content, device) {
						t.Errorf("%s on %s: %s names %s", file, machine, written.Path, device)
					}
				}
			}
		}
	}
}

// What is read as done before and after never overlaps, and what is kept is
// the same on both sides.
func TestRegionsTileTheDisk(t *testing.T) {
	for _, machine := range machines {
		for _, file := range files {
			for _, disk := range planOf(t, machine, file).Disks {
				for _, regions := range [][]steps.Region{disk.Before, disk.After} {
					end := uint64(0)
					for _, region := range regions {
						if region.Start < end {
							t.Errorf("%s on %s: %s begins at %d inside the one before", file, machine, region.Label, region.Start)
						}
						end = region.Start + region.Size
					}
					if end > disk.Disk.Size {
						t.Errorf("%s on %s: a region ends at %d behind the disk's %d", file, machine, end, disk.Disk.Size)
					}
				}
			}
		}
	}
}
