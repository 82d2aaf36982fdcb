package machine_test

import (
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/hardware"
	"codeberg.org/mnemonix/mnemonix/steps/locale"
	"codeberg.org/mnemonix/mnemonix/steps/network"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

var update = flag.Bool("update", false, "write the recorded machines and their facts anew")

const folder = "../machines"

// TestFoldersAreAsDescribed fails when a recorded machine was edited by hand,
// or its description changed without writing the folder anew.
func TestFoldersAreAsDescribed(t *testing.T) {
	if testing.Short() {
		t.Skip("every machine is read: not in the inner loop")
	}
	for name, described := range machine.Recorded() {
		t.Run(name, func(t *testing.T) {
			kept := filepath.Join(folder, name)
			if *update {
				if err := described.Write(kept); err != nil {
					t.Fatal(err)
				}
			}
			written := t.TempDir()
			if err := described.Write(written); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(content(t, written), content(t, kept)); diff != "" {
				t.Errorf("the folder differs from its description (-described +kept):\n%s", diff)
			}
		})
	}
}

// TestFacts compares what is detected on each machine with what a person
// read and found right.
func TestFacts(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(machine.Recorded())) {
		t.Run(name, func(t *testing.T) {
			facts := detect(t, filepath.Join(folder, name))
			got, err := json.MarshalIndent(facts, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			golden := filepath.Join(folder, name+".facts.json.golden")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("the facts differ (-golden +detected):\n%s", diff)
			}
		})
	}
}

// detect runs the steps that detect something, in the order of the flows.
func detect(t testing.TB, root string) steps.Facts {
	t.Helper()
	facts := steps.Facts{Version: steps.FactsVersion}
	runner := run.NewReal(root, nil)
	for _, step := range []interface {
		Detect(context.Context, run.Runner) steps.Finding
	}{locale.Step{}, network.Step{}, hardware.Step{}, disk.Step{}} {
		step.Detect(context.Background(), runner)(&facts)
	}
	return facts
}

// content is what a folder holds: the text of files, and where links lead.
func content(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		key, err := filepath.Rel(folder, name)
		if err != nil {
			return err
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(name)
			found[key] = "-> " + target
			return err
		}
		data, err := os.ReadFile(name)
		found[key] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
