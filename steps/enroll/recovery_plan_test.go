package enroll_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// The plan has the recovery passphrase wherever there is a container, with
// what a person would do, for each of them.
func TestPlanOfRecovery(t *testing.T) {
	keys, err := format.NewPublicKeys(root(t, phrase()), "snix", format.Generations{"mnemonix/v1/host/snix/luks": 1})
	if err != nil {
		t.Fatal(err)
	}
	luks := steps.LayoutNode{Type: steps.NodeLUKS, Name: "cryptroot", Inner: &steps.LayoutNode{Type: steps.NodeBtrfs}}
	layout := steps.Layout{
		Disks:  []steps.LayoutDisk{{Partitions: []steps.LayoutPartition{{UUID: "a-b", Content: luks}}}},
		Arrays: []steps.LayoutArray{{Name: "both", Content: steps.LayoutNode{Type: steps.NodeLUKS, Name: "cryptdata"}}},
	}
	planned := func(layout steps.Layout, keys *format.PublicKeys) *steps.Action {
		plan := steps.Plan{Layout: layout}
		enroll.Step{}.Plan(steps.Input{Answers: machine(true), Folder: "/flake", Keys: keys}, &plan)
		for _, action := range plan.Actions {
			if action.ID == "enroll/recovery" {
				return &action
			}
		}
		return nil
	}
	if action := planned(steps.Layout{}, keys); action != nil {
		t.Errorf("planned for a disk that is open: %+v", action)
	}
	action := planned(layout, keys)
	if action == nil {
		t.Fatal("not planned")
	}
	want := []string{
		"mnemonix keys show --host=snix --reveal --generation=1",
		"cryptsetup luksAddKey --batch-mode --pbkdf=pbkdf2 --pbkdf-force-iterations=1000 --new-key-slot=1 /dev/disk/by-partuuid/a-b",
		"cryptsetup token import --json-file=- /dev/disk/by-partuuid/a-b",
		"cryptsetup token import --json-file=- /dev/disk/by-partuuid/a-b",
		"cryptsetup luksAddKey --batch-mode --pbkdf=pbkdf2 --pbkdf-force-iterations=1000 --new-key-slot=1 /dev/md/both",
		"cryptsetup token import --json-file=- /dev/md/both",
		"cryptsetup token import --json-file=- /dev/md/both",
	}
	var got []string
	for _, command := range action.Commands {
		got = append(got, strings.Join(command.Argv, " "))
		if command.Text != "" && !json.Valid([]byte(command.Text)) {
			t.Errorf("a token that is no JSON: %s", command.Text)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the commands are %q", got)
	}
	if !slices.Equal(action.Secrets, []string{"words", "wordsPassphrase", "diskPassphrase"}) || action.Folder != "/flake" {
		t.Errorf("%+v", action)
	}
	if without := planned(layout, nil); without == nil || len(without.Commands) != 5 {
		t.Errorf("without words: %+v", without)
	}
}
