package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
)

const phrase = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon " +
	"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art"

// site is a flake with one machine, a root for its files and the program, as a
// person has them in a shell.
type site struct {
	t                    *testing.T
	program, flake, root string
}

func newSite(t *testing.T, answers string) *site {
	t.Helper()
	s := &site{t: t, program: need.Built(t, "."), flake: t.TempDir(), root: t.TempDir()}
	s.answers(answers)
	return s
}

// answers changes what the machine is to hold.
func (s *site) answers(tpm string) {
	s.t.Helper()
	text, err := os.ReadFile("../answers/snix.yaml")
	if err != nil {
		s.t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "\ntpm:\n")
	_, after, _ := strings.Cut(string(text), "\nnetwork:\n")
	file := filepath.Join(s.flake, "hosts/snix/answers.yaml")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if tpm == filesOnly { // then the disk is not opened by a TPM either
		before = strings.Replace(before, "unlock: tpm ", "unlock: passphrase ", 1)
	}
	write(s.t, file, before+"\ntpm: "+tpm+"\nnetwork:\n"+after)
}

// run runs a command of the group keys; the words and the PIN go in by
// descriptors.
func (s *site) run(prefix []string, tpm, secretPIN string, args ...string) (stdout, stderr string, status int) {
	s.t.Helper()
	argv := slices.Concat(prefix, []string{s.program, "--tpm", tpm, "keys"}, args, []string{"--host", "snix", "--flake", s.flake, "--root", s.root})
	if args[0] == "enroll" {
		argv = append(argv, "--words-fd", "3")
		if secretPIN != "" {
			argv = append(argv, "--pin-fd", "4")
		}
	}
	command := exec.Command(argv[0], argv[1:]...)
	command.ExtraFiles = s.descriptors(phrase, secretPIN)
	var out, fault bytes.Buffer
	command.Stdout, command.Stderr = &out, &fault
	var ended *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &ended) {
		s.t.Fatal(err)
	}
	for _, secret := range []string{"abandon", secretPIN} {
		if secret != "" && strings.Contains(out.String()+fault.String(), secret) {
			s.t.Errorf("%s was printed:\n%s%s", secret, out.String(), fault.String())
		}
	}
	return out.String(), fault.String(), command.ProcessState.ExitCode()
}

// descriptors are files that hold one secret each, open for a program.
func (s *site) descriptors(secrets ...string) []*os.File {
	s.t.Helper()
	files := make([]*os.File, len(secrets))
	for i, secret := range secrets {
		name := filepath.Join(s.t.TempDir(), "secret")
		write(s.t, name, secret)
		file, err := os.Open(name)
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() { _ = file.Close() })
		files[i] = file
	}
	return files
}

// told is what keys status --json says of a TPM.
type told struct {
	TPM     *struct{ Conditions []device.Condition }
	Problem *struct {
		Condition  device.Condition
		Text, Hint string
	}
}

func (s *site) status(prefix []string, tpm string) []device.Condition {
	s.t.Helper()
	out, _, _ := s.run(prefix, tpm, "", "status", "--json")
	var all told
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		s.t.Fatalf("%v in %s", err, out)
	}
	if all.Problem != nil {
		if all.Problem.Text == "" || all.Problem.Hint != all.Problem.Condition.Hint() {
			s.t.Errorf("%+v", all.Problem)
		}
		return []device.Condition{all.Problem.Condition}
	}
	return all.TPM.Conditions
}

const (
	machineOnly = "{keys: true, operatorKeys: false}"
	filesOnly   = "{keys: false, operatorKeys: false}"
	withPIN     = "{keys: true, operatorKeys: true, pin: true}"
)

// Whatever is wrong with a TPM has a name, a hint with a way on, and the status
// of a machine that lacks something; nothing is left half done.
func TestConditions(t *testing.T) {
	if testing.Short() {
		t.Skip("TPMs in every state: not in the inner loop")
	}
	nobody := []string{need.Program(t, "setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"}
	for _, c := range []struct {
		want   device.Condition
		make   func(*testing.T) string // gives --tpm
		prefix []string
		root   bool // only root can become somebody who may not
	}{
		{want: device.NoTPM, make: func(*testing.T) string { return device.None }},
		{want: device.DeviceMissing, make: func(t *testing.T) string { return t.TempDir() + "/tpmrm0" }},
		{want: device.TPM12, make: func(t *testing.T) string { return device.SocketStart + startTPM12(t) }},
		{want: device.Disabled, make: disabled},
		{want: device.OwnerAuth, make: ownerAuth},
		{want: device.NVFull, make: nvFull},
		{want: device.ForeignParent, make: foreignParent},
		{want: device.NotPermitted, prefix: nobody, root: true, make: func(t *testing.T) string { return device.SocketStart + startTPM(t) }},
	} {
		t.Run(string(c.want), func(t *testing.T) {
			if c.root && os.Geteuid() != 0 {
				t.Skip("needs root, to run the program as somebody else")
			}
			s := newSite(t, machineOnly)
			if c.prefix != nil {
				for _, folder := range []string{s.flake, s.root, filepath.Dir(s.flake), filepath.Dir(s.root), filepath.Dir(s.program)} {
					if err := os.Chmod(folder, 0o755); err != nil {
						t.Fatal(err)
					}
				}
				if err := exec.Command("chmod", "-R", "a+rX", s.flake, s.program).Run(); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(filepath.Dir(filepath.Dir(s.program)), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			tpm := c.make(t)
			if got := s.status(c.prefix, tpm); !slices.Equal(got, []device.Condition{c.want}) {
				t.Errorf("status: %v", got)
			}
			_, stderr, status := s.run(c.prefix, tpm, "", "enroll")
			if status != 3 || !strings.Contains(stderr, "["+string(c.want)+"]") || !strings.Contains(stderr, c.want.Hint()) {
				t.Errorf("enroll: status %d: %s", status, stderr)
			}
			if entries, err := os.ReadDir(s.root); err != nil || len(entries) > 0 {
				t.Errorf("left behind: %v, %v", entries, err)
			}
			if _, err := os.Stat(filepath.Join(s.flake, "keys")); err == nil {
				t.Error("public keys were recorded")
			}
			// The way on that is there in every case.
			s.answers(filesOnly)
			out, stderr, status := s.run(nil, device.None, "", "enroll")
			if status != 0 || strings.Count(out, " new ") != 2 || !strings.Contains(stderr, "plain files of mode 0600") {
				t.Errorf("without a TPM: status %d: %s%s", status, out, stderr)
			}
		})
	}
}

// An RSA storage root key is told and serves; so does any that was there before
// its owner set a password.
func TestParentsThatServe(t *testing.T) {
	if testing.Short() {
		t.Skip("TPMs of every kind: not in the inner loop")
	}
	tpm := device.SocketStart + startTPM(t)
	with(t, tpm, func(chip transport.TPM) { persist(t, chip, tpm2.RSASRKTemplate, object.ParentHandle) })
	ownerPassword(t, tpm)
	s := newSite(t, machineOnly)
	if got := s.status(nil, tpm); !slices.Equal(got, []device.Condition{device.RSAParent}) {
		t.Errorf("status: %v", got)
	}
	if out, stderr, status := s.run(nil, tpm, "", "enroll"); status != 0 || strings.Count(out, " new ") != 2 {
		t.Errorf("status %d: %s%s", status, out, stderr)
	}
	out, _, _ := s.run(nil, tpm, "", "status")
	if strings.Count(out, " works\n") != 2 || !strings.Contains(out, "SRK        RSA 2048") || !strings.Contains(out, "owner      a password") {
		t.Errorf("%s", out)
	}
}

// Wrong PINs are counted and told, lock the keys that have one, and nothing
// else; the right PIN is not asked for in vain.
func TestLockout(t *testing.T) {
	if testing.Short() {
		t.Skip("a TPM that locks: not in the inner loop")
	}
	tpm := device.SocketStart + startTPM(t)
	s := newSite(t, withPIN)
	if out, stderr, status := s.run(nil, tpm, pin, "enroll"); status != 0 || strings.Count(out, " new ") != 5 {
		t.Fatalf("status %d: %s%s", status, out, stderr)
	}
	if _, stderr, status := s.run(nil, tpm, "PIN of-yours", "enroll"); status != 4 || !strings.Contains(stderr, "the key has another PIN") {
		t.Errorf("a wrong PIN: status %d: %s", status, stderr)
	}
	if out, _, _ := s.run(nil, tpm, "", "status"); !strings.Contains(out, "PIN tries  1 of 3 used") {
		t.Errorf("after a wrong PIN: %s", out)
	}
	for range 3 {
		s.run(nil, tpm, "PIN of-yours", "enroll")
	}
	if got := s.status(nil, tpm); !slices.Equal(got, []device.Condition{device.Lockout}) {
		t.Errorf("status: %v", got)
	}
	if _, stderr, status := s.run(nil, tpm, pin, "enroll"); status != 3 || !strings.Contains(stderr, "[lockout]") || !strings.Contains(stderr, device.Lockout.Hint()) {
		t.Errorf("the right PIN: status %d: %s", status, stderr)
	}
	s.answers(machineOnly)
	if out, stderr, status := s.run(nil, tpm, "", "enroll"); status != 0 || strings.Count(out, " unchanged ") != 2 {
		t.Errorf("the machine's own keys: status %d: %s%s", status, out, stderr)
	}
}

// Cleared, a TPM is told to be another one, and the words bring the keys back.
func TestCleared(t *testing.T) {
	tpm := device.SocketStart + startTPM(t)
	s := newSite(t, machineOnly)
	s.run(nil, tpm, "", "enroll")
	clearTPM(t, tpm)
	if got := s.status(nil, tpm); !slices.Equal(got, []device.Condition{device.OtherTPM}) {
		t.Errorf("status: %v", got)
	}
	if out, stderr, status := s.run(nil, tpm, "", "enroll"); status != 0 || strings.Count(out, " restored ") != 2 {
		t.Errorf("status %d: %s%s", status, out, stderr)
	}
	if got := s.status(nil, tpm); len(got) != 0 {
		t.Errorf("afterwards: %v", got)
	}
}
