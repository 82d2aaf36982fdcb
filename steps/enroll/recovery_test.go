package enroll_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

const diskPassphrase = "correct horse battery"

// container makes a LUKS container in a file.
func container(t *testing.T) string {
	t.Helper()
	program := need.Program(t, "cryptsetup")
	t.Setenv("PATH", filepath.Dir(program)+":"+os.Getenv("PATH"))
	file := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 32<<20); err != nil {
		t.Fatal(err)
	}
	format := exec.Command(program, "luksFormat", "--batch-mode", "--type=luks2", "--pbkdf=pbkdf2", "--pbkdf-force-iterations=1000", "--key-file=-", file)
	format.Stdin = strings.NewReader(diskPassphrase)
	if output, err := format.CombinedOutput(); err != nil {
		t.Fatalf("luksFormat: %v, %s", err, output)
	}
	return file
}

func recoveryOf(t *testing.T, runner run.Runner, file, typed string) enroll.Recovery {
	t.Helper()
	return enroll.Recovery{
		Runner: runner, Answers: machine(true), Root: root(t, typed), Passphrase: secret.FromString(diskPassphrase), Flake: t.TempDir(),
		Containers: []steps.LayoutContainer{{Name: "cryptroot", Device: file}},
	}
}

func headerOf(t *testing.T, file string) tools.LuksHeaderInfo {
	t.Helper()
	output, err := exec.Command("cryptsetup", "luksDump", "--dump-json-metadata", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	header, err := tools.ParseLuksDump(output)
	if err != nil {
		t.Fatal(err)
	}
	return header
}

// complete says that the container has the slot of the words, once, with both
// its tokens, and that both passphrases open it.
func complete(t *testing.T, file string) {
	t.Helper()
	passphrase, err := root(t, phrase()).RecoveryPassphrase("snix", 0)
	if err != nil {
		t.Fatal(err)
	}
	for slot, opens := range []string{diskPassphrase, shown(passphrase)} {
		command := tools.LuksTestSlot(file, slot).Argv
		test := exec.Command(command[0], command[1:]...)
		test.Stdin = strings.NewReader(opens)
		if output, err := test.CombinedOutput(); err != nil {
			t.Errorf("slot %d: %v, %s", slot, err, output)
		}
	}
	header := headerOf(t, file)
	if !slices.Equal(header.Slots, []int{0, 1}) || len(header.Tokens) != 2 {
		t.Fatalf("the header has the slots %v and the tokens %v", header.Slots, header.Tokens)
	}
	if token := header.Tokens[0]; token.Type != "systemd-recovery" || !slices.Equal(token.Slots, []int{1}) {
		t.Errorf("the first token is %s", token.Text)
	}
	token, err := format.ParseLUKSToken(header.Tokens[1].Text)
	if err != nil || token.Label.String() != "mnemonix/v1/host/snix/luks" || token.IDs != root(t, phrase()).IDs() {
		t.Errorf("the second token is %s, %v", header.Tokens[1].Text, err)
	}
}

func changes(commands [][]string) (list []string) {
	for _, argv := range commands {
		if argv[1] == "luksAddKey" || argv[1] == "token" {
			list = append(list, argv[1])
		}
	}
	return list
}

// The words open the disk afterwards, systemd calls the slot a recovery key,
// a second time changes nothing, and no secret is an argument or in the log.
func TestRecovery(t *testing.T) {
	file := container(t)
	var log bytes.Buffer
	for _, want := range [][]string{{"luksAddKey", "token", "token"}, nil} {
		record := run.NewRecord(run.NewReal("", &log))
		if err := recoveryOf(t, record, file, phrase()).Carry(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := changes(record.Commands()); !slices.Equal(got, want) {
			t.Errorf("changed %v, want %v", got, want)
		}
		complete(t, file)
		passphrase, err := root(t, phrase()).RecoveryPassphrase("snix", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, hidden := range []string{diskPassphrase, shown(passphrase), "abandon"} {
			for _, argv := range record.Commands() {
				if strings.Contains(strings.Join(argv, " "), hidden) {
					t.Errorf("a secret is in the arguments of %s %s", argv[0], argv[1])
				}
			}
			if strings.Contains(log.String(), hidden) {
				t.Error("a secret is in the log")
			}
		}
	}
	program := need.Program(t, "systemd-cryptenroll")
	output, err := exec.Command(program, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	if types := tools.ParseCryptenroll(output); !slices.Equal(types, []string{"password", "recovery"}) {
		t.Errorf("systemd-cryptenroll lists %v", types)
	}
}

// unplugged is a door that is pulled shut at the n-th change to a container:
// before the change, or right after it.
type unplugged struct {
	run.Runner
	left  int
	after bool
}

func (u *unplugged) Run(ctx context.Context, cmd run.Command) (run.Result, error) {
	if len(changes([][]string{cmd.Argv})) == 0 {
		return u.Runner.Run(ctx, cmd)
	}
	if u.left--; u.left >= 0 {
		return u.Runner.Run(ctx, cmd)
	}
	if u.after {
		if _, err := u.Runner.Run(ctx, cmd); err != nil {
			return run.Result{}, err
		}
	}
	return run.Result{}, errPlug
}

// Wherever it was interrupted, doing it again completes it and adds nothing
// twice.
func TestRecoveryInterrupted(t *testing.T) {
	if testing.Short() {
		t.Skip("a disk that is encrypted: not in the inner loop")
	}
	made, err := os.ReadFile(container(t))
	if err != nil {
		t.Fatal(err)
	}
	real := run.NewReal("", nil)
	for change := range 3 {
		for _, after := range []bool{false, true} {
			file := filepath.Join(t.TempDir(), "disk")
			if err := os.WriteFile(file, made, 0o600); err != nil {
				t.Fatal(err)
			}
			err := recoveryOf(t, &unplugged{real, change, after}, file, phrase()).Carry(t.Context())
			if err == nil || !strings.Contains(err.Error(), errPlug.Error()) {
				t.Fatalf("change %d: %v", change, err)
			}
			if err := recoveryOf(t, real, file, phrase()).Carry(t.Context()); err != nil {
				t.Fatal(err)
			}
			complete(t, file)
		}
	}
}

// Other words, and a later generation of the same, get slots of their own.
func TestRecoveryBesideOthers(t *testing.T) {
	file := container(t)
	real := run.NewReal("", nil)
	later := recoveryOf(t, real, file, phrase())
	keys, err := format.NewPublicKeys(later.Root, "snix", format.Generations{"mnemonix/v1/host/snix/luks": 2})
	if err != nil {
		t.Fatal(err)
	}
	text, err := keys.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := real.MkdirAll(filepath.Join(later.Flake, "keys"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := real.WriteFile(filepath.Join(later.Flake, "keys/snix.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, made := range []enroll.Recovery{
		recoveryOf(t, real, file, phrase()), later, recoveryOf(t, real, file, strings.Repeat("zoo ", 23)+"vote"),
	} {
		if err := made.Carry(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	header := headerOf(t, file)
	var labels []string
	for _, token := range header.Tokens {
		if ours, err := format.ParseLUKSToken(token.Text); err == nil {
			labels = append(labels, ours.Label.String()+" "+ours.IDs.Words)
		}
	}
	first, other := later.Root.IDs().Words, root(t, strings.Repeat("zoo ", 23)+"vote").IDs().Words
	want := []string{"mnemonix/v1/host/snix/luks " + first, "mnemonix/v1/host/snix/luks@2 " + first, "mnemonix/v1/host/snix/luks " + other}
	if len(header.Slots) != 4 || !slices.Equal(labels, want) {
		t.Errorf("%d slots, and the tokens %v", len(header.Slots), labels)
	}
}

// What cannot be done says why, without the passphrase, and changes nothing.
func TestRecoveryFails(t *testing.T) {
	file := container(t)
	for name, test := range map[string]struct {
		passphrase *secret.Secret
		device     string
		want       string
	}{
		"not given":      {nil, file, "the passphrase of the disk was not given"},
		"wrong":          {secret.FromString("wrong horse"), file, "No key available"},
		"two lines":      {secret.FromString("wrong\nhorse"), file, "line break"},
		"no such device": {secret.FromString(diskPassphrase), file + "-2", "disk-2"},
	} {
		t.Run(name, func(t *testing.T) {
			made := recoveryOf(t, run.NewReal("", nil), test.device, phrase())
			made.Passphrase = test.passphrase
			err := made.Carry(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "cryptroot") {
				t.Fatalf("%v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), "horse") {
				t.Errorf("the error has the passphrase in it: %v", err)
			}
			if header := headerOf(t, file); !slices.Equal(header.Slots, []int{0}) || len(header.Tokens) != 0 {
				t.Errorf("the header has the slots %v and the tokens %v", header.Slots, header.Tokens)
			}
		})
	}
}
