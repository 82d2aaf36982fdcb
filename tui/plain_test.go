package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/apply"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// talkPlain holds a conversation of these lines.
func talkPlain(t *testing.T, setup Setup, lines ...string) (Result, string) {
	t.Helper()
	var out bytes.Buffer
	result, err := RunPlain(t.Context(), setup, strings.NewReader(strings.Join(lines, "\n")+"\n"), &out)
	if err != nil {
		t.Fatal(err)
	}
	return result, out.String()
}

// plainWay answers every question of the made-up conversation.
var plainWay = []string{
	"de-latin1", "berlin", "de_DE.UTF-8", // locale
	"",                                                                                 // report
	"snix", "2", "Ada", "ssh-ed25519 AAAAC3 ada", "second", "", "hunter22", "hunter22", // host
	"development, 2", "plasma", // features
	"1", "samsung", "tpm", "correct horse", "correct horse", // disk
	"1", paper, "", // words, made and rehearsed
	"yes", "1234", "1234", // keys
	"", "", // flake: the report, no remote
}

func TestPlainWholeWay(t *testing.T) {
	setup := testSetup(t)
	setup.Accept = func(_ context.Context, plan steps.Plan, _ steps.Answers, _ *steps.Secrets, report func(apply.Event)) ([]string, error) {
		for _, event := range events(plan) {
			report(event)
		}
		return []string{"done"}, nil
	}
	result, out := talkPlain(t, setup, append(plainWay[:len(plainWay):len(plainWay)], "files", "actions", "install", "NX0T")...)
	if result.Kind != KindAccepted || !result.Applied || result.Plan.Host != "snix" {
		t.Fatalf("ended with %+v\n%s", result, out)
	}
	answers := result.Answers
	if answers.Locale.Timezone != "Europe/Berlin" || answers.Host.Type != "laptop" || len(answers.Users[0].SSHKeys) != 2 ||
		strings.Join(answers.Features, " ") != "development multimedia" || answers.Desktop != "plasma" || !answers.TPM.Keys {
		t.Errorf("answers: %+v", answers)
	}
	for name, want := range map[string]string{"userPassword": "hunter22", "diskPassphrase": "correct horse", "pin": "1234", "words": paper} {
		if got := text(setup.Secrets.Named(name)); got != want {
			t.Errorf("%s holds %q", name, got)
		}
	}
	golden(t, "plain", tidy(out))
	for i, r := range out {
		if r > 126 || r < ' ' && r != '\n' {
			t.Fatalf("%q in the plain lines, after %q", r, out[max(0, i-40):i])
		}
	}
	for _, line := range strings.Split(out, "\n") {
		for _, hidden := range []string{"hunter22", "correct horse", "1234"} {
			if strings.Contains(line, hidden) {
				t.Errorf("a secret is printed: %q", line)
			}
		}
	}
}

// TestPlainEnds cuts the input after each of its lines.
func TestPlainEnds(t *testing.T) {
	for n := range plainWay {
		result, out := talkPlain(t, testSetup(t), plainWay[:n]...)
		// The line feed at the end answers one more question.
		if result.Kind != KindInterrupted || result.Err == nil {
			t.Fatalf("after %d lines: %+v\n%s", n, result, out)
		}
		if n < 4 && !strings.Contains(result.Err.Error(), "still missing: ") {
			t.Errorf("after %d lines: %v", n, result.Err)
		}
	}
	setup := testSetup(t)
	var out bytes.Buffer
	result, err := RunPlain(t.Context(), setup, strings.NewReader(""), &out)
	want := "the input ended; still missing: locale.timezone, locale.language, host.name, host.type, userPassword, disk.layout, disk.disks.system, boot.unlock, diskPassphrase, words"
	if err != nil || result.Kind != KindInterrupted || result.Err == nil || result.Err.Error() != want {
		t.Errorf("no input: %+v, %v", result, err)
	}
}

func TestPlainCommands(t *testing.T) {
	for _, test := range []struct {
		name  string
		lines []string
		wants []string
	}{
		{"help", []string{"help"}, []string{"It is set at once, so that what", "Answer with a number"}},
		{"back at the beginning", []string{"back"}, []string{"This is the first question."}},
		{"back over a page and its report", []string{"", "UTC", "en", "", "back", "fr"}, []string{"Language [en]"}},
		{"wrong choice", []string{"klingon"}, []string{`Error: "klingon" is not one of the choices`}},
		{"number beyond the end", []string{"9"}, []string{"Error: there is no number 9: the last is 4"}},
		{"several match", []string{"", "europe"}, []string{"52 of them fit", "and 32 more"}},
		{"fault and hint", []string{"", "UTC", "en", "", "Snix"}, []string{"Error: host.name is not a host name: Snix", "Hint: small letters"}},
		{"escaped command", []string{"", "UTC", `\back`, "", "quit"}, []string{"Host and operator"}},
		{"secrets differ", []string{"", "UTC", "en", "", "snix", "1", "", "", "one", "two"}, []string{"Error: the two were not the same"}},
		{"warning", append(plainWay[:12:12], "1 2 3 4 5"), []string{"Warning: more than four features"}},
		{"unavailable", append(plainWay[:12:12], "7"), []string{"GPU passthrough is not available"}},
	} {
		_, out := talkPlain(t, testSetup(t), test.lines...)
		flat := strings.Join(strings.Fields(out), " ")
		for _, want := range test.wants {
			if !strings.Contains(flat, want) {
				t.Errorf("%s: no %q in\n%s", test.name, want, out)
			}
		}
	}
	result, _ := talkPlain(t, testSetup(t), "", "quit")
	if result.Kind != KindDeclined {
		t.Errorf("quit ends with %+v", result)
	}
	result, _ = talkPlain(t, testSetup(t), "", "UTC", `\back`, "", "quit")
	if result.Answers.Locale.Language != "back" {
		t.Errorf("the escaped word became %q", result.Answers.Locale.Language)
	}
}

func TestPlainReview(t *testing.T) {
	way := plainWay[:len(plainWay):len(plainWay)]
	result, out := talkPlain(t, testSetup(t), append(way, "install", "yes", "back", "https://git.example.org/x", "install", "NX0T")...)
	if result.Kind != KindAccepted || result.Answers.Repository.Remote != "https://git.example.org/x" || !strings.Contains(out, "that is not the word") {
		t.Errorf("ended with %+v\n%s", result, out)
	}
	setup := testSetup(t)
	setup.Plan = func(context.Context, steps.Facts, steps.Answers, *steps.Secrets) (steps.Plan, error) {
		plan := steps.Plan{}
		plan.Block(steps.Problem{Text: "no UEFI"})
		return plan, nil
	}
	result, out = talkPlain(t, setup, append(way, "install")...)
	if result.Kind != KindInterrupted || !strings.Contains(out, "cannot begin") {
		t.Errorf("a blocked plan: %+v\n%s", result, out)
	}
}

func TestPlainWords(t *testing.T) {
	before := plainWay[:19:19]
	list := strings.Fields(paper)
	for _, test := range []struct {
		name  string
		lines []string
		wants []string
	}{
		{"one by one, four letters", append([]string{"2"}, list...), []string{"word 24>", "their checksum is right"}},
		{"wrong word", []string{"2", "viod"}, []string{"Error: word 1 is not in the list", "near it: void"}},
		{"not the shown one", []string{"1", "zoo"}, []string{"Error: word 1 is not the one that was shown"}},
		{"checksum", []string{"2", strings.Repeat("abandon ", 24)}, []string{"their checksum does not match", "All 24 once more."}},
		{"numbered", []string{"2", numbered(list)}, []string{"their checksum is right"}},
	} {
		setup := testSetup(t)
		_, out := talkPlain(t, setup, append(before[:len(before):len(before)], test.lines...)...)
		flat := strings.Join(strings.Fields(out), " ")
		for _, want := range test.wants {
			if !strings.Contains(flat, want) {
				t.Errorf("%s: no %q in\n%s", test.name, want, out)
			}
		}
	}
}

// TestPlainWrongWords types the words in lines, wrong ones among them: those are
// asked for again and the others are not.
func TestPlainWrongWords(t *testing.T) {
	list := strings.Fields(paper)
	setup := testSetup(t)
	_, out := talkPlain(t, setup, append(plainWay[:len(plainWay)-7:len(plainWay)-7], "2",
		"viod "+strings.Join(list[1:10], " "), "void "+strings.Join(list[10:12], " "),
		"qqqq yyyy "+strings.Join(list[14:], " "), strings.Join(list[12:14], " "), "")...)
	for _, want := range []string{"word 1 is not in the list", "near it: void", "word 13>", "word 13 is not in the list", "24 words, and their checksum is right"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if got := text(setup.Secrets.Words); got != paper {
		t.Errorf("kept other words:\n%s", out)
	}
}

// numbered is a list as it stands on paper.
func numbered(list []string) string {
	var out strings.Builder
	for i, word := range list {
		fmt.Fprintf(&out, "%d. %s ", i+1, word)
	}
	return out.String()
}

func TestPlainCancelled(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	in, keep := io.Pipe()
	defer func() { _ = keep.Close() }()
	setup := testSetup(t)
	setup.MakeWords = func(context.Context) (*words.Mnemonic, error) { return nil, errors.New("no randomness") }
	stop()
	result, err := RunPlain(ctx, setup, in, io.Discard)
	if err != nil || result.Kind != KindInterrupted {
		t.Errorf("ended with %+v, %v", result, err)
	}
}

func TestPlainLongLine(t *testing.T) {
	result, _ := talkPlain(t, testSetup(t), strings.Repeat("x", 10<<20))
	if result.Kind != KindFailed || !errors.Is(result.Err, errTooLong) {
		t.Errorf("ended with %+v", result)
	}
}

// TestPlainEcho types a secret on a terminal, and does not see it again.
func TestPlainEcho(t *testing.T) {
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = screen.Close() }()
	setup := testSetup(t)
	setup.Steps = setup.Steps[2:3] // host and operator
	done := make(chan Result, 1)
	go func() {
		result, _ := RunPlain(t.Context(), setup, terminal, terminal)
		_ = terminal.Close()
		done <- result
	}()
	if err := screen.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var seen strings.Builder
	await := func(prompt string) {
		buffer := make([]byte, 1024)
		for !strings.HasSuffix(seen.String(), prompt) {
			n, err := screen.Read(buffer)
			seen.Write(buffer[:n])
			if err != nil {
				t.Fatalf("waiting for %q: %v after\n%s", prompt, err, seen.String())
			}
		}
	}
	for _, step := range []struct{ prompt, line string }{
		{"> ", "snix"}, {"> ", "1"}, {"> ", "Ada"}, {"1> ", ""}, {"secret> ", "geheim 42"}, {"again> ", "geheim 42"}, {"> ", "quit"},
	} {
		await(step.prompt)
		_, _ = fmt.Fprintln(screen, step.line)
		seen.WriteString("\n") // what follows is another prompt
	}
	result := <-done
	if strings.Contains(seen.String(), "geheim") || !strings.Contains(seen.String(), "snix") {
		t.Errorf("on the terminal:\n%s", seen.String())
	}
	if text(setup.Secrets.UserPassword) != "geheim 42" || result.Kind != KindDeclined {
		t.Errorf("ended with %+v", result)
	}
}
