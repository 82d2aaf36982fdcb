package enroll_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

func phrase() string { return strings.Repeat("abandon ", 23) + "art" }

func root(t testing.TB, typed string) *derive.Root {
	t.Helper()
	mnemonic, err := words.Parse(secret.FromString(typed))
	if err != nil {
		t.Fatal(err)
	}
	made, err := derive.New(mnemonic, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.Wipe)
	return made
}

func machine(inTPM bool) steps.Answers {
	return steps.Answers{
		Host:  steps.Host{Name: "snix", Type: "laptop"},
		Users: []steps.User{{Name: "alice", Operator: true}},
		TPM:   steps.TPMChoices{Keys: inTPM, OperatorKeys: yes()},
	}
}

// broken is a door that is pulled shut before its n-th change.
type broken struct {
	run.Runner
	left    int
	changed []string
}

var errPlug = errors.New("the plug was pulled")

func (b *broken) step(what string) error {
	if b.left == 0 {
		return errPlug
	}
	b.left--
	b.changed = append(b.changed, what)
	return nil
}

func (b *broken) WriteFile(name string, data []byte, perm fs.FileMode) error {
	if err := b.step("write " + name); err != nil {
		return err
	}
	return b.Runner.WriteFile(name, data, perm)
}

func (b *broken) MkdirAll(name string, perm fs.FileMode) error {
	if err := b.step("mkdir " + name); err != nil {
		return err
	}
	return b.Runner.MkdirAll(name, perm)
}

// Run answers chown, which only root may do, and nothing else.
func (b *broken) Run(_ context.Context, cmd run.Command) (run.Result, error) {
	if cmd.Argv[0] != "chown" {
		return run.Result{}, fmt.Errorf("unexpected command %q", cmd.Argv)
	}
	return run.Result{}, b.step(strings.Join(cmd.Argv, " "))
}

// Pulled at any moment, what was written is whole, and a second run brings
// the machine to where one undisturbed run would have.
func testInterrupted(t *testing.T, open func() (transport.TPMCloser, error)) {
	answers := machine(true)
	want := root(t, phrase())
	finished := false
	every := 5 // the places of writing, folder making and giving away alternate
	if os.Getenv("MNEMONIX_FULL") == "1" {
		every = 1
	}
	for moment := 0; !finished; moment += every {
		if moment > 100 {
			t.Fatal("it never finishes")
		}
		target, flake := t.TempDir(), t.TempDir()
		door := &broken{Runner: run.NewReal("", nil), left: moment}
		enrolment := enroll.Enrolment{
			Runner: door, Open: open, Answers: answers, Root: want, PIN: secret.FromString("123456"),
			Target: target, Flake: flake, AsRoot: true,
		}
		_, err := enrolment.Carry(t.Context())
		finished = err == nil
		if err != nil && !errors.Is(err, errPlug) {
			t.Fatalf("moment %d: %v", moment, err)
		}
		status, err := enroll.Look(door, open, answers, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range status.Keys {
			if key.State != enroll.KeyMissing && key.State != enroll.KeyUnknown {
				t.Errorf("moment %d: %s %s: %s", moment, key.Slot, key.State, key.Reason)
			}
		}
		door.left = -1
		result, err := enrolment.Carry(t.Context())
		if err != nil {
			t.Fatalf("moment %d, again: %v", moment, err)
		}
		for slot, place := range enroll.Places(answers, target) {
			for _, name := range []string{place.Private, place.Public} {
				if name == "" {
					continue
				}
				if info, err := os.Stat(name); err != nil || info.Size() == 0 {
					t.Errorf("moment %d: %s: %v", moment, slot, err)
				}
			}
		}
		if finished && result.Changed() {
			t.Error("a second undisturbed run changed something")
		}
		if text, err := os.ReadFile(filepath.Join(flake, "keys/snix.json")); err != nil {
			t.Error(err)
		} else if _, err := format.ParsePublicKeys(text); err != nil {
			t.Error(err)
		}
		if parts, _ := filepath.Glob(target + "/*/*/.*.*"); len(parts) > 0 && !strings.Contains(parts[0], "alice") {
			t.Errorf("left over: %v", parts)
		}
	}
}

// Files in an operator's home are given to whoever the home belongs to, and
// only by root.
func TestOwner(t *testing.T) {
	socket := startTPM(t)
	for _, asRoot := range []bool{true, false} {
		target := t.TempDir()
		door := &broken{Runner: run.NewReal("", nil), left: -1}
		_, err := enroll.Enrolment{
			Runner: door, Answers: machine(true), Root: root(t, phrase()), PIN: secret.FromString("123456"),
			Target: target, Flake: t.TempDir(), AsRoot: asRoot,
			Open: func() (transport.TPMCloser, error) { return device.Open(device.SocketStart + socket) },
		}.Carry(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		given := strings.Contains(strings.Join(door.changed, "\n"), "chown --no-dereference")
		// As another user than root, the home that was just made is ours and stays.
		if want := asRoot && os.Geteuid() == 0; given != want {
			t.Errorf("as root %v: given away: %v", asRoot, given)
		}
		for _, what := range door.changed {
			if strings.HasPrefix(what, "chown") && !strings.HasPrefix(what, "chown --no-dereference 1000:100 -- "+target+"/home/alice") {
				t.Errorf("%s", what)
			}
		}
	}
}

func TestInterruptedInFiles(t *testing.T) {
	answers := machine(false)
	answers.TPM.OperatorKeys = no() // their encryption is slow on purpose
	target, flake := t.TempDir(), t.TempDir()
	for moment := 0; ; moment++ {
		door := &broken{Runner: run.NewReal("", nil), left: moment}
		_, err := enroll.Enrolment{Runner: door, Answers: answers, Root: root(t, phrase()), Target: target, Flake: flake}.Carry(t.Context())
		if err == nil {
			return
		}
		if moment > 20 || !errors.Is(err, errPlug) {
			t.Fatalf("moment %d: %v", moment, err)
		}
	}
}

// Keys of other words are not replaced unasked; asked to, they are.
func TestOtherKeysInFiles(t *testing.T) {
	answers := machine(false)
	answers.TPM.OperatorKeys = no()
	target := t.TempDir()
	door := run.NewReal("", nil)
	enrolment := enroll.Enrolment{Runner: door, Answers: answers, Root: root(t, phrase()), Target: target, Flake: t.TempDir()}
	if _, err := enrolment.Carry(t.Context()); err != nil {
		t.Fatal(err)
	}
	place := enroll.Places(answers, target)[tpmenroll.HostSSH].Private
	before, err := os.ReadFile(place)
	if err != nil {
		t.Fatal(err)
	}
	enrolment.Root = root(t, strings.Repeat("zoo ", 23)+"vote")
	var words *enroll.OtherWordsError
	if _, err := enrolment.Carry(t.Context()); !errors.As(err, &words) || words.Hint() == "" {
		t.Errorf("the flake records others: %v", err)
	}
	enrolment.Flake = t.TempDir()
	var keys *tpmenroll.OtherKeysError
	if _, err := enrolment.Carry(t.Context()); !errors.As(err, &keys) || len(keys.Slots) != 2 {
		t.Errorf("the files hold others: %v", err)
	}
	if now, _ := os.ReadFile(place); !bytes.Equal(now, before) {
		t.Error("the file was replaced all the same")
	}
	enrolment.Replace = true
	result, err := enrolment.Carry(t.Context())
	if err != nil || result.Files[0].State != tpmenroll.Replaced {
		t.Fatalf("told to replace: %v", err)
	}
	status, err := enroll.Look(door, nil, answers, target, result.Keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range status.Keys {
		if key.State != enroll.KeyWorks {
			t.Errorf("%s: %s %s", key.Slot, key.State, key.Reason)
		}
	}
}

func TestNoPassphrase(t *testing.T) {
	_, err := enroll.Enrolment{
		Runner: run.NewReal("", nil), Answers: machine(false), Root: root(t, phrase()), Target: t.TempDir(), Flake: t.TempDir(),
	}.Carry(t.Context())
	if !errors.Is(err, enroll.ErrNoPassphrase) {
		t.Errorf("%v", err)
	}
}

func TestInterruptedInTPM(t *testing.T) {
	socket := startTPM(t)
	testInterrupted(t, func() (transport.TPMCloser, error) { return device.Open(device.SocketStart + socket) })
}
