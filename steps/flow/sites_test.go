package flow_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// secretOfDisk is repeated by the programs that fail here, as a bad one might.
const secretOfDisk = "a passphrase of a disk"

// site is one thing of a plan that can go wrong: a program, or an action that
// mnemonix carries out itself.
type site struct {
	action  steps.Action
	line    string // the program with its arguments, or "builtin NAME"
	program string // how it is called in a message
}

// sites are all of a plan.
func sites(plan steps.Plan) []site {
	var list []site
	for _, action := range plan.Actions {
		switch action.Kind {
		case steps.ActionBuiltin:
			if action.Name == "record" { // whose files are written like all others
				continue
			}
			list = append(list, site{action, "builtin " + action.Name, ""})
		case steps.ActionWrite:
		case steps.ActionCommand:
			for _, command := range slices.Concat(action.Commands, action.Finally) {
				line := strings.ReplaceAll(strings.Join(command.Argv, " "), "$system", "/nix/store/system")
				list = append(list, site{action, "run " + line, path.Base(command.Argv[0])})
			}
		}
	}
	return list
}

// here says that a site is what reaches the outside now.
func (at site) here(w *world, what string) bool { return w.current == at.action.ID && what == at.line }

// phrase is of the known answers of BIP39.
const phrase = "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold"

// whole is the plan of an installation with words: what it takes to seal the
// secrets and to sign is in it. Most of its files are left out, because each
// is one more write that is all the same.
func whole(t *testing.T) steps.Plan {
	t.Helper()
	mnemonic, err := words.Parse(secret.FromString(phrase))
	if err != nil {
		t.Fatal(err)
	}
	defer mnemonic.Wipe()
	root, err := derive.New(mnemonic, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Wipe()
	keys, err := format.NewPublicKeys(root, "snix", nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := planOf(t, "laptop-nvme-tpm", "snix", func(in *steps.Input) { in.Keys = keys })
	plan.Files = slices.DeleteFunc(slices.Clone(plan.Files), func(file steps.File) bool {
		return file.Path != "flake.nix" && !strings.HasSuffix(file.Path, "answers.yaml")
	})
	return plan.Sealed()
}

// upTo brings a new machine to where an action is carried out at all: the
// disks are mounted only when they were made before a restart.
func upTo(t *testing.T, plan steps.Plan, action string) *world {
	t.Helper()
	w := newWorld(plan)
	if action != "disk/mount" {
		return w
	}
	w.fault = func(what string) (error, bool) { return errPower, what == "builtin enroll" }
	if err := w.installation(nil).Start(t.Context()); err == nil {
		t.Fatal("the power was not cut")
	}
	w.fault = nil
	w.boot()
	return w
}

// failsHere lets something go wrong at one site of an installation, every time
// it comes there, then holds what was told against what happened, mends it,
// and goes on: what is on the disk in the end is what it is without a fault.
func failsHere(t *testing.T, plan steps.Plan, at site, want map[string]string, spoil func(*world), check func(t *testing.T, err error)) {
	t.Helper()
	w := upTo(t, plan, at.action.ID)
	spoil(w)
	var events []apply.Event
	err := w.again(t, func(event apply.Event) { events = append(events, event) })
	if err == nil {
		t.Fatalf("%s: %s went unnoticed", at.action.ID, at.line)
	}
	honest(t, at.line, events, err)
	for _, event := range events {
		if event.Kind == apply.EventDone && event.Action == at.action.ID {
			t.Fatalf("%s: told as done", at.line)
		}
	}
	if !strings.Contains(err.Error(), at.action.Title) || !strings.Contains(err.Error(), at.program) {
		t.Fatalf("%s: the error names not both %q and %q: %v", at.line, at.action.Title, at.program, err)
	}
	if told := fmt.Sprintf("%v %+v %+v", err, events, apply.Explain(err)); strings.Contains(told, secretOfDisk) {
		t.Fatalf("%s: a secret is told: %s", at.line, told)
	}
	if check != nil {
		check(t, err)
	}
	w.fault, w.prints, w.hangs, w.guard = nil, nil, nil, nil
	if err := w.again(t, nil); err != nil {
		t.Fatalf("%s, again: %v", at.line, err)
	}
	if got := w.disk(t); !maps.Equal(got, want) {
		t.Fatalf("%s (-straight +resumed):\n%s", at.line, cmp.Diff(want, got))
	}
}
