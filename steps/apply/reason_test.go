package apply_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// Each kind of fault is a sentence with the program in it, and what can be
// done.
func TestExplain(t *testing.T) {
	action := steps.Action{ID: "disk/format", Title: "erase the disk"}
	failed := func(last string) *run.Error {
		return &run.Error{Argv: []string{"/nix/store/x/bin/disko"}, Status: 1, Last: last}
	}
	for name, test := range map[string]struct {
		err  error
		want apply.Reason
		hint string
	}{
		"a status": {failed("cannot do it"), apply.Reason{
			Program: "disko", Text: "disko ended with status 1", Said: "cannot do it",
		}, ""},
		"a status, and what it was about": {fmt.Errorf("slot of cryptroot: %w", failed("no")), apply.Reason{
			Program: "disko", Text: "slot of cryptroot: disko ended with status 1", Said: "no",
		}, ""},
		"no space": {failed("mkfs.btrfs: No space left on device"), apply.Reason{
			Program: "disko", Text: "disko found no room left where it writes", Said: "mkfs.btrfs: No space left on device",
		}, "df -h"},
		"no space for a file": {fmt.Errorf("write /mnt/flake.nix: %w", syscall.ENOSPC), apply.Reason{
			Text: "mnemonix found no room left where it writes: write /mnt/flake.nix: no space left on device",
		}, "df -h"},
		"a bad disk": {failed("dd: error writing '/dev/x': Input/output error"), apply.Reason{
			Program: "disko", Text: "disko could not read or write a disk", Said: "dd: error writing '/dev/x': Input/output error",
		}, "cable"},
		"a shut file system": {failed("touch: Read-only file system"), apply.Reason{
			Program: "disko", Text: "disko found a file system that cannot be written to any more", Said: "touch: Read-only file system",
		}, "dmesg"},
		"out of memory": {&run.Error{Argv: []string{"nix"}, Status: -1, Err: errors.New("was ended from outside: signal: killed")}, apply.Reason{
			Program: "nix", Text: "nix did not get the memory that it needs",
		}, "swap"},
		"no network": {failed("error: unable to download 'https://x': Couldn't resolve host name"), apply.Reason{
			Program: "disko", Text: "disko could not reach the network", Said: "error: unable to download 'https://x': Couldn't resolve host name",
		}, "stays fetched"},
		"a device that is gone": {failed("open /dev/tpmrm0: no such device"), apply.Reason{
			Program: "disko", Text: "disko found a device gone", Said: "open /dev/tpmrm0: no such device",
		}, "cable"},
		"no program": {&run.Error{Argv: []string{"sops"}, Status: -1, Err: exec.ErrNotFound}, apply.Reason{
			Program: "sops", Text: "sops is not installed",
		}, "doctor"},
		"a limit": {&run.Error{Argv: []string{"lsblk"}, Status: -1, Err: errors.New("gave no answer within 30s")}, apply.Reason{
			Program: "lsblk", Text: "lsblk: gave no answer within 30s",
		}, ""},
		"the guard": {steps.Problem{Text: "another disk is in the place of x", Hint: "put it back"}, apply.Reason{
			Text: "another disk is in the place of x",
		}, "put it back"},
	} {
		t.Run(name, func(t *testing.T) {
			got := apply.Explain(fmt.Errorf("around: %w", &apply.Failure{Action: action, Err: test.err}))
			if !strings.Contains(got.Hint, test.hint) || test.hint == "" && got.Hint != "" {
				t.Errorf("the hint is %q", got.Hint)
			}
			got.Hint = ""
			test.want.Action, test.want.Again = "erase the disk", true
			if got != test.want {
				t.Errorf("%+v\nwant %+v", got, test.want)
			}
		})
	}
}

// What hangs in the kernel is not tried again beside itself.
func TestExplainWhatIsStuck(t *testing.T) {
	for _, err := range []error{
		&apply.Failure{Action: steps.Action{Title: "write"}, Err: fmt.Errorf("mnemonix %w", apply.ErrStuck)},
		&apply.Failure{Action: steps.Action{Title: "write"}, Err: &run.Error{Argv: []string{"dd"}, Status: -1, Err: fmt.Errorf("%w; %w", apply.ErrEnded, run.ErrUnkillable)}},
	} {
		got := apply.Explain(err)
		if got.Again || !strings.Contains(got.Text, "waits for a device") || !strings.Contains(got.Hint, "start the machine again") {
			t.Errorf("%+v", got)
		}
	}
}

func TestExplainAStop(t *testing.T) {
	if got := apply.Explain(fmt.Errorf("%w before: write", apply.ErrInterrupted)); !got.Stopped || !got.Again || got.Text != "interrupted before: write" {
		t.Errorf("%+v", got)
	}
	if got := apply.Explain(context.Canceled); !got.Stopped {
		t.Errorf("%+v", got)
	}
}

// A program that repeats what it was given does not bring it to the screen,
// into the events or into the error.
func TestWhatIsRepeatedIsCutOut(t *testing.T) {
	plan := steps.Plan{Actions: []steps.Action{{
		ID: "disk/encrypt", Title: "encrypt", Kind: steps.ActionCommand,
		Commands: []steps.Command{{Argv: []string{"cryptsetup"}, Stdin: "diskPassphrase"}, {Argv: []string{"nix", "internal-json"}}},
	}}}.Sealed()
	for fails, script := range map[string][]run.Expected{
		"cryptsetup": {{Argv: []string{"cryptsetup"}, Status: 2, Stderr: "correct horse\nno key: correct horse\n"}},
		"nix": {
			{Argv: []string{"cryptsetup"}, Stderr: "correct horse\n"},
			{Argv: []string{"nix", "internal-json"}, Status: 1, Stderr: `@nix {"action":"msg","level":0,"msg":"error: correct horse"}` + "\n"},
		},
	} {
		fake := run.NewFake(script...)
		var events []string
		opts := options(t, fake, plan, &events)
		opts.Secrets.Put("diskPassphrase", secret.FromString("correct horse"))
		err := apply.Run(t.Context(), plan, opts)
		var failed *run.Error
		if !errors.As(err, &failed) || failed.Argv[0] != fails || !strings.Contains(failed.Last, "[redacted]") {
			t.Fatalf("ended with %v", err)
		}
		if all := err.Error() + strings.Join(events, "|") + fmt.Sprintf("%+v", apply.Explain(err)); strings.Contains(all, "correct") || !strings.Contains(all, "[redacted]") {
			t.Errorf("the secret shows: %s", all)
		}
	}
}
