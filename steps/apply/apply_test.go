package apply_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// folder is a plan that writes two files and has git keep them.
func folder() steps.Plan {
	return steps.Plan{
		Host: "snix",
		Files: []steps.File{
			{Path: "flake.nix", Content: "{ }\n", Mode: 0o644},
			{Path: "hosts/snix/disko.nix", Content: "{ }\n", Mode: 0o644},
		},
		Actions: []steps.Action{
			{ID: "flake/write", Title: "write the flake", Kind: steps.ActionWrite, Folder: "/mnt/etc/nixos"},
			{
				ID: "flake/git", Title: "keep it in git", Kind: steps.ActionCommand,
				Commands: []steps.Command{{Argv: []string{"git", "init"}, Dir: "/mnt/etc/nixos"}, {Argv: []string{"git", "commit"}}},
				Done:     &steps.Check{Commands: []steps.Command{{Argv: []string{"git", "status"}}}},
			},
			{ID: "install/keys", Title: "enrol", Kind: steps.ActionBuiltin, Name: "enroll"},
		},
	}.Sealed()
}

func gitNotYet() run.Expected {
	return run.Expected{Argv: []string{"git", "status"}, Status: 128, Stderr: "fatal: not a git repository\n"}
}

func options(t testing.TB, fake *run.Fake, plan steps.Plan, events *[]string) apply.Options {
	t.Helper()
	journal, err := apply.OpenJournal(fake, "/run/journal", plan.Hash)
	if err != nil {
		t.Fatal(err)
	}
	return apply.Options{
		Runner: fake, Journal: journal, Secrets: &steps.Secrets{}, Now: func() time.Time { return noon },
		Builtins: map[string]apply.Builtin{"enroll": func(context.Context, steps.Action, *steps.Secrets) error { return nil }},
		Events: func(event apply.Event) {
			*events = append(*events, strings.TrimSpace(fmt.Sprintf("%s %s %s", event.Kind, event.Action, event.Text)))
		},
	}
}

func TestRunCarriesThePlanOut(t *testing.T) {
	plan := folder()
	fake := run.NewFake(
		gitNotYet(),
		run.Expected{Argv: []string{"git", "init"}, Stderr: "hint: a line\n"},
		run.Expected{Argv: []string{"git", "commit"}},
	)
	var events []string
	if err := apply.Run(t.Context(), plan, options(t, fake, plan, &events)); err != nil {
		t.Fatal(err)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
	want := "started flake/write|done flake/write|started flake/git|program flake/git git|line flake/git hint: a line|program flake/git git|done flake/git|started install/keys|done install/keys|ended"
	if got := strings.Join(events, "|"); got != want {
		t.Errorf("events\n%s\nwant\n%s", got, want)
	}
	if data, err := fake.ReadFile("/mnt/etc/nixos/hosts/snix/disko.nix"); err != nil || string(data) != "{ }\n" {
		t.Errorf("file: %q, %v", data, err)
	}
}

func TestRunAgainDoesNothing(t *testing.T) {
	plan := folder()
	fake := run.NewFake(
		gitNotYet(), run.Expected{Argv: []string{"git", "init"}}, run.Expected{Argv: []string{"git", "commit"}},
		run.Expected{Argv: []string{"git", "status"}},
	)
	var events []string
	if err := apply.Run(t.Context(), plan, options(t, fake, plan, &events)); err != nil {
		t.Fatal(err)
	}
	events = nil
	if err := apply.Run(t.Context(), plan, options(t, fake, plan, &events)); err != nil {
		t.Fatal(err)
	}
	if want := "skipped flake/write|skipped flake/git|skipped install/keys|ended"; strings.Join(events, "|") != want {
		t.Errorf("events %s", strings.Join(events, "|"))
	}
}

// The plug is pulled before each thing that reaches the outside, then the
// same plan runs again: it ends as if nothing had happened.
func TestRunGoesOnAfterAKillAnywhere(t *testing.T) {
	plan := folder()
	plug := errors.New("power cut")
	for cut := 0; ; cut++ {
		made := false
		fake := run.NewFake(
			run.Expected{Argv: []string{"git", "status"}, Any: true, Status: 128},
			run.Expected{Argv: []string{"git", "init"}, Any: true},
			run.Expected{Argv: []string{"git", "commit"}, Any: true},
		)
		calls := 0
		fake.Before = func(string) error {
			if calls++; calls == cut+1 {
				made = true
			}
			if made && calls > cut {
				return plug
			}
			return nil
		}
		var events []string
		first := apply.Run(t.Context(), plan, options(t, fake, plan, &events))
		if !made {
			if first != nil {
				t.Fatal(first)
			}
			if cut < 8 {
				t.Fatalf("only %d places to cut", cut)
			}
			return
		}
		if !errors.Is(first, plug) {
			t.Fatalf("cut %d: %v", cut, first)
		}
		fake.Before = nil
		if err := apply.Run(t.Context(), plan, options(t, fake, plan, &events)); err != nil {
			t.Fatalf("cut %d, again: %v", cut, err)
		}
		for _, file := range plan.Files {
			if data, err := fake.ReadFile("/mnt/etc/nixos/" + file.Path); err != nil || string(data) != file.Content {
				t.Errorf("cut %d: %s holds %q, %v", cut, file.Path, data, err)
			}
		}
	}
}

// What the journal calls done is on the disk: a power cut right after it must
// not take back what a program wrote.
func TestRunSyncsBeforeItCallsAnythingDone(t *testing.T) {
	plan := folder()
	fake := run.NewFake(gitNotYet(), run.Expected{Argv: []string{"git", "init"}}, run.Expected{Argv: []string{"git", "commit"}})
	var outside []string
	fake.Before = func(what string) error {
		outside = append(outside, what)
		return nil
	}
	var events []string
	if err := apply.Run(t.Context(), plan, options(t, fake, plan, &events)); err != nil {
		t.Fatal(err)
	}
	synced, done := true, 0
	for _, what := range outside {
		switch verb, _, _ := strings.Cut(what, " "); {
		case verb == "sync":
			synced = true
		case verb == "append" && !synced:
			t.Errorf("the journal was written before what was done was on the disk:\n%s", strings.Join(outside, "\n"))
		case verb == "append":
			done++
		case what != "run git status":
			synced = false
		}
	}
	if done < 2*len(plan.Actions) {
		t.Errorf("only %d lines of the journal in\n%s", done, strings.Join(outside, "\n"))
	}
}

func TestRunStopsBetweenActions(t *testing.T) {
	plan := folder()
	ctx, cancel := context.WithCancel(t.Context())
	fake := run.NewFake(
		gitNotYet(),
		run.Expected{Argv: []string{"git", "init"}},
		run.Expected{Argv: []string{"git", "commit"}},
	)
	fake.Before = func(what string) error {
		if what == "run git init" {
			cancel()
		}
		return nil
	}
	var events []string
	err := apply.Run(ctx, plan, options(t, fake, plan, &events))
	if !errors.Is(err, apply.ErrInterrupted) || !strings.Contains(err.Error(), "before: enrol") {
		t.Errorf("got %v", err)
	}
	if err := fake.Unmet(); err != nil {
		t.Errorf("the action that was under way did not end: %v", err)
	}
}

func TestRunNamesWhatFailed(t *testing.T) {
	plan := folder()
	fake := run.NewFake(gitNotYet(), run.Expected{Argv: []string{"git", "init"}, Status: 1, Stderr: "fatal: disk quota exceeded\n"})
	var events []string
	err := apply.Run(t.Context(), plan, options(t, fake, plan, &events))
	var failure *apply.Failure
	if !errors.As(err, &failure) || failure.Action.ID != "flake/git" {
		t.Fatalf("got %v", err)
	}
	if want := "keep it in git: git: ended with status 1: fatal: disk quota exceeded"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	text, _ := fake.ReadFile("/run/journal")
	if !strings.Contains(string(text), `"action":"flake/git","event":"end","outcome":"failed"`) {
		t.Errorf("journal:\n%s", text)
	}
}

func TestSecretsReachTheCommandAndNotTheJournal(t *testing.T) {
	plan := steps.Plan{Actions: []steps.Action{{
		ID: "disk/encrypt", Title: "encrypt", Kind: steps.ActionCommand, Secrets: []string{"diskPassphrase"},
		Commands: []steps.Command{{Argv: []string{"cryptsetup", "luksFormat", "--key-file", "-"}, Stdin: "diskPassphrase"}},
	}}}.Sealed()
	fake := run.NewFake(run.Expected{Argv: []string{"cryptsetup", "luksFormat", "--key-file", "-"}, Secret: "correct horse"})
	var events []string
	opts := options(t, fake, plan, &events)
	if err := apply.Run(t.Context(), plan, opts); err == nil || !strings.Contains(err.Error(), `the secret "diskPassphrase" was not given`) {
		t.Errorf("without the secret: %v", err)
	}
	opts.Secrets.Put("diskPassphrase", secret.New([]byte("correct horse")))
	defer opts.Secrets.Wipe()
	if err := apply.Run(t.Context(), plan, opts); err != nil {
		t.Fatal(err)
	}
	if err := fake.Unmet(); err != nil {
		t.Error(err)
	}
	journal, _ := fake.ReadFile("/run/journal")
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(journal)+string(text)+strings.Join(events, ""), "correct horse") {
		t.Error("the secret shows")
	}
}
