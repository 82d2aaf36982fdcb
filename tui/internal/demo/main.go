// Command demo shows the wizard with a conversation that is made up, to look
// at it and to measure it: nothing is read, nothing is written.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
	"codeberg.org/mnemonix/mnemonix/tui"
	"codeberg.org/mnemonix/mnemonix/tui/internal/fixture"
)

func main() {
	ascii := flag.Bool("ascii", false, "no characters but ASCII")
	harmless := flag.Bool("harmless", false, "accept without typed confirmation")
	plain := flag.Bool("plain", false, "plain lines")
	flag.Parse()
	setup := tui.Setup{
		Title:    "install",
		Steps:    fixture.Pages(),
		Secrets:  &steps.Secrets{},
		Detect:   func(context.Context) (steps.Facts, error) { return fixture.Facts(), nil },
		Set:      fixture.Set,
		Warnings: fixture.Warnings,
		MakeWords: func(context.Context) (*words.Mnemonic, error) {
			return words.Generate(nil)
		},
		Plan: func(context.Context, steps.Facts, steps.Answers, *steps.Secrets) (steps.Plan, error) {
			return fixture.Plan(), nil
		},
		Present:    fixture.Present(),
		Accept:     pretend,
		AcceptVerb: "install",
		Harmless:   *harmless,
		Options:    tui.OptionsFrom(os.Getenv, *ascii, false),
	}
	var result tui.Result
	var err error
	if *plain || tui.Plain(os.Getenv, os.Stdin, os.Stdout) {
		result, err = tui.RunPlain(context.Background(), setup, os.Stdin, os.Stdout)
	} else {
		result, err = tui.Run(context.Background(), setup, os.Stdin, os.Stdout, os.Getenv("TERM"))
	}
	fmt.Println(result.Kind, result.Err, err)
}

// pretend tells a story of the plan being carried out.
func pretend(ctx context.Context, plan steps.Plan, _ steps.Answers, _ *steps.Secrets, report func(apply.Event)) ([]string, error) {
	for i, action := range plan.Actions {
		event := apply.Event{Action: action.ID, Title: action.Title, Number: i + 1, Of: len(plan.Actions)}
		for _, kind := range []apply.EventKind{apply.EventStarted, apply.EventLine, apply.EventLine, apply.EventDone} {
			if kind == apply.EventStarted && ctx.Err() != nil {
				return nil, fmt.Errorf("%w before: %s", apply.ErrInterrupted, action.Title)
			}
			event.Time, event.Kind, event.Text = time.Now(), kind, "working on "+action.ID
			report(event)
			<-time.After(400 * time.Millisecond) // as if something were done
		}
	}
	return []string{"The machine " + plan.Host + " is ready.", "", "  reboot"}, nil
}
