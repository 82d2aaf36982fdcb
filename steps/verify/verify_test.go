package verify_test

import (
	"slices"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/verify"
)

func planOf(in steps.Input) []string {
	in.Target, in.Folder = "/mnt", "/mnt/etc/nixos"
	plan := steps.Plan{Layout: layoutOf(in)}
	verify.Step{}.Plan(in, &plan)
	var ids []string
	for _, action := range plan.Actions {
		ids = append(ids, action.ID)
		if len(action.Erases) > 0 || action.Kind == steps.ActionWrite || len(action.Commands) == 0 && action.Name == "" {
			panic(action.ID + " does more than look")
		}
	}
	return ids
}

// layoutOf is an encrypted disk where the answers say so.
func layoutOf(in steps.Input) steps.Layout {
	if in.Answers.Disk.Layout != "luks-ext4" {
		return steps.Layout{}
	}
	return steps.Layout{Disks: []steps.LayoutDisk{{Partitions: []steps.LayoutPartition{{
		UUID: "1", Content: steps.LayoutNode{Type: steps.NodeLUKS, Name: "cryptroot"},
	}}}}}
}

func TestPlan(t *testing.T) {
	laptop := steps.Answers{Host: steps.Host{Name: "snix", Type: "laptop"}}
	encrypted := laptop
	encrypted.Disk.Layout = "luks-ext4"
	windows := steps.Answers{Host: steps.Host{Name: "wintv", Type: "windows"}}
	for name, test := range map[string]struct {
		in   steps.Input
		want []string
	}{
		"everything that installed means": {steps.Input{Answers: encrypted}, []string{
			"verify/boot-loader", "verify/boot-files", "verify/boot-entry", "verify/store", "verify/passphrase", "verify/recovery", "verify/keys", "verify/flake", "verify/commit",
		}},
		"nothing is encrypted": {steps.Input{Answers: laptop}, []string{
			"verify/boot-loader", "verify/boot-files", "verify/boot-entry", "verify/store", "verify/keys", "verify/flake", "verify/commit",
		}},
		"no repository, nothing to check": {steps.Input{Answers: laptop, NoGit: true}, []string{
			"verify/boot-loader", "verify/boot-files", "verify/boot-entry", "verify/store", "verify/keys",
		}},
		"nothing of ours boots there": {steps.Input{Answers: windows}, nil},
	} {
		if got := planOf(test.in); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
