package flow_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// withKeys is a plan for which words were at hand, on a machine whose keys
// are files.
func withKeys(t *testing.T) steps.Plan {
	t.Helper()
	text, err := os.ReadFile("../../tests/answers/snix.yaml")
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := answers.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	never := false
	chosen.TPM = steps.TPMChoices{OperatorKeys: &never}
	chosen.Boot.Unlock = "passphrase"
	mnemonic, err := words.Parse(typed())
	if err != nil {
		t.Fatal(err)
	}
	root, err := derive.New(mnemonic, nil)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := format.NewPublicKeys(root, "snix", nil)
	if err != nil {
		t.Fatal(err)
	}
	target := t.TempDir()
	return flow.Plan(flow.Install(), steps.Input{
		Facts: factsOf(t, "laptop-nvme-tpm"), Answers: chosen, Target: target, Folder: filepath.Join(target, "etc/nixos"), Keys: keys,
	})
}

func typed() *secret.Secret { return secret.FromString(strings.Repeat("abandon ", 23) + "art") }

// Keys and secrets are made when the flake's folder is there and before git
// commits it.
func TestKeysComeBetweenWritingAndCommit(t *testing.T) {
	var order []string
	for _, action := range withKeys(t).Actions {
		if strings.HasPrefix(action.ID, "enroll/") || strings.HasPrefix(action.ID, "flake/") {
			order = append(order, action.ID)
		}
	}
	want := []string{"flake/write", "enroll/keys", "enroll/recovery", "enroll/secrets", "flake/git-commit"}
	if len(order) < len(want) || !slices.Equal(order[:len(want)], want) {
		t.Errorf("the order is %v", order)
	}
}

// Every action that mnemonix carries out itself around keys has somebody who
// does, and does it from the plan and the secrets alone.
func TestBuiltins(t *testing.T) {
	plan := withKeys(t)
	builtins, err := flow.Builtins(run.NewReal("", nil), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range plan.Actions {
		if strings.HasPrefix(action.ID, "enroll/") && builtins[action.Name] == nil {
			t.Errorf("nobody carries out %s", action.ID)
		}
		if action.ID != "enroll/keys" {
			continue
		}
		if err := builtins["enroll"](t.Context(), action, &steps.Secrets{}); err == nil {
			t.Error("keys without words")
		}
		if err := builtins["enroll"](t.Context(), action, &steps.Secrets{Words: typed()}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"etc/ssh/ssh_host_ecdsa_key", "var/lib/mnemonix/age-identity.txt", "etc/nixos/keys/snix.json"} {
			if _, err := os.Stat(filepath.Join(action.Folder, name)); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := flow.Builtins(nil, steps.Plan{Host: "snix"}, nil); err == nil {
		t.Error("a plan without answers")
	}
}
