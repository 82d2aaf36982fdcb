package install_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/install"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tests/need"
)

func TestStoreIsMended(t *testing.T) {
	repair := tools.NixStoreRepair("/mnt").Argv
	collect := tools.NixStoreCollect("/mnt").Argv
	rebuild := tools.NixBuildRepair("/mnt", "/mnt/etc/nixos", "snix").Argv
	no := func(argv []string) run.Expected { return run.Expected{Argv: argv, Status: 1} }
	yes := func(argv []string) run.Expected { return run.Expected{Argv: argv} }
	for name, test := range map[string]struct {
		script []run.Expected
		want   string
	}{
		"whole, or mended from a cache":         {script: []run.Expected{yes(repair)}},
		"a source that no cache has":            {script: []run.Expected{no(repair), yes(collect), yes(repair)}},
		"a system that is installed already":    {script: []run.Expected{no(repair), yes(collect), no(repair), yes(rebuild), yes(repair)}},
		"nothing helps":                         {script: []run.Expected{no(repair), yes(collect), no(repair), yes(rebuild), no(repair)}, want: "cannot be made again"},
		"no network":                            {script: []run.Expected{no(repair), yes(collect), no(repair), no(rebuild)}, want: "cannot be made again"},
		"what is ended does not cost the store": {script: []run.Expected{{Argv: repair, Status: -1, Err: context.Canceled}}, want: "canceled"},
		"nor does what the kernel kills":        {script: []run.Expected{{Argv: repair, Status: -1, Err: errors.New("signal: killed")}}, want: "killed"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := run.NewFake(test.script...)
			err := install.Store{Runner: fake, Target: "/mnt", Flake: "/mnt/etc/nixos", Host: "snix"}.Mend(t.Context())
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("ended with %v, want %q", err, test.want)
			}
			if err := fake.Unmet(); err != nil {
				t.Error(err)
			}
		})
	}
}

// The same with Nix itself: what it calls valid is empty, and no cache has it.
func TestTornStoreOfNix(t *testing.T) {
	if testing.Short() {
		t.Skip("a store for each tear: not in the inner loop")
	}
	t.Setenv("PATH", filepath.Dir(need.Program(t, "nix"))+":"+filepath.Dir(need.Program(t, "nix-store"))+":"+os.Getenv("PATH"))
	target := t.TempDir()
	t.Cleanup(func() { // what Nix has made cannot be written to, and not removed
		_ = filepath.WalkDir(target, func(name string, entry os.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				err = os.Chmod(name, 0o700)
			}
			return err
		})
	})
	runner := run.NewReal("/", nil)
	store := install.Store{Runner: runner, Target: target, Flake: target, Host: "snix"}
	do := func(argv ...string) error {
		_, err := runner.Run(t.Context(), run.Command{Argv: argv, Timeout: -1})
		return err
	}
	if err := do(tools.NixStoreUnused(target).Argv...); err != nil {
		t.Fatalf("nothing was put there: %v", err)
	}
	if err := store.Mend(t.Context()); err != nil {
		t.Fatalf("of an absent store: %v", err)
	}
	source := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(source, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := do("nix-store", "--store", target, "--add", source); err != nil {
		t.Fatal(err)
	}
	if do(tools.NixStoreUnused(target).Argv...) == nil {
		t.Error("a store with a path in it counts as unused")
	}
	var torn []string
	err := filepath.WalkDir(target, func(name string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, "-source") {
			torn = append(torn, name)
		}
		return err
	})
	if err != nil || len(torn) != 1 {
		t.Fatalf("%v, with the paths %v", err, torn)
	}
	if err := errors.Join(os.Chmod(torn[0], 0o600), os.WriteFile(torn[0], nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if do(tools.NixStoreVerify(target).Argv...) == nil {
		t.Fatal("the torn path is called whole")
	}
	if err := store.Mend(t.Context()); err != nil {
		t.Errorf("not mended: %v", err)
	}
	if err := do(tools.NixStoreVerify(target).Argv...); err != nil {
		t.Error(err)
	}
}
