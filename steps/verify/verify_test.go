package verify_test

import (
	"slices"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/verify"
)

func planOf(in steps.Input) []string {
	in.Target, in.Folder = "/mnt", "/mnt/etc/nixos"
	var plan steps.Plan
	verify.Step{}.Plan(in, &plan)
	var ids []string
	for _, action := range plan.Actions {
		ids = append(ids, action.ID)
		if len(action.Erases)+len(action.Secrets) > 0 || len(action.Commands) == 0 {
			panic(action.ID + " does more than look")
		}
	}
	return ids
}

func TestPlan(t *testing.T) {
	laptop := steps.Answers{Host: steps.Host{Name: "snix", Type: "laptop"}}
	windows := steps.Answers{Host: steps.Host{Name: "wintv", Type: "windows"}}
	for name, test := range map[string]struct {
		in   steps.Input
		want []string
	}{
		"everything that installed means": {steps.Input{Answers: laptop}, []string{"verify/boot-loader", "verify/store", "verify/flake"}},
		"no repository, nothing to check": {steps.Input{Answers: laptop, NoGit: true}, []string{"verify/boot-loader", "verify/store"}},
		"nothing of ours boots there":     {steps.Input{Answers: windows}, nil},
	} {
		if got := planOf(test.in); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
