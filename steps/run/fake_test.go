package run_test

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"codeberg.org/mnemonix/mnemonix/steps/run"
)

func TestFakeRefusesWhatItDoesNotExpect(t *testing.T) {
	fake := run.NewFake(run.Expected{Argv: []string{"sgdisk", "-p"}})
	if _, err := fake.Run(t.Context(), run.Command{Argv: []string{"wipefs", "-a"}}); err == nil {
		t.Error("a command that was not expected ran")
	}
	err := fake.Unmet()
	if err == nil || !strings.Contains(err.Error(), "not expected: wipefs -a") || !strings.Contains(err.Error(), "never run: sgdisk -p") {
		t.Errorf("Unmet says %v", err)
	}
}

func TestFakeKeepsTheOrderOfItsScript(t *testing.T) {
	fake := run.NewFake(
		run.Expected{Argv: []string{"first"}},
		run.Expected{Argv: []string{"any"}, Any: true, Stdout: "here"},
		run.Expected{Argv: []string{"second"}, Status: 4, Stderr: "no room\n", Effect: func(files fstest.MapFS) {
			files["mnt/x"] = &fstest.MapFile{Data: []byte("made")}
		}},
	)
	if _, err := fake.Run(t.Context(), run.Command{Argv: []string{"second"}}); err == nil {
		t.Error("the second command ran before the first")
	}
	for _, argv := range [][]string{{"any"}, {"first"}, {"any"}} {
		if _, err := fake.Run(t.Context(), run.Command{Argv: argv}); err != nil {
			t.Errorf("%s: %v", argv, err)
		}
	}
	_, err := fake.Run(t.Context(), run.Command{Argv: []string{"second"}})
	var failed *run.Error
	if !errors.As(err, &failed) || failed.Status != 4 || failed.Last != "no room" {
		t.Errorf("got %v", err)
	}
	if data, err := fake.ReadFile("/mnt/x"); err != nil || string(data) != "made" {
		t.Errorf("effect: %q, %v", data, err)
	}
}

func TestFakePullsThePlugWhereATestWantsIt(t *testing.T) {
	plug := errors.New("power cut")
	fake := run.NewFake().Put("/etc/a", "old")
	fake.Before = func(what string) error {
		if what == "write /etc/a" {
			return plug
		}
		return nil
	}
	if err := fake.WriteFile("/etc/a", []byte("new"), 0o644); !errors.Is(err, plug) {
		t.Errorf("got %v", err)
	}
	if data, _ := fake.ReadFile("/etc/a"); string(data) != "old" {
		t.Errorf("the write happened: %q", data)
	}
	if err := fake.AppendFile("/etc/b", []byte("x"), 0o600); err != nil {
		t.Error(err)
	}
	if err := fake.Rename("/etc", "/srv"); err != nil {
		t.Error(err)
	}
	if data, err := fake.ReadFile("/srv/b"); err != nil || string(data) != "x" {
		t.Errorf("after the rename: %q, %v", data, err)
	}
}

func TestFakeMissesPrograms(t *testing.T) {
	fake := run.NewFake().Without("sops")
	if _, err := fake.LookPath("sops"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := fake.LookPath("git"); err != nil {
		t.Error(err)
	}
}

func TestDryTellsAndChangesNothing(t *testing.T) {
	fake := run.NewFake().Put("/etc/a", "old")
	var out bytes.Buffer
	dry := run.NewDry(fake, &out)
	if _, err := dry.Run(t.Context(), run.Command{Argv: []string{"mkfs.ext4", "-L", "my disk"}}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		dry.WriteFile("/etc/a", []byte("new"), 0o600), dry.AppendFile("/etc/j", []byte("1"), 0o600),
		dry.MkdirAll("/mnt", 0o755), dry.Remove("/x"), dry.RemoveAll("/y"), dry.Rename("/p", "/q"), dry.Symlink("/s", "/t"),
	); err != nil {
		t.Fatal(err)
	}
	want := `would run: mkfs.ext4 -L 'my disk'
would write: /etc/a (3 bytes, mode 0600)
would append to: /etc/j (1 bytes)
would make folder: /mnt
would remove: /x
would remove with all that is in it: /y
would move: /p -> /q
would link: /t -> /s
`
	if out.String() != want {
		t.Errorf("told:\n%s\nwant:\n%s", &out, want)
	}
	if data, err := dry.ReadFile("/etc/a"); err != nil || string(data) != "old" {
		t.Errorf("after the dry run: %q, %v", data, err)
	}
}

func TestRecordKeepsTheArguments(t *testing.T) {
	record := run.NewRecord(run.NewFake(run.Expected{Argv: []string{"git", "status"}}))
	if _, err := record.Run(t.Context(), run.Command{Argv: []string{"git", "status"}}); err != nil {
		t.Fatal(err)
	}
	if got := record.Commands(); len(got) != 1 || got[0][1] != "status" {
		t.Errorf("recorded %v", got)
	}
}
