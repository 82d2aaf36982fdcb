package report

import (
	"context"
	"strings"
	"sync"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// versionTime is what a program has to say its version.
const versionTime = 10 * time.Second

type versionsOf struct {
	Mnemonix Version           `json:"mnemonix"`
	System   string            `json:"system,omitempty"`
	Kernel   string            `json:"kernel,omitempty"`
	Programs map[string]string `json:"programs,omitempty"` // empty text: not installed
}

// versions asks every program that mnemonix runs. A recorded machine has
// none.
func versions(ctx context.Context, in Input) versionsOf {
	made := versionsOf{
		Mnemonix: in.Version, Kernel: in.Facts.Kernel,
		System: probe.Pairs(probe.Text(in.Runner, "/etc/os-release"))["PRETTY_NAME"],
	}
	if probe.Recorded(in.Runner) {
		return made
	}
	made.Programs = map[string]string{}
	var lock sync.Mutex
	var asking sync.WaitGroup
	for _, program := range tools.Programs {
		asking.Go(func() {
			text := versionOf(ctx, in.Runner, program)
			lock.Lock()
			defer lock.Unlock()
			made.Programs[program.Name] = text
		})
	}
	asking.Wait()
	return made
}

func versionOf(ctx context.Context, runner run.Runner, program tools.Program) string {
	if _, err := runner.LookPath(program.Name); err != nil {
		return ""
	}
	if program.Version == nil {
		return "installed"
	}
	result, err := runner.Run(ctx, run.Command{Argv: program.Version, Timeout: versionTime})
	if err != nil {
		return "installed; it did not say its version"
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(result.Stdout)+string(result.Stderr)), "\n")
	return first
}
