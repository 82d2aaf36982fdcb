package flow

import (
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

// The plan's answers.yaml holds what rules and "auto" came to; a list without
// the disk step looks for nothing.
func TestAnswersOfThePlanAreResolved(t *testing.T) {
	hosts, err := exampleHosts()
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		if host.Answers.Host.Name != "brix" {
			continue
		}
		in := steps.Input{Facts: host.Facts, Answers: host.Answers, Target: "/mnt", Folder: "/mnt/etc/nixos"}
		stored := planned(t, Plan(Install(), in))
		known := stored.Disk.Disks[0].Resolved
		if known == nil || known.Serial != "BRIX0001" || known.Size == 0 || known.TableHash != "" {
			t.Errorf("the disk came to %+v", known)
		}
		if stored.Disk.Disks[0].Match.Transport != "nvme" {
			t.Error("the rule is gone")
		}
		if stored.Disk.Swap.Size != "auto" || stored.Disk.Swap.Resolved != "8GiB" {
			t.Errorf("the swap came to %+v", stored.Disk.Swap)
		}
		if in.Answers.Disk.Disks[0].Resolved != nil {
			t.Error("the answers that were given were changed")
		}
		before := Plan(Install(), in).Files
		stored.Features = append(stored.Features, "gaming")
		after, err := render.Again(before, stored)
		if err != nil {
			t.Fatal(err)
		}
		var differs []string
		for i, file := range after {
			if file.Path != before[i].Path {
				t.Fatalf("%s is in the place of %s", file.Path, before[i].Path)
			}
			if file != before[i] {
				differs = append(differs, file.Path)
			}
		}
		if !slices.Equal(differs, []string{"hosts/brix/answers.yaml", "lib/constants.nix"}) {
			t.Errorf("a change of the features wrote %v", differs)
		}
		return
	}
	t.Error("there is no brix")
}

// planned reads the answers that a plan would write.
func planned(t *testing.T, plan steps.Plan) steps.Answers {
	t.Helper()
	for _, file := range plan.Files {
		if strings.HasPrefix(file.Path, "hosts/") && strings.HasSuffix(file.Path, "/answers.yaml") {
			chosen, err := answers.Read([]byte(file.Content))
			if err != nil {
				t.Fatal(err)
			}
			return chosen
		}
	}
	t.Fatalf("the plan writes no answers; blockers: %v", plan.Blockers)
	return steps.Answers{}
}
