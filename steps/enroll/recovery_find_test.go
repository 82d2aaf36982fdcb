package enroll_test

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// addRecovery puts a recovery passphrase into slot 1 by hand, with a token of
// systemd or without.
func addRecovery(t *testing.T, file string, generation int, token bool) {
	t.Helper()
	passphrase, err := root(t, phrase()).RecoveryPassphrase("snix", generation)
	if err != nil {
		t.Fatal(err)
	}
	command := tools.LuksAddRecovery(file, 1).Argv
	add := exec.Command(command[0], command[1:]...)
	add.Stdin = strings.NewReader(diskPassphrase + "\n" + shown(passphrase) + "\n")
	if output, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if token {
		text, err := format.RecoveryToken(1)
		if err != nil {
			t.Fatal(err)
		}
		importToken(t, file, string(text))
	}
}

func importToken(t *testing.T, file, token string) {
	t.Helper()
	command := tools.LuksTokenImport(file, token).Argv
	add := exec.Command(command[0], command[1:]...)
	add.Stdin = strings.NewReader(token)
	if output, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}

// A disk that is locked says which passphrase of the words opens it; where its
// header says nothing, the generations are tried.
func TestFindRecovery(t *testing.T) {
	if testing.Short() {
		t.Skip("a disk that is encrypted: not in the inner loop")
	}
	real := run.NewReal("", nil)
	file := container(t)
	if err := recoveryOf(t, real, file, phrase()).Carry(t.Context()); err != nil {
		t.Fatal(err)
	}
	mine := enroll.Recovery{Runner: real, Root: root(t, phrase())}
	found, err := mine.Find(t.Context(), file, "")
	if err != nil || *found != (enroll.Found{Name: "snix", Slot: 1, Noted: true}) {
		t.Errorf("%+v, %v", found, err)
	}
	others := enroll.Recovery{Runner: real, Root: root(t, strings.Repeat("zoo ", 23)+"vote")}
	var other *enroll.OtherDiskError
	if _, err := others.Find(t.Context(), file, ""); !errors.As(err, &other) ||
		!strings.Contains(other.Hint(), "the words "+mine.Root.IDs().Words+" for mnemonix/v1/host/snix/luks") {
		t.Errorf("with other words: %v", err)
	}

	for _, token := range []bool{true, false} {
		file := container(t)
		addRecovery(t, file, derive.TriedGenerations-1, token)
		if _, err := mine.Find(t.Context(), file, ""); !errors.As(err, &other) || len(other.Notes) > 0 {
			t.Errorf("without a name: %v", err)
		}
		found, err := mine.Find(t.Context(), file, "snix")
		if err != nil || *found != (enroll.Found{Name: "snix", Generation: 15, Slot: 1}) {
			t.Errorf("%+v, %v", found, err)
		}
	}
	if _, err := mine.Find(t.Context(), container(t), "snix"); !errors.As(err, &other) {
		t.Errorf("nothing of ours is there: %v", err)
	}
}

// What a passphrase is beside the words stands in the header too.
func TestFindRecoveryNamesThePassphrase(t *testing.T) {
	file := container(t)
	label, err := derive.Host("snix", derive.LUKS, 2)
	if err != nil {
		t.Fatal(err)
	}
	ids := derive.IDs{Words: "0011223344556677", WordsWithPassphrase: "8899aabbccddeeff"}
	text, err := (&format.LUKSToken{Keyslot: format.NoKeyslot, Label: label, IDs: ids}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	importToken(t, file, string(text))
	var other *enroll.OtherDiskError
	_, err = enroll.Recovery{Runner: run.NewReal("", nil), Root: root(t, phrase()), Passphrase: secret.FromString("x")}.Find(t.Context(), file, "")
	if !errors.As(err, &other) || !strings.Contains(other.Hint(), ids.Words+" for mnemonix/v1/host/snix/luks@2 with a passphrase ("+ids.WordsWithPassphrase+")") {
		t.Errorf("%v", err)
	}
}

// Why our token is assigned to no slot: two tokens of one slot are a conflict
// to systemd-cryptenroll, and the slot would be no recovery key any more.
func TestTwoTokensOfOneSlot(t *testing.T) {
	program := need.Program(t, "systemd-cryptenroll")
	for slot, want := range map[int]string{format.NoKeyslot: "recovery", 1: "conflict"} {
		file := container(t)
		addRecovery(t, file, 0, true)
		label, err := derive.Host("snix", derive.LUKS, 0)
		if err != nil {
			t.Fatal(err)
		}
		text, err := (&format.LUKSToken{Keyslot: slot, Label: label, IDs: root(t, phrase()).IDs()}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		importToken(t, file, string(text))
		output, err := exec.Command(program, file).Output()
		if err != nil {
			t.Fatal(err)
		}
		if types := tools.ParseCryptenroll(output); !slices.Equal(types, []string{"password", want}) {
			t.Errorf("with slot %d: %v", slot, types)
		}
	}
}
