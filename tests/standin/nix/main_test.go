package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// The command lines of mnemonix are those of the stand-in, and a path that is
// registered and torn is what it is to Nix: built by nobody, found by verify.
func TestTornPath(t *testing.T) {
	dir := t.TempDir()
	program, err := os.ReadFile(need.Built(t, "./tests/standin/nix"))
	if err != nil {
		t.Fatal(err)
	}
	flake := filepath.Join(dir, "flake")
	for name, text := range map[string]string{
		"bin/nix": string(program), "bin/nix-store": string(program), "system/kernel.efi": "kernel",
		"flake/flake.nix": "", "flake/flake.lock": "", "flake/hosts/vm/disko.nix": "", "flake/lib/constants.nix": "",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+filepath.Dir(need.Program(t, "git"))+":"+os.Getenv("PATH"))
	target := filepath.Join(dir, "mnt")
	run := func(good bool, command steps.Command) {
		t.Helper()
		output, err := exec.Command(command.Argv[0], command.Argv[1:]...).CombinedOutput()
		if (err == nil) != good {
			t.Fatalf("%q: %v\n%s", command.Argv, err, output)
		}
	}
	build, verify, repair := tools.NixBuildSystem(target, flake, "vm"), tools.NixStoreVerify(target), tools.NixStoreRepair(target)
	repository := append(tools.GitBegin(flake, "main"), tools.GitAdd(flake), tools.GitCommit(flake, "a", "a@example.org", "first"))
	for _, command := range append(repository, tools.GitEnd(flake)...) {
		run(true, command)
	}
	run(true, tools.NixStoreUnused(target))
	run(true, repair)
	run(true, build)
	run(false, tools.NixStoreUnused(target))
	run(true, verify)
	kernels, err := filepath.Glob(filepath.Join(target, "nix/store/*/kernel.efi"))
	if err != nil || len(kernels) != 1 {
		t.Fatal(kernels, err)
	}
	if err := os.Truncate(kernels[0], 0); err != nil {
		t.Fatal(err)
	}
	run(true, build)
	run(false, verify)
	run(true, repair)
	run(true, build)
	run(true, verify)
}
