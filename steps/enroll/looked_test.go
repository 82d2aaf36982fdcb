package enroll_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// A look finds each file that is torn or missing, and writes none.
func TestLookWritesNothing(t *testing.T) {
	for name, inTPM := range map[string]bool{"in the TPM": true, "in files": false} {
		t.Run(name, func(t *testing.T) {
			answers := machine(inTPM)
			enrolment := enroll.Enrolment{
				Runner: run.NewReal("", nil), Answers: answers, Root: root(t, phrase()), PIN: secret.FromString("123456"),
				Target: t.TempDir(), Flake: t.TempDir(),
			}
			if inTPM {
				socket := startTPM(t)
				enrolment.Open = func() (transport.TPMCloser, error) { return device.Open(device.SocketStart + socket) }
			} else {
				enrolment.Answers.TPM.OperatorKeys = no() // their encryption is slow on purpose
				enrolment.Program = filepath.Join(t.TempDir(), "mnemonix")
				if err := os.WriteFile(enrolment.Program, []byte("program"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			door := &broken{Runner: enrolment.Runner, left: -1} // which only tells
			look := enrolment
			look.Look, look.Runner = true, door
			seen := func(what, want string) {
				t.Helper()
				_, err := look.Carry(t.Context())
				if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v, want %q", what, err, want)
				}
				if len(door.changed) > 0 {
					t.Fatalf("%s: changed %q", what, door.changed)
				}
			}
			if _, err := look.Carry(t.Context()); err == nil {
				t.Error("nothing is there")
			}
			if _, err := enrolment.Carry(t.Context()); err != nil {
				t.Fatal(err)
			}
			seen("as it was enrolled", "")
			var names []string
			for slot, place := range enroll.Places(enrolment.Answers, enrolment.Target) {
				if !enrolment.Answers.HoldsOperatorKeys() && slot.Operators() {
					continue
				}
				names = append(names, place.Private)
				if place.Public != "" {
					names = append(names, place.Public)
				}
			}
			names = append(names, enrolment.KeysFile())
			if !inTPM {
				names = append(names, enroll.PluginFile(enroll.Places(enrolment.Answers, enrolment.Target)))
			}
			for _, file := range names {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
				seen("without "+file, " ")
				if _, err := os.Stat(file); err == nil {
					t.Errorf("%s was written again", file)
				}
				if err := os.WriteFile(file, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			seen("put back", "")
		})
	}
}
