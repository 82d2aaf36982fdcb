package apply_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// building is a plan that builds with Nix.
func building() steps.Plan {
	return steps.Plan{Host: "snix", Actions: []steps.Action{{
		ID: "install/closure", Title: "build", Kind: steps.ActionCommand, Stoppable: true,
		Commands: []steps.Command{{Argv: []string{"nix", "build", "--log-format", "internal-json"}}},
	}}}.Sealed()
}

// told runs the plan against that log of Nix, a second passing between two
// looks at the clock, and returns the events of progress.
func told(t *testing.T, log string, status int) ([]apply.Event, []string, error) {
	t.Helper()
	plan := building()
	fake := run.NewFake(run.Expected{Argv: []string{"nix", "build", "--log-format", "internal-json"}, Stderr: log, Status: status})
	var lines []string
	opts := options(t, fake, plan, &lines)
	var progress []apply.Event
	opts.Events = func(event apply.Event) {
		switch event.Kind {
		case apply.EventProgress:
			progress = append(progress, event)
		case apply.EventLine:
			lines = append(lines, event.Text)
		}
	}
	clock := noon
	opts.Now = func() time.Time { clock = clock.Add(time.Second); return clock }
	err := apply.Run(t.Context(), plan, opts)
	return progress, lines, err
}

// The time that is left is said when enough was seen, falls as the bytes come,
// and is not said of what stands still.
func TestProgressAndTimeLeft(t *testing.T) {
	var log strings.Builder
	log.WriteString("@nix {\"action\":\"start\",\"id\":1,\"type\":103}\n@nix {\"action\":\"result\",\"id\":1,\"type\":106,\"fields\":[100,100000]}\n" +
		"@nix {\"action\":\"start\",\"id\":2,\"type\":100,\"fields\":[\"/nix/store/x-y\"]}\n")
	for i := range 40 {
		fmt.Fprintf(&log, "@nix {\"action\":\"result\",\"id\":2,\"type\":105,\"fields\":[%d,100000]}\n", (i+1)*1000)
	}
	for range 60 {
		log.WriteString("@nix {\"action\":\"result\",\"id\":9,\"type\":105,\"fields\":[1,1]}\n")
	}
	progress, _, err := told(t, log.String(), 0)
	if err != nil || len(progress) < 10 {
		t.Fatalf("%d events, %v", len(progress), err)
	}
	if first := progress[1].Progress; first.Seconds != 0 {
		t.Errorf("after a moment %d seconds were left", first.Seconds)
	}
	last := 1 << 30
	for _, event := range progress[15:35] {
		if event.Progress.Seconds <= 0 || event.Progress.Seconds > last {
			t.Errorf("%d seconds left after %d", event.Progress.Seconds, last)
		}
		last = event.Progress.Seconds
	}
	if text := progress[20].Progress.String(); !strings.Contains(text, "min left") || !strings.Contains(text, "MiB") {
		t.Errorf("a person reads %q", text)
	}
}

// What Nix says is wrong is in the error, and not its data.
func TestNixErrorIsTold(t *testing.T) {
	_, lines, err := told(t, "@nix {\"action\":\"msg\",\"level\":0,\"msg\":\"error: no space left on device\"}\n", 1)
	var failed *apply.Failure
	if !errors.As(err, &failed) || !strings.HasSuffix(err.Error(), "error: no space left on device") {
		t.Errorf("the error is %v", err)
	}
	if len(lines) == 0 || strings.Contains(strings.Join(lines, ""), "@nix") {
		t.Errorf("told %q", lines)
	}
}

// A log that is far longer than the memory it may take leaves nothing in memory but what is shown.
func TestBigLogInLittleMemory(t *testing.T) {
	rounds := 4 // of five megabytes
	if os.Getenv("MNEMONIX_FULL") == "1" {
		rounds = 40
	}
	plan := building()
	real := run.NewReal("", nil)
	script := `i=0; while [ $i -lt ` + strconv.Itoa(rounds) + ` ]; do head -c 5000000 /dev/zero | tr '\0' 'x' | fold -w 200 >&2; i=$((i+1)); done`
	plan.Actions[0].Commands[0].Argv = []string{"sh", "-c", script, "internal-json"}
	plan = plan.Sealed()
	journal, err := apply.OpenJournal(real, t.TempDir()+"/journal", plan.Hash)
	if err != nil {
		t.Fatal(err)
	}
	var most uint64
	seen := 0
	err = apply.Run(t.Context(), plan, apply.Options{Runner: real, Secrets: &steps.Secrets{}, Journal: journal, Events: func(apply.Event) {
		if seen++; seen%20000 == 0 {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapInuse)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if seen < rounds*20000 || most > 60<<20 {
		t.Errorf("%d events, and %d MiB of memory at most", seen, most>>20)
	}
}
