package need_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// outcome runs a test function and tells how it went.
func outcome(t *testing.T, body func(t testing.TB)) (failed, skipped bool) {
	t.Helper()
	spy := &spy{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		body(spy)
	}()
	<-done
	return spy.failed, spy.skipped
}

// spy is a test that notes its end in place of having it.
type spy struct {
	testing.TB
	failed, skipped bool
}

func (s *spy) Fatal(...any) { s.failed = true; panic("failed") }
func (s *spy) Skip(...any)  { s.skipped = true; panic("skipped") }

func TestProgram(t *testing.T) {
	tools := t.TempDir()
	tool := filepath.Join(tools, "a-tool-of-the-tests")
	if err := os.WriteFile(tool, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MNEMONIX_TOOLS", tools)
	if got := need.Program(t, "a-tool-of-the-tests"); got != tool {
		t.Errorf("found %q, want %q", got, tool)
	}
	if got := need.Program(t, "sh"); !filepath.IsAbs(got) {
		t.Errorf("found %q, want an absolute path", got)
	}
}

func TestMissingProgram(t *testing.T) {
	missing := func(t testing.TB) { need.Program(t, "no-such-program-anywhere") }
	t.Setenv("MNEMONIX_CHECK", "1")
	if failed, skipped := outcome(t, missing); !failed || skipped {
		t.Errorf("under ./check: failed %v, skipped %v; want a failure", failed, skipped)
	}
	t.Setenv("MNEMONIX_CHECK", "")
	if failed, skipped := outcome(t, missing); failed || !skipped {
		t.Errorf("elsewhere: failed %v, skipped %v; want it skipped", failed, skipped)
	}
}

func TestFull(t *testing.T) {
	t.Setenv("MNEMONIX_FULL", "")
	if failed, skipped := outcome(t, need.Full); failed || !skipped {
		t.Errorf("failed %v, skipped %v; want it skipped", failed, skipped)
	}
	t.Setenv("MNEMONIX_FULL", "1")
	if failed, skipped := outcome(t, need.Full); failed || skipped {
		t.Errorf("failed %v, skipped %v; want it to run", failed, skipped)
	}
}

func TestTerminal(t *testing.T) {
	t.Setenv("CI", "true")
	t.Setenv("TMUX", "/a/socket,1,0")
	t.Setenv("KEPT", "yes")
	env := need.Terminal("linux", "NO_COLOR=1")
	for _, want := range []string{"TERM=linux", "NO_COLOR=1", "KEPT=yes"} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, bad := range []string{"CI=true", "TMUX=/a/socket,1,0"} {
		if slices.Contains(env, bad) {
			t.Errorf("%s is still there", bad)
		}
	}
}
