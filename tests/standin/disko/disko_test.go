package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

var update = flag.Bool("update", false, "write the golden files anew")

// layouts are the files that the planner writes for disko to carry out, one for
// each of its cases. Those that document a machine are for NixOS alone.
func layouts(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../../steps/disk/testdata/plans/*.nix")
	files = slices.DeleteFunc(files, func(file string) bool { return strings.HasPrefix(filepath.Base(file), "document") })
	if err != nil || len(files) < 22 {
		t.Fatalf("%d layouts, %v", len(files), err)
	}
	return files
}

func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (go test -update writes it anew):\n%s", file, diff)
	}
}

// Every layout of the planner becomes these commands.
func TestCommands(t *testing.T) {
	for _, file := range layouts(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".nix")
		t.Run(name, func(t *testing.T) {
			text, err := readData(file)
			if err != nil {
				t.Fatal(err)
			}
			devices, err := decode(text)
			if err != nil {
				t.Fatal(err)
			}
			s := &script{root: "/mnt", devices: devices}
			var out strings.Builder
			out.WriteString("empties " + strings.Join(s.wiped(), " ") + "\n")
			for _, mode := range []string{"format", "mount", "unmount"} {
				out.WriteString("\n# " + mode + "\n" + describe(s.part(mode)))
			}
			golden(t, name+".txt", out.String())
		})
	}
}

// Nix reads the same in every layout as the reader that takes its place.
func TestNixReadsTheSame(t *testing.T) {
	nix := need.Program(t, "nix-instantiate")
	for _, file := range layouts(t) {
		output, err := exec.Command(nix, "--eval", "--strict", "--json", file).Output()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		own, err := readData(file)
		if err != nil {
			t.Fatal(err)
		}
		byNix, err := decode(output)
		if err != nil {
			t.Fatal(err)
		}
		byData, err := decode(own)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(byNix, byData, cmp.AllowUnexported(devices{})); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

// What disko does not have is refused.
func TestRefusals(t *testing.T) {
	file := filepath.Join(t.TempDir(), "disko.nix")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const disk = `{ disko.devices.disk.main = { type = "disk"; device = "/dev/disk/by-id/x"; content = CONTENT; }; }`
	for _, test := range []struct{ name, args, content, want string }{
		{"an unknown mode", "--mode wipe FILE", "", `no mode "wipe"`},
		{"modes in a wrong combination", "--mode destroy,format FILE", "", "no mode"},
		{"an unknown option", "--mode mount --force FILE", "", "no option --force"},
		{"an option without its value", "--mode", "", "needs a value"},
		{"two files", "--mode mount FILE FILE", "", "second file"},
		{"a flake", "--flake .#x", "", "nothing stands in"},
		{"no file", "--mode mount", "", "existing file"},
		{"a file that is not there", "--mode mount FILE.nix", "", "existing file"},
		{"no disks", "--mode mount FILE", "NONE", "no disks"},
		{"an unknown content", "--mode mount FILE", `{ type = "ext4"; }`, `type "ext4"`},
		{"an attribute of another content", "--mode mount FILE", `{ type = "swap"; mountpoint = "/x"; }`, "no attribute mountpoint"},
		{"an attribute of nothing", "--mode mount FILE", `{ type = "gpt"; partitions = { a = { size = "1G"; colour = "red"; }; }; }`, "colour"},
		{"wiping without being asked to", "--mode destroy,format,mount FILE", `{ type = "swap"; }`, "aborted"},
		{"wiping alone, where the switch counts for nothing", "--mode destroy --yes-wipe-all-disks FILE", `{ type = "swap"; }`, "aborted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			// Only what tells that every program is here: nothing is to be run.
			programs := t.TempDir()
			for _, name := range []string{"blkid", "sgdisk", "partprobe", "udevadm"} {
				if err := os.WriteFile(filepath.Join(programs, name), []byte("#!/bin/sh\nexit 9\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", programs)
			write(strings.Replace(disk, "CONTENT", test.content, 1))
			if test.content == "NONE" {
				write("{ disko.devices = { disk = { }; }; }")
			}
			args := strings.Fields(strings.ReplaceAll(test.args, "FILE", file))
			var out bytes.Buffer
			if err := run(args, strings.NewReader("no\n"), &out); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, and want %q", err, test.want)
			}
		})
	}
}

// A disk is emptied from the leaves to the root, and no other disk is touched.
func TestDeactivate(t *testing.T) {
	text, err := os.ReadFile("testdata/lsblk.json")
	if err != nil {
		t.Fatal(err)
	}
	ops, err := deactivate(text, "/dev/vdb")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "deactivate.txt", describe(ops))
	for _, o := range ops {
		if slices.ContainsFunc(o.argv, func(arg string) bool { return strings.Contains(arg, "vda") }) {
			t.Errorf("another disk: %v", o.argv)
		}
	}
	if _, err := deactivate(text, "/dev/vdz"); err == nil {
		t.Error("a disk that is not there was taken")
	}
}
