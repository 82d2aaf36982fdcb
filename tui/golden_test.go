package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tui/internal/fixture"
)

// pages are all pages, and the keys that lead to them.
var pages = []struct {
	name string
	keys []string
}{
	{"keymap", nil},
	{"help", []string{"?"}},
	{"leave", []string{"ctrl+c"}},
	{"timezone", []string{"enter"}},
	{"timezone-filter", []string{"enter", "/eur ber"}},
	{"timezone-nothing", []string{"enter", "/atlantis"}},
	{"text", []string{"enter", "/berl", "enter", "de_DE.UTF-8"}},
	{"hardware", toHardware},
	{"host", toHost},
	{"host-fault", with(toHost, "Snix", "enter")},
	{"host-missing", with(toHost, "enter")},
	{"host-draft", with(toHost, "Snix", "esc", "enter")},
	{"host-type", with(toHost, "snix", "enter", "down")},
	{"list", with(toHost, "snix", "enter", "down", "enter", "Ada", "enter", "ssh-ed25519 AAAAC3 ada", "enter", "ssh-rsa")},
	{"secret", with(toHost, "snix", "enter", "down", "enter", "Ada", "enter", "enter", "hunter22", "enter", "hun")},
	{"secret-differs", with(toHost, "snix", "enter", "down", "enter", "Ada", "enter", "enter", "hunter22", "enter", "hun", "enter")},
	{"features", toFeatures},
	{"features-warning", with(toFeatures, "space", "down", "space", "down", "space", "down", "space", "down", "space")},
	{"features-unavailable", with(toFeatures, "end", "space")},
	{"disk", toDisk},
	{"disk-choose", with(toDisk, "down", "enter")},
	{"disk-unavailable", with(toDisk, "down", "enter", "up", "enter")},
	{"words", toWords},
	{"words-shown", with(toWords, "enter")},
	{"words-rehearse", with(toWords, "enter", "enter", "void come effo")},
	{"words-wrong", with(toWords, "enter", "enter", "void come efort", "space")},
	{"words-other", with(toWords, "enter", "enter", "void zoo", "space")},
	{"words-type", with(toWords, "down", "enter", "abs")},
	{"words-checksum", with(toWords, "down", "enter", strings.Repeat("abandon ", 24))},
	{"words-done", with(toWords, "enter", "enter", paper, "enter")},
	{"keys", toKeys},
	{"pin", with(toKeys, "y", "enter")},
	{"flake", toFlake},
	{"review", toReview},
	{"review-disks", with(toReview, "tab")},
	{"review-files", with(toReview, "3")},
	{"review-actions", with(toReview, "left")},
	{"review-confirm", with(toReview, "enter", "NX0")},
	{"review-wrong", with(toReview, "enter", "yes", "enter")},
}

// sizes are the screens that golden frames are kept of.
var sizes = []struct{ width, height int }{{80, 24}, {40, 15}}

func TestGoldenPages(t *testing.T) {
	sets := map[string]Glyphs{"ascii": ASCIIGlyphs(), "console": ConsoleGlyphs()}
	for name, glyphs := range sets {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size.width, size.height), func(t *testing.T) {
				for _, page := range pages {
					setup := testSetup(t)
					setup.Options.Glyphs = glyphs
					d := drive(t, setup, size.width, size.height).press(page.keys...)
					frame := tidy(d.view())
					golden(t, fmt.Sprintf("%s-%dx%d/%s", name, size.width, size.height, page.name), frame)
					if name == "ascii" {
						for _, r := range frame {
							if r > 126 {
								t.Errorf("%s: %q is not ASCII", page.name, r)
							}
						}
					}
				}
			})
		}
	}
}

// TestGoldenColour keeps the escape sequences of some pages, so that a style
// that was lost or a colour beyond the sixteen is seen.
func TestGoldenColour(t *testing.T) {
	for _, page := range pages {
		switch page.name {
		case "host-fault", "features-warning", "review-disks", "review-files", "keys":
		default:
			continue
		}
		setup := testSetup(t)
		setup.Options = Options{Glyphs: UnicodeGlyphs(), Colour: true}
		frame := drive(t, setup, 80, 24).press(page.keys...).wizard.View()
		golden(t, "colour/"+page.name, strings.ReplaceAll(tidy(frame), "\x1b", "^["))
		for _, beyond := range []string{"38;5", "38;2", "48;5", "48;2", "\x1b[34m", "\x1b[90m"} {
			if strings.Contains(frame, beyond) {
				t.Errorf("%s: the frame has the colour %q", page.name, beyond)
			}
		}
	}
}

func TestGoldenWork(t *testing.T) {
	for _, size := range sizes {
		setup := testSetup(t)
		d := drive(t, setup, size.width, size.height).press(toReview...)
		plan := d.wizard.plan
		d.wizard.stage, d.wizard.work, d.wizard.events = stageApply, newProgress(plan), newEventBox()
		d.wizard.stop, d.wizard.end = func() {}, func() {}
		var now time.Time
		for _, event := range events(plan) { // which come every ten seconds
			now = event.Time
			d.wizard.work = d.wizard.work.tick(now).take(event)
		}
		folder := fmt.Sprintf("ascii-%dx%d/", size.width, size.height)
		golden(t, folder+"work", tidy(d.view()))
		golden(t, folder+"work-log", tidy(d.press("l").view()))
		d.press("l")

		end := func(name string, summary []string, err error) {
			done := d.wizard
			done.stage, done.work = stageEnd, done.work.end(endingOf(done.setup, true, summary, err))
			golden(t, folder+name, tidy((&driver{t: t, wizard: done}).view()))
		}
		end("end", []string{"The flake is in /home/ada/flake.", "", "  nixos-install --root /mnt"}, nil)
		end("failed-for-good", nil, steps.Problem{Text: "write the flake: no space left on device", Hint: "make room"})

		d.wizard.work = d.wizard.work.take(apply.Event{Kind: apply.EventProgram, Action: plan.Actions[2].ID, Text: "disko"})
		d.wizard.work = d.wizard.work.tick(now.Add(wordAfter))
		golden(t, folder+"work-silent", tidy(d.view()))
		golden(t, folder+"stop", tidy(d.press("ctrl+c").view()))
		golden(t, folder+"work-stopping", tidy(d.press("y").view()))
		golden(t, folder+"stop-now", tidy(d.press("ctrl+c").view()))
		golden(t, folder+"work-ending", tidy(d.press("y").view()))
	}
}

// The page of a failure, with all that can be done about it.
func TestGoldenFailure(t *testing.T) {
	for _, size := range sizes {
		folder := fmt.Sprintf("ascii-%dx%d/", size.width, size.height)
		page := func(name string, err error, keys ...string) {
			f := failing(t, size.width, size.height, err)
			golden(t, folder+name, tidy(f.press(keys...).view()))
		}
		noRoom := &apply.Failure{Action: fixture.Plan().Actions[2], Err: &run.Error{Argv: []string{"disko"}, Status: 1, Last: "mkfs.btrfs: No space left on device"}}
		page("failed", noRoom)
		page("failed-log", noRoom, "l")
		page("failed-save", noRoom, "s")
		page("failed-save-fault", noRoom, "s", "ctrl+u", "/gone/log", "enter")
		page("failed-saved", noRoom, "s", "enter")
		page("failed-help", noRoom, "?")
		page("failed-stuck", &apply.Failure{Action: fixture.Plan().Actions[2], Err: fmt.Errorf("dd %w", apply.ErrStuck)})
		page("stopped", fmt.Errorf("%w before: %s", apply.ErrInterrupted, fixture.Plan().Actions[3].Title))
	}
}

func TestGoldenBlocked(t *testing.T) {
	for _, size := range sizes {
		setup := testSetup(t)
		compute := setup.Plan
		setup.Plan = func(ctx context.Context, f steps.Facts, a steps.Answers, s *steps.Secrets) (steps.Plan, error) {
			plan, err := compute(ctx, f, a, s)
			plan.Block(steps.Problem{Text: "nvme-Samsung_SSD_980_S6Z2 is mounted at /mnt/old", Hint: "unmount it"})
			return plan, err
		}
		d := drive(t, setup, size.width, size.height).press(toReview...).press("enter")
		golden(t, fmt.Sprintf("ascii-%dx%d/blocked", size.width, size.height), tidy(d.view()))
		if d.wizard.stage != stageReview || d.wizard.review.asking {
			t.Error("a blocked plan was accepted")
		}
	}
}

func TestGoldenDetectFails(t *testing.T) {
	setup := testSetup(t)
	setup.Detect = func(context.Context) (steps.Facts, error) {
		return steps.Facts{}, errors.New("read /sys: permission denied")
	}
	d := drive(t, setup, 80, 24)
	golden(t, "ascii-80x24/detect-failed", tidy(d.view()))
	if d.press("enter"); !d.quit || d.wizard.Result().Kind != KindFailed || d.wizard.Result().Err == nil {
		t.Errorf("ended with %+v", d.wizard.Result())
	}
}
