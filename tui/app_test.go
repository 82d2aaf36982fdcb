package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tui/internal/fixture"
)

// text is what a secret holds.
func text(s *secret.Secret) string {
	var held string
	s.Use(func(view []byte) { held = string(view) })
	return held
}

func TestWholeWay(t *testing.T) {
	setup := testSetup(t)
	var told []string
	setup.Accept = func(_ context.Context, plan steps.Plan, answers steps.Answers, _ *steps.Secrets, report func(apply.Event)) ([]string, error) {
		told = append(told, plan.Host, answers.Host.Name)
		for _, event := range events(plan) {
			report(event)
		}
		return []string{"all is well"}, nil
	}
	d := drive(t, setup, 80, 24).press(toReview...)
	d.wants("[Summary]", "lost disk loses it", "erases EFI system")
	d.press("enter", "NX0T", "enter")
	d.wants("Done", "all is well")
	if !slices.Equal(told, []string{"snix", "snix"}) {
		t.Errorf("accepted with %q", told)
	}
	d.press("enter")
	result := d.wizard.Result()
	if !d.quit || result.Kind != KindAccepted || !result.Applied || result.Err != nil {
		t.Fatalf("ended with %+v", result)
	}
	if d.view() != "" {
		t.Errorf("the last frame is not empty:\n%s", d.view())
	}
	answers := result.Answers
	if answers.Locale.Timezone != "Europe/Berlin" || answers.Host.Type != "laptop" || answers.Users[0].FullName != "Ada Lovelace" ||
		!slices.Equal(answers.Features, []string{"development"}) || answers.Disk.Disks[0].Match.ID != "nvme-Samsung_SSD_980_S6Z2" || !answers.TPM.Keys {
		t.Errorf("answers: %+v", answers)
	}
	for name, want := range map[string]string{"userPassword": "hunter22", "diskPassphrase": "correct horse", "pin": "1234", "words": paper} {
		if got := text(setup.Secrets.Named(name)); got != want {
			t.Errorf("%s holds %q", name, got)
		}
	}
}

// TestSecretsAreNeverDrawn looks at every frame of the whole way.
func TestSecretsAreNeverDrawn(t *testing.T) {
	d := drive(t, testSetup(t), 80, 24)
	for _, key := range toReview {
		d.press(key)
		for _, hidden := range []string{"hunter22", "correct horse", "1234"} {
			if strings.Contains(d.view(), hidden) {
				t.Fatalf("a secret is drawn:\n%s", d.view())
			}
		}
	}
	if d.clears == 0 {
		t.Error("the screen was not wiped after the words")
	}
}

func TestWordsAreWipedFromTheScreen(t *testing.T) {
	for _, keys := range [][]string{{"esc"}, {"f1"}, {"ctrl+c"}, {"ctrl+c", "ctrl+c"}} {
		d := drive(t, testSetup(t), 80, 24).press(with(toWords, "enter")...)
		d.wants("unfold")
		if d.clears != 0 {
			t.Fatalf("wiped %d times before", d.clears)
		}
		d.press(keys...)
		if d.clears != 1 || strings.Contains(d.view(), "unfold") {
			t.Errorf("%v: wiped %d times:\n%s", keys, d.clears, d.view())
		}
	}
}

func TestCtrlC(t *testing.T) {
	for _, test := range []struct {
		keys []string
		kind Kind
		quit bool
	}{
		{[]string{"ctrl+c"}, KindInterrupted, false},
		{[]string{"ctrl+c", "n"}, KindInterrupted, false},
		{[]string{"ctrl+c", "esc"}, KindInterrupted, false},
		{[]string{"ctrl+c", "y"}, KindDeclined, true},
		{[]string{"ctrl+c", "ctrl+c"}, KindInterrupted, true},
	} {
		for _, way := range [][]string{nil, toHost, toWords, toReview} {
			d := drive(t, testSetup(t), 80, 24).press(way...).press(test.keys...)
			if d.quit != test.quit || d.wizard.Result().Kind != test.kind {
				t.Errorf("%v: quit %v, %s", test.keys, d.quit, d.wizard.Result().Kind)
			}
		}
	}
}

// TestStopDuringWork asks an apply to stop, which it does between two
// actions.
func TestStopDuringWork(t *testing.T) {
	setup := testSetup(t)
	begun := make(chan struct{})
	setup.Accept = func(ctx context.Context, _ steps.Plan, _ steps.Answers, _ *steps.Secrets, _ func(apply.Event)) ([]string, error) {
		close(begun)
		<-ctx.Done()
		return []string{"resume with: mnemonix resume"}, fmt.Errorf("%w before: format", apply.ErrInterrupted)
	}
	d := drive(t, setup, 80, 24).press(toReview...)
	d.press("enter", "NX0")
	// From here on the commands run beside the keys.
	d.frozen = true
	d.press("T")
	model, cmd := d.wizard.Update(keyTypes["enter"])
	d.wizard = model.(Wizard)
	ended := make(chan tea.Msg, 3)
	for _, one := range cmd().(tea.BatchMsg) {
		go func() { ended <- one() }()
	}
	<-begun
	d.press("ctrl+c")
	d.wants("Stop after the present action?")
	d.press("y")
	d.wants("stopping after the present action")
	d.press("ctrl+c", "n") // what runs goes on to its end
	if d.quit {
		t.Fatal("left while an action was running")
	}
	d.frozen = false
	for range 3 {
		if msg := <-ended; msg != nil {
			d.send(msg)
		}
	}
	d.wants("Stopped", "interrupted before: format", "resume with: mnemonix resume")
	if result := d.wizard.Result(); result.Kind != KindInterrupted || !result.Applied {
		t.Errorf("ended with %+v", result)
	}
}

// TestAbandon waits for an apply whose screen went away.
func TestAbandon(t *testing.T) {
	setup := testSetup(t)
	setup.Accept = func(ctx context.Context, _ steps.Plan, _ steps.Answers, _ *steps.Secrets, _ func(apply.Event)) ([]string, error) {
		<-ctx.Done()
		return []string{"half"}, apply.ErrInterrupted
	}
	d := drive(t, setup, 80, 24).press(toReview...)
	d.press("enter", "NX0T")
	model, cmd := d.wizard.Update(keyTypes["enter"])
	for _, one := range cmd().(tea.BatchMsg) {
		go one()
	}
	var said strings.Builder
	result := model.(Wizard).abandon(&said).Result()
	if result.Kind != KindInterrupted || !slices.Equal(result.Summary, []string{"half"}) {
		t.Errorf("ended with %+v", result)
	}
	if !strings.HasPrefix(said.String(), "Stopping after this action") {
		t.Errorf("why it waits is told as %q", said.String())
	}
}

func TestBlockersAndHarmless(t *testing.T) {
	setup := testSetup(t)
	plan := fixture.Plan()
	plan.Block(steps.Problem{Text: "no UEFI"})
	setup.Plan = func(context.Context, steps.Facts, steps.Answers, *steps.Secrets) (steps.Plan, error) {
		return plan, nil
	}
	d := drive(t, setup, 80, 24).press(toReview...).press("enter")
	d.wants("In the way", "no UEFI", "this cannot begin")
	if d.quit {
		t.Error("a blocked plan was accepted")
	}
	setup.Harmless, setup.Secrets = true, &steps.Secrets{} // another run
	d = drive(t, setup, 80, 24).press(toReview...)
	d.wants("An installation here would refuse to begin")
	if d.press("enter"); !d.quit || d.wizard.Result().Kind != KindAccepted {
		t.Errorf("without consequences: %+v", d.wizard.Result())
	}
}

// TestPlanFault leads to the question that a fault of the plan names.
func TestPlanFault(t *testing.T) {
	setup := testSetup(t)
	setup.Plan = func(context.Context, steps.Facts, steps.Answers, *steps.Secrets) (steps.Plan, error) {
		return steps.Plan{}, steps.Problem{Key: "host.name", Text: "a host of that name is there already", Hint: "take another"}
	}
	d := drive(t, setup, 80, 24).press(toReview...)
	d.wants("Host and operator", "> snix", "a host of that name is there already")
}

// TestAppearingQuestion changes an answer so that a later page asks more,
// goes on from the review, and is led to the question that is now open.
func TestAppearingQuestion(t *testing.T) {
	setup := testSetup(t)
	d := drive(t, setup, 80, 24).press(with(toKeys, "n", "enter")...)
	d.wants("Git remote")
	d.press("esc", "y") // the keys go into the TPM after all
	if got := d.wizard.talk.questions(d.wizard.form.step); len(got) != 1 {
		t.Fatalf("%d questions before the answer", len(got))
	}
	d.press("enter")
	d.wants("PIN")
}

func TestMissingAnswerIsFound(t *testing.T) {
	setup := testSetup(t)
	d := drive(t, setup, 80, 24).press(toReview...)
	// What was answered is taken away behind the wizard's back.
	d.wizard.talk.answers.Boot.Unlock = ""
	w, _ := d.wizard.compute()
	d.wizard = w
	d.wants("Disk", "Unlock with", "this needs an answer")
}

func TestEffect(t *testing.T) {
	setup := testSetup(t)
	var keys []string
	setup.Effect = func(_ context.Context, key string, answers steps.Answers, _ *steps.Secrets) error {
		keys = append(keys, key+"="+answers.Locale.Keymap)
		if answers.Locale.Keymap == "fr" {
			return errors.New("loadkeys fr: no such keymap")
		}
		return nil
	}
	d := drive(t, setup, 80, 24).press("down", "enter", "esc", "down", "enter")
	if want := []string{"locale.keymap=de-latin1", "locale.keymap=fr"}; !slices.Equal(keys, want) {
		t.Errorf("effects %q, want %q", keys, want)
	}
	d.wants("no such keymap")
}

func TestSmallScreens(t *testing.T) {
	d := drive(t, testSetup(t), 20, 5)
	d.wants("mnemonix")
	if !strings.Contains(strings.ReplaceAll(d.view(), "\n", " "), "terminal is 20x5; needs 36x12") {
		t.Errorf("the page says:\n%s", d.view())
	}
	before := d.wizard.form.question().Key
	d.press("enter", "x") // not answered: it cannot be seen
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	if d.wizard.form.question().Key != before {
		t.Error("a key was taken on a screen that is too small")
	}
	d.send(tea.WindowSizeMsg{})
	_ = d.wizard.View()
	if d.press("ctrl+c", "ctrl+c"); !d.quit {
		t.Error("ctrl-c does not leave a screen that is too small")
	}
}

func TestResizeStorm(t *testing.T) {
	d := drive(t, testSetup(t), 80, 24).press(with(toHost, "Snix")...)
	for i := range 500 {
		d.send(tea.WindowSizeMsg{Width: i % 141, Height: i % 61})
		fits(t, d.wizard)
	}
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	d.wants("> Snix")
}

func TestBegin(t *testing.T) {
	setup := testSetup(t)
	setup.Begin = func(facts steps.Facts) steps.Answers {
		return steps.Answers{Locale: steps.Locale{Keymap: "jp106"}, Host: steps.Host{Name: "from-" + facts.Machine.Chassis}}
	}
	drive(t, setup, 80, 24).wants("> jp106", "from-laptop")
}
