package run_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

func TestRealGivesOutputAndStatus(t *testing.T) {
	var log bytes.Buffer
	real := run.NewReal("/", &log)
	result, err := real.Run(t.Context(), run.Command{Argv: []string{"sh", "-c", "echo out; echo one >&2; echo two >&2; exit 3"}})
	var failed *run.Error
	if !errors.As(err, &failed) {
		t.Fatalf("status 3 gave %v, want a *run.Error", err)
	}
	if failed.Status != 3 || failed.Last != "two" || string(result.Stdout) != "out\n" {
		t.Errorf("got status %d, last line %q, output %q", failed.Status, failed.Last, result.Stdout)
	}
	if want := "sh: ended with status 3: two"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	for _, want := range []string{"one", "two", "= 3"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &log)
		}
	}
}

func TestRealSpeaksEnglishAndDropsTheEnvironment(t *testing.T) {
	t.Setenv("MNEMONIX_TEST_SECRET", "in the environment")
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	result, err := run.NewReal("/", nil).Run(t.Context(), run.Command{Argv: []string{"env"}})
	if err != nil {
		t.Fatal(err)
	}
	if out := string(result.Stdout); strings.Contains(out, "MNEMONIX_TEST_SECRET") || !strings.Contains(out, "LC_ALL=C\n") {
		t.Errorf("environment of a command:\n%s", out)
	}
}

func TestRealSaysThatTheTimeRanOut(t *testing.T) {
	_, err := run.NewReal("/", nil).Run(t.Context(), run.Command{Argv: []string{"sleep", "600"}, Timeout: time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "gave no answer within 1ms") {
		t.Fatalf("got %v", err)
	}
}

func TestRealEndsTheWholeGroup(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var child string
	_, err := run.NewReal("/", nil).Run(ctx, run.Command{
		Argv: []string{"sh", "-c", "sleep 600 & echo $! >&2; wait"},
		Line: func(line []byte) { child = string(line); cancel() },
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	// Killed is not yet dead: the kernel is given its time. Then the child is
	// gone, or a zombie that its new parent has yet to collect.
	for deadline := time.Now().Add(30 * time.Second); ; {
		stat, err := os.ReadFile("/proc/" + child + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the child outlived the command: %s", stat)
		}
	}
}

func TestRealNamesAMissingProgram(t *testing.T) {
	_, err := run.NewReal("/", nil).Run(t.Context(), run.Command{Argv: []string{"mnemonix-no-such-program"}})
	if !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestSecretGoesInByStandardInputAndNowhereElse(t *testing.T) {
	var log bytes.Buffer
	value := secret.New([]byte("correct horse"))
	defer value.Wipe()
	result, err := run.NewReal("/", &log).Run(t.Context(), run.Command{
		Argv: []string{"sh", "-c", "read x; tr a-z n-za-m <<EOF\n$x\nEOF\nenv; cat /proc/$$/cmdline"}, Secret: value,
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(result.Stdout), "pbeerpg ubefr\n") {
		t.Errorf("the command read %q", result.Stdout)
	}
	if all := string(result.Stdout) + log.String(); strings.Contains(all, "correct horse") {
		t.Errorf("the secret shows in:\n%s", all)
	}
}

func TestLinesComeWholeAndTheTailIsBounded(t *testing.T) {
	var got []string
	result, err := run.NewReal("/", nil).Run(t.Context(), run.Command{
		Argv: []string{"sh", "-c", `printf 'a\nb' >&2; printf 'c\rd\n' >&2; head -c 3000000 /dev/zero | tr '\0' x >&2; echo >&2; printf last >&2`},
		Line: func(line []byte) {
			if len(line) < 100 {
				got = append(got, string(line))
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "a bc d last"; strings.Join(got, " ") != want {
		t.Errorf("lines %q, want %q", got, want)
	}
	if len(result.Stderr) > 200_000 {
		t.Errorf("kept %d bytes of standard error", len(result.Stderr))
	}
}

func TestQuoteReadsBackInAShell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOfN(rapid.StringMatching(`[^\x00]{0,12}`), 1, 8).Draw(t, "args")
		script := "printf '%s\\0'"
		for _, arg := range args {
			script += " " + run.Quote(arg)
		}
		out, err := exec.Command("sh", "-c", script).Output()
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Join(args, "\x00") + "\x00"; string(out) != want {
			t.Fatalf("%q came back as %q", want, out)
		}
	})
}

func TestWriteFileIsWholeOrNotAtAll(t *testing.T) {
	files := run.NewFiles(t.TempDir())
	if err := files.MkdirAll("/etc", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := files.WriteFile("/etc/a", []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := files.Stat("/etc/a")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	if err := files.WriteFile("/gone/a", []byte("two"), 0o600); err == nil || !strings.Contains(err.Error(), "/gone/a: no such file") {
		t.Errorf("a folder that is missing gave %v", err)
	}
	// A folder in the file's place makes the rename fail: nothing stays
	// behind.
	if err := files.MkdirAll("/etc/b/c", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := files.WriteFile("/etc/b", []byte("two"), 0o600); err == nil {
		t.Error("wrote over a folder")
	}
	entries, err := files.ReadDir("/etc")
	if err != nil || len(entries) != 2 {
		t.Errorf("%d entries in /etc, want a and b", len(entries))
	}
}

func TestNamesStayBelowTheRoot(t *testing.T) {
	root := t.TempDir()
	files := run.NewFiles(filepath.Join(root, "machine"))
	if err := files.MkdirAll("/", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := files.WriteFile("/../../outside", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "machine", "outside")); err != nil {
		t.Error("the name climbed out of the root")
	}
}
