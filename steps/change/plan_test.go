package change_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/change"
)

var update = flag.Bool("update", false, "write the golden files anew")

func planned(in steps.Input) steps.Plan {
	plan := steps.Plan{Version: steps.PlanVersion, Host: "snix"}
	change.Step{}.Plan(in, &plan)
	return plan.Sealed()
}

func input() steps.Input {
	return steps.Input{
		Answers: steps.Answers{Host: steps.Host{Name: "snix", Type: "laptop"}},
		Merge: &steps.Merge{
			Folder: "/home/al ice/flake", Owner: "alice", Branch: "main", Head: "1111", Rendered: "2222", Tree: "3333", Needed: true,
			Stages:      []steps.MergeStage{{Tree: "4444", Message: "snix: add gaming"}},
			Files:       []steps.File{{Path: "a", Content: "new\n", Mode: 0o644}, {Path: "b", Mode: 0o644, Removed: true}},
			Uncommitted: []string{"notes"},
		},
		Build: true, Switch: true,
	}
}

// The whole plan of a change, with its command lines.
func TestPlanGolden(t *testing.T) {
	text, err := json.MarshalIndent(planned(input()), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const name = "testdata/plan.json"
	if *update {
		if err := os.WriteFile(name, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || string(want) != string(text)+"\n" {
		t.Errorf("the plan is not as in %s (%v):\n%s", name, err, text)
	}
}

func TestPlan(t *testing.T) {
	for name, test := range map[string]struct {
		alter    func(in *steps.Input)
		actions  string
		blockers int
		warnings int
	}{
		"all of it":   {func(*steps.Input) {}, "flake/merge system/build system/switch", 0, 1},
		"no switch":   {func(in *steps.Input) { in.Switch = false }, "flake/merge system/build", 0, 1},
		"no nix":      {func(in *steps.Input) { in.Build = false }, "flake/merge", 0, 1},
		"no change":   {func(in *steps.Input) { in.Merge.Needed = false }, "system/build system/switch", 0, 1},
		"a secret":    {func(in *steps.Input) { in.Merge.Unsealed = []string{"sonarr"} }, "flake/merge flake/secrets system/build system/switch", 0, 1},
		"home":        {func(in *steps.Input) { in.Answers.Host.Type = "home" }, "flake/merge", 0, 1},
		"conflict":    {func(in *steps.Input) { in.Merge.Conflicts = []steps.Conflict{{Path: "a", Text: "meets"}} }, "flake/render", 0, 1},
		"in the way":  {func(in *steps.Input) { in.Merge.InTheWay = []string{"a"} }, "flake/merge system/build system/switch", 1, 1},
		"not a merge": {func(in *steps.Input) { in.Merge = nil }, "", 0, 0},
	} {
		in := input()
		test.alter(&in)
		plan := planned(in)
		var actions []string
		for _, action := range plan.Actions {
			actions = append(actions, action.ID)
		}
		if strings.Join(actions, " ") != test.actions || len(plan.Blockers) != test.blockers || len(plan.Warnings) != test.warnings {
			t.Errorf("%s: %v, blockers %v, warnings %v", name, actions, plan.Blockers, plan.Warnings)
		}
	}
}
