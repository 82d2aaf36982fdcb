package run_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

func TestLogIsBegunAgainWhenItIsFull(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(name, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := run.OpenLog(name, 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"one\n", "two\n", "three is longer\n", "four\n"} {
		if n, err := log.Write([]byte(line)); n != len(line) || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{name: "four\n", name + ".1": "three is longer\n"} {
		if text, err := os.ReadFile(file); err != nil || string(text) != want {
			t.Errorf("%s holds %q, %v", file, text, err)
		}
	}
}

func TestLogRedacts(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	log, err := run.OpenLog(name, 0)
	if err != nil {
		t.Fatal(err)
	}
	log.Redact(func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("hunter2"), []byte("[redacted]")) })
	_, _ = log.Write([]byte("bad passphrase hunter2\n"))
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "bad passphrase [redacted]\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// A full disk does not stop what is told of, and is not kept quiet either.
func TestLogTellsWhatItCouldNotWrite(t *testing.T) {
	log, err := run.OpenLog("/dev/full", 0)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := log.Write([]byte("line\n")); n != 5 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if err := log.Close(); err == nil || !strings.Contains(err.Error(), "/dev/full: no space left") {
		t.Errorf("%v", err)
	}
}

func TestLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "run", "lock")
	release, err := run.Lock(name, "mnemonix install, process 7")
	if err != nil {
		t.Fatal(err)
	}
	_, err = run.Lock(name, "another")
	var locked *run.LockedError
	if !errors.As(err, &locked) || locked.Holder != "mnemonix install, process 7" {
		t.Fatalf("%v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	again, err := run.Lock(name, "later")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "later\n" {
		t.Errorf("%q, %v", text, err)
	}
	if err := again(); err != nil {
		t.Fatal(err)
	}
}
