package hardware

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// generateLimit is how long nixos-generate-config may take. It is a Perl
// program on a slow medium, and the first thing that is read from it.
const generateLimit = 20 * time.Second

// Detect reads what the machine is: everything but its disks and networks.
func (Step) Detect(ctx context.Context, runner run.Runner) steps.Finding {
	finding := probe.Together(ctx,
		probe.Probe{Name: "system", Look: quick(runner, lookSystem)},
		probe.Probe{Name: "machine", Look: func(ctx context.Context) (steps.Finding, error) { return lookMachine(ctx, runner) }},
		probe.Probe{Name: "cpu", Look: quick(runner, lookCPU)},
		probe.Probe{Name: "memory", Look: quick(runner, lookMemory)},
		probe.Probe{Name: "firmware", Look: quick(runner, lookFirmware)},
		probe.Probe{Name: "tpm", Look: quick(runner, lookTPM)},
		probe.Probe{Name: "TPM firmware", Look: quick(runner, askTPM)},
		probe.Probe{Name: "devices", Look: quick(runner, lookDevices)},
		probe.Probe{Name: "power", Look: quick(runner, lookPower)},
		probe.Probe{Name: "clock", Look: quick(runner, lookClock)},
		probe.Probe{Name: "sensors", Look: quick(runner, lookSensors)},
		probe.Probe{Name: "hardware configuration", Limit: generateLimit, Look: func(ctx context.Context) (steps.Finding, error) {
			return lookConfiguration(ctx, runner)
		}},
	)
	return func(facts *steps.Facts) {
		facts.Devices = []steps.Device{} // in JSON a list, also when the probe is out of time
		finding(facts)
	}
}

// quick makes a probe's function of one that only reads a few files.
func quick(reader run.Reader, look func(run.Reader) (steps.Finding, error)) func(context.Context) (steps.Finding, error) {
	return func(context.Context) (steps.Finding, error) { return look(reader) }
}

// lookConfiguration captures what nixos-generate-config prints, so that
// planning runs nothing. It runs on a live NixOS only: on an installed one
// the flake has the file already, elsewhere there is no such program.
func lookConfiguration(ctx context.Context, runner run.Runner) (steps.Finding, error) {
	if !probe.Exists(runner, "/etc/NIXOS") || !installer(runner) {
		return nil, errors.New("the running system is no live NixOS")
	}
	text, err := output(ctx, runner, tools.NixosGenerateConfig(), generateLimit)
	if err != nil {
		return nil, err
	}
	return func(facts *steps.Facts) { facts.HardwareConfiguration = string(text) }, nil
}

// output is what a program prints, or what it printed when the machine was
// recorded.
func output(ctx context.Context, runner run.Runner, argv []string, limit time.Duration) ([]byte, error) {
	if probe.Recorded(runner) {
		text, err := runner.ReadFile("/tools/" + argv[0] + ".txt")
		if errors.Is(err, fs.ErrNotExist) {
			err = probe.NoProgram(argv[0])
		}
		return text, err
	}
	if _, err := runner.LookPath(argv[0]); err != nil {
		return nil, err
	}
	result, err := runner.Run(ctx, run.Command{Argv: argv, Timeout: limit})
	return result.Stdout, err
}
