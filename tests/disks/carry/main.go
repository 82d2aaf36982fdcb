// Command carry carries out what a plan does to disks, in a virtual machine of
// the tests: the plan's own actions, by the product's own engine with its write
// guard, without what comes before and after them in an installation.
//
//	carry start PLAN [--until ACTION] [--pause ACTION]
//	carry undo
//	carry release PLAN
//	carry show PLAN
//	carry recover DEVICE...
//
// --until stops before the action after that one, as a person would; --pause
// says so on the console before that action, and goes on after a line on
// standard input. release unmounts and closes. show prints what the plan says
// of disks, and nothing of its files. recover opens containers as recover disk
// does, says what it mounted, and closes them. The passphrase is known to
// everybody.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/apply/guard"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/unlock"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

const passphrase = "known to everybody"

func main() {
	if err := carry(os.Args[1:]); err != nil {
		fmt.Println("carry:", err)
		os.Exit(1)
	}
}

func carry(args []string) error {
	if len(args) == 0 {
		return errors.New("start, undo or release")
	}
	log, err := os.OpenFile("/run/carry.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	runner := run.NewReal("/", log)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	work := flow.Installation{
		Runner: runner, Guard: guard.New(runner, run.Exclusive), Secrets: &steps.Secrets{DiskPassphrase: secret.FromString(passphrase)},
	}
	if args[0] == "undo" {
		found, err := apply.Find(ctx, runner)
		if err != nil {
			return err
		}
		return work.Undo(ctx, found)
	}
	if len(args) < 2 {
		return errors.New("which plan?")
	}
	if args[0] == "recover" {
		return recovered(ctx, runner, args[1:])
	}
	if args[0] == "show" {
		return show(args[1])
	}
	if work.Plan, err = read(args[1], map[string]string{"start": "disk/", "release": "finish/unmount"}[args[0]]); err != nil {
		return err
	}
	until, begin := option(args, "--until"), time.Now()
	work.Events = func(event apply.Event) {
		if event.Kind == apply.EventFailed || event.Kind == apply.EventDone || event.Kind == apply.EventSkipped {
			fmt.Println(event.Kind, event.Action, time.Since(begin).Round(time.Second))
		}
		if until != "" && event.Action == until && event.Kind == apply.EventDone {
			stop()
		}
	}
	if pause := option(args, "--pause"); pause != "" {
		work.Guard = pausing{Guard: work.Guard, before: pause}
	}
	err = work.Start(ctx)
	if until != "" && errors.Is(err, apply.ErrInterrupted) {
		return nil
	}
	return err
}

// read reads a plan and leaves in it the actions whose IDs begin so.
func read(name, prefix string) (steps.Plan, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return steps.Plan{}, err
	}
	var plan steps.Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return plan, fmt.Errorf("read %s: %w", name, err)
	}
	var actions []steps.Action
	for _, action := range plan.Actions {
		if strings.HasPrefix(action.ID, prefix) {
			actions = append(actions, action)
		}
	}
	if plan.Actions = actions; prefix == "" || len(actions) == 0 {
		return plan, fmt.Errorf("the plan has no actions %q", prefix)
	}
	if prefix != "disk/" {
		plan.Disks = nil // nothing is written to them
	}
	return plan.Sealed(), nil
}

func show(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var plan steps.Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return json.NewEncoder(os.Stdout).Encode(steps.Plan{Disks: plan.Disks, Layout: plan.Layout, Blockers: plan.Blockers, Hash: plan.Hash})
}

// recovered opens the containers so that nothing is written, in the slot that an
// installation gives to the operator's passphrase.
func recovered(ctx context.Context, runner run.Runner, devices []string) error {
	opening := unlock.Opening{Runner: runner, Passphrase: secret.FromString(passphrase), At: "/mnt"}
	for _, device := range devices {
		opening.Containers = append(opening.Containers, unlock.Locked{Device: device})
	}
	opened, err := opening.Carry(ctx)
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(append(opened.Mounts, opened.Left...), "\n"))
	for _, one := range opened.Close {
		if _, err := runner.Run(ctx, run.Command{Argv: one.Argv}); err != nil {
			return err
		}
	}
	return nil
}

func option(args []string, name string) string {
	for i, arg := range args[:len(args)-1] {
		if arg == name {
			return args[i+1]
		}
	}
	return ""
}

// pausing is a guard that waits for a line before one of the actions.
type pausing struct {
	apply.Guard
	before string
}

// Before waits, and then looks.
func (p pausing) Before(ctx context.Context, action steps.Action) error {
	if action.ID == p.before {
		fmt.Println("carry waits before", action.ID)
		if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
			return err
		}
		// What was plugged in meanwhile has its names now.
		if err := exec.CommandContext(ctx, "udevadm", "settle").Run(); err != nil {
			return err
		}
	}
	return p.Guard.Before(ctx, action)
}
