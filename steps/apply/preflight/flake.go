package preflight

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// evaluationTime is for a slow machine that still has to download the
// sources of the inputs.
const evaluationTime = 30 * time.Minute

// need is what the system takes that is not here yet.
type need struct {
	tools.NixNeed
	derivation string
}

// flake: it evaluates, with the facts of this machine. What fails here would
// fail after the disks were erased.
func flake(_ context.Context, l *looker) Result {
	if !l.Answers.Host.NixOS() {
		return good("nothing of it is evaluated for this kind of host")
	}
	if l.Still {
		return warn("not evaluated in a dry run", "")
	}
	l.tell("evaluating the whole system; this takes a minute or more")
	if _, err := l.evaluated(); err != nil {
		return fail("the flake does not evaluate: "+reason(err), "--log FILE keeps all of what Nix said; change the answers, or report it: mnemonix report")
	}
	return good("with the facts of this machine")
}

// evaluate puts the plan's files into memory and evaluates the system.
func (l *looker) evaluate(ctx context.Context) (string, error) {
	if l.Still {
		return "", errors.New("nothing is evaluated in a dry run")
	}
	if err := l.wait(ctx); err != nil {
		return "", err
	}
	if err := l.stage(); err != nil {
		return "", err
	}
	result, err := l.Runner.Run(ctx, run.Command{Argv: tools.NixSystemDerivation(l.Folder, l.Answers.Host.Name).Argv, Timeout: evaluationTime})
	if err != nil {
		return "", err
	}
	derivation := strings.TrimSpace(string(result.Stdout))
	if !strings.HasPrefix(derivation, "/nix/store/") || !strings.HasSuffix(derivation, ".drv") {
		return "", fmt.Errorf("nix eval printed %q where the name of a derivation was expected", derivation)
	}
	return derivation, nil
}

// stage puts the plan's files into the folder in memory.
func (l *looker) stage() error { return Stage(l.Runner, l.Folder, l.Plan.Files) }

// Stage puts the files of a flake into a folder, and nothing else. It may be
// repeated.
func Stage(runner run.Runner, folder string, files []steps.File) error {
	for _, file := range files {
		name := path.Join(folder, file.Path)
		if present, err := runner.ReadFile(name); err == nil && file.Mode != steps.ModeLink && bytes.Equal(present, file.Bytes()) {
			continue
		}
		if err := runner.MkdirAll(path.Dir(name), 0o755); err != nil {
			return fmt.Errorf("make folder %s: %w", path.Dir(name), err)
		}
		if file.Mode == steps.ModeLink {
			if err := errors.Join(runner.Remove(name), runner.Symlink(file.Content, name)); err != nil {
				return fmt.Errorf("link %s: %w", name, err)
			}
			continue
		}
		if err := runner.WriteFile(name, file.Bytes(), fs.FileMode(file.Mode)&fs.ModePerm); err != nil {
			return err
		}
	}
	return nil
}

// Lock makes the flake.lock of a plan's files, in memory, and returns its
// text.
func Lock(ctx context.Context, runner run.Runner, folder string, files []steps.File) ([]byte, error) {
	if folder == "" {
		folder = DefaultFolder
	}
	if err := Stage(runner, folder, files); err != nil {
		return nil, err
	}
	if _, err := runner.Run(ctx, run.Command{Argv: tools.NixLock(folder).Argv, Timeout: evaluationTime}); err != nil {
		return nil, err
	}
	return runner.ReadFile(path.Join(folder, "flake.lock"))
}

// wanted asks what the system takes that is not here.
func (l *looker) wanted(ctx context.Context) (need, error) {
	derivation, err := l.evaluated()
	if err != nil {
		return need{}, err
	}
	result, err := l.Runner.Run(ctx, run.Command{Argv: tools.NixDryRun(derivation).Argv, Timeout: evaluationTime})
	if err != nil {
		return need{}, err
	}
	return need{tools.ParseNixNeed(result.Stderr), derivation}, nil
}

// closure: what is downloaded has room on the new disk. What is built here
// has no size yet, so this is the least that it takes.
func closure(_ context.Context, l *looker) Result {
	if !l.Answers.Host.NixOS() {
		return good("nothing is installed on this kind of host")
	}
	room := rootSize(l.Plan)
	l.tell("waiting for the evaluation")
	wants, err := l.missing()
	switch {
	case err != nil && l.failedToEvaluate():
		return warn("not known: the flake does not evaluate", "")
	case err != nil:
		return warn("what the system takes could not be seen: "+reason(err), "")
	case room == 0:
		return warn("the size of the new root is not in the plan", "")
	}
	said := fmt.Sprintf("%s to download, %s on the disk, of %s", disk.Bytes(wants.Download), disk.Bytes(wants.Unpacked), disk.Bytes(room))
	if wants.Fetch == 0 {
		switch absent, err := l.absent(wants); {
		case err != nil:
			return warn("what the system takes could not be seen: "+reason(err), "")
		case len(absent) > 0:
			return warn("not known: "+someOf(absent)+" would have to be downloaded, and no binary cache says how large the system is", "")
		}
		said = "everything is here already; the new root has " + disk.Bytes(room)
	}
	if wants.Build > 0 {
		said += fmt.Sprintf("; %d derivations are built here", wants.Build)
	}
	switch {
	case wants.Unpacked > room:
		return fail("the system does not fit: "+said, "choose fewer features, or a larger disk")
	case wants.Unpacked > room/2:
		return warn("more than half of the new disk: "+said, "a change later needs room for the old system beside the new one")
	}
	return good("%s", said)
}

func (l *looker) failedToEvaluate() bool {
	_, err := l.evaluated()
	return err != nil
}

// rootSize is how many bytes the disk has for everything that is not the
// EFI system partition or swap: the largest partition of ours.
func rootSize(plan steps.Plan) uint64 {
	var largest uint64
	for _, one := range plan.Layout.Disks {
		for _, partition := range one.Partitions {
			if partition.Content.Type != steps.NodeSwap && partition.Content.Mountpoint != "/boot" {
				largest = max(largest, partition.Size)
			}
		}
	}
	return largest
}

// reason is what a program said last, without its own name.
func reason(err error) string {
	var failed *run.Error
	if errors.As(err, &failed) && failed.Last != "" {
		return strings.TrimPrefix(failed.Last, "error: ")
	}
	return err.Error()
}
