package preflight

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// How long programs may take.
const (
	versionTime = 10 * time.Second
	fetchTime   = 15 * time.Minute
)

// programs: every program that the plan runs is there, and not too old. What
// a live medium lacks is taken from the inputs of the flake that is
// installed, at the versions that it locks.
func programs(ctx context.Context, l *looker) Result {
	defer close(l.provided)
	names := tools.ProgramsOf(l.Plan)
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		_, err := l.Runner.LookPath(name)
		return err == nil
	})
	fetched := ""
	if len(missing) > 0 {
		if result := l.provide(ctx, missing); result.Status != OK {
			return result
		}
		fetched = "; from the flake's inputs: " + strings.Join(missing, ", ")
	}
	var said []string
	for _, name := range names {
		program := tools.ProgramNamed(name)
		if program.Version == nil || slices.Contains(missing, name) {
			continue
		}
		result := recent(ctx, l.Runner, program)
		if result.Status != OK {
			return result
		}
		said = append(said, result.Text)
	}
	return good("%s%s", strings.Join(said, ", "), fetched)
}

// Program looks whether one program is there, and recent enough.
func Program(ctx context.Context, runner run.Runner, program tools.Program) Result {
	if _, err := runner.LookPath(program.Name); err != nil {
		return fail(program.Name+" is not installed: it "+program.Purpose, hintFor([]string{program.Name}))
	}
	return recent(ctx, runner, program)
}

// recent asks a program for its version; one that does not say it is taken as
// it is.
func recent(ctx context.Context, runner run.Runner, program tools.Program) Result {
	version := ""
	if program.Version != nil {
		if result, err := runner.Run(ctx, run.Command{Argv: program.Version, Timeout: versionTime}); err == nil {
			version = tools.ParseVersion(append(result.Stdout, result.Stderr...))
		}
	}
	switch {
	case version == "":
		return good("%s", program.Name)
	case tools.OlderVersion(version, program.Least):
		return fail(fmt.Sprintf("%s is version %s, %s is needed: it %s", program.Name, version, program.Least, program.Purpose), hintFor([]string{program.Name}))
	}
	return good("%s %s", program.Name, version)
}

// provide brings what is missing.
func (l *looker) provide(ctx context.Context, missing []string) Result {
	var packages, without []string
	for _, name := range missing {
		program := tools.ProgramNamed(name)
		if program.Package == "" {
			without = append(without, name)
		} else if !slices.Contains(packages, program.Package) {
			packages = append(packages, program.Package)
		}
	}
	text := "missing: " + strings.Join(missing, ", ")
	if len(without) > 0 || l.Provide == nil || l.Still {
		return fail(text, hintFor(missing))
	}
	l.tell("fetching " + strings.Join(missing, ", ") + " from the inputs of the flake")
	if err := l.stage(); err != nil {
		return fail(text+", and the flake that has them could not be put into memory: "+err.Error(), hintFor(missing))
	}
	result, err := l.Runner.Run(ctx, run.Command{Argv: tools.NixProvide(l.Folder, packages...).Argv, Timeout: fetchTime})
	if err != nil {
		return fail(text+", and they could not be fetched: "+err.Error(), hintFor(missing))
	}
	var folders []string
	for _, place := range strings.Fields(string(result.Stdout)) {
		for _, part := range []string{"bin", "sbin"} {
			if folder := path.Join(place, part); probe.Exists(l.Runner, folder) {
				folders = append(folders, folder)
			}
		}
	}
	l.Provide(folders)
	for _, name := range missing {
		if _, err := l.Runner.LookPath(name); err != nil {
			return fail(name+" is still missing after it was fetched", hintFor([]string{name}))
		}
	}
	return good("")
}

// hintFor is the command with which a person gets programs.
func hintFor(names []string) string {
	var packages []string
	for _, name := range names {
		_, attribute, found := strings.Cut(tools.ProgramNamed(name).Package, "#")
		if !found {
			if name == "nix" {
				return "start the NixOS installer, or install Nix: https://nixos.org/download"
			}
			attribute = name
		}
		if text := "nixpkgs#" + attribute; !slices.Contains(packages, text) {
			packages = append(packages, text)
		}
	}
	return "nix shell " + strings.Join(packages, " ") + " --command mnemonix install"
}

// wait is until the programs are there, or are not to be had.
func (l *looker) wait(ctx context.Context) error {
	select {
	case <-l.provided:
		return nil
	case <-ctx.Done():
		return errors.New("interrupted")
	}
}
