package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/standin/nixdata"
)

// Every layout of the planner is understood to its last word, but for ZFS,
// which Debian's kernel does not have: that is refused by name.
func TestEveryLayoutIsUnderstood(t *testing.T) {
	files, err := filepath.Glob("../../../steps/disk/testdata/plans/*.nix")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		value, err := nixdata.Parse(string(text))
		if err != nil {
			t.Fatal(err)
		}
		l, err := read(value, "/mnt")
		if strings.Contains(file, "zfs") {
			if err == nil || !strings.Contains(err.Error(), "stand-in") {
				t.Errorf("%s: %v", file, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if len(l.mounts) == 0 || l.mounts[len(l.mounts)-1].place == "" {
			t.Errorf("%s mounts %v", file, l.mounts)
		}
	}
}

// What disko does not have is refused.
func TestCommandLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "disko.nix")
	if err := os.WriteFile(file, []byte("{ disko.devices = { disk = { }; }; }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--mode wipe " + file:                    "no mode",
		"--mode destroy,format,mount " + file:    "would ask",
		"--mode destroy,format " + file:          "no mode",
		"--mode mount --force " + file:           "no option --force",
		"--mode mount":                           "no disko.nix",
		"--mode mount " + file + " " + file:      "one file",
		"--mode":                                 "needs a value",
		"--mode mount " + file + ".is.not.there": "no such file",
	} {
		if err := run(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
}
