package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-tpm/tpm2/transport"
	"github.com/spf13/cobra"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// machineFlags say which machine of which flake a command is about.
type machineFlags struct {
	host  string
	flake string
	root  string
}

func (f *machineFlags) add(command *cobra.Command, flake string) {
	command.Flags().StringVar(&f.host, "host", "", "the `name` of the machine in the flake (default: this machine's host name)")
	command.Flags().StringVar(&f.flake, "flake", flake, "the `folder` of the flake")
	command.Flags().StringVar(&f.root, "root", "/", "the `folder` at which the machine's root is mounted")
}

// hostName is the name of this machine, or "".
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	name, _, _ = strings.Cut(name, ".")
	return name
}

// machine reads the answers of the machine from its flake.
func (f *machineFlags) machine() (steps.Answers, error) {
	if f.host == "" {
		if f.host = hostName(); f.host == "" {
			return steps.Answers{}, usage(errors.New("--host is missing"), "")
		}
	}
	for _, folder := range []*string{&f.flake, &f.root} {
		absolute, err := filepath.Abs(*folder)
		if err != nil {
			return steps.Answers{}, fault(err)
		}
		*folder = absolute
	}
	file := filepath.Join(f.flake, "hosts", f.host, "answers.yaml")
	text, err := readFile(file, 16<<20)
	if err != nil {
		return steps.Answers{}, usage(fmt.Errorf("no machine %s in %s: %w", f.host, f.flake, err),
			"--flake names the folder of the flake, --host the machine in it")
	}
	chosen, err := answers.Read(text)
	if err != nil {
		return steps.Answers{}, usage(fmt.Errorf("%s: %w", file, err), "")
	}
	return chosen, nil
}

// keysFile is where the machine's public keys are recorded.
func (f *machineFlags) keysFile(chosen steps.Answers) string {
	return filepath.Join(f.flake, "keys", chosen.Host.Key()+".json")
}

// recordedKeys reads them; nil where the machine has none yet.
func (f *machineFlags) recordedKeys(chosen steps.Answers) (*format.PublicKeys, error) {
	text, err := os.ReadFile(f.keysFile(chosen))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, usage(err, "")
	}
	keys, err := format.ParsePublicKeys(text)
	if err != nil {
		return nil, usage(fmt.Errorf("%s: %w", f.keysFile(chosen), err), "")
	}
	return keys, nil
}

// withKeys reads the answers and the recorded keys of a machine that can have
// some.
func (f *machineFlags) withKeys() (steps.Answers, *format.PublicKeys, error) {
	chosen, err := f.machine()
	if err != nil {
		return chosen, nil, err
	}
	if !chosen.Host.NixOS() {
		return chosen, nil, usage(fmt.Errorf("%s is no NixOS machine: it has no keys", chosen.Host.Name), "")
	}
	recorded, err := f.recordedKeys(chosen)
	return chosen, recorded, err
}

// enrolment puts the keys of the words into this machine's TPM.
func (a *app) enrolment(flags machineFlags, chosen steps.Answers, root *derive.Root) (enroll.Enrolment, error) {
	runner, err := a.here()
	if err != nil {
		return enroll.Enrolment{}, err
	}
	program, err := os.Executable()
	if err != nil {
		return enroll.Enrolment{}, fault(err)
	}
	return enroll.Enrolment{
		Runner: runner, Open: a.openTPM, Answers: chosen, Root: root, Target: flags.root, Flake: flags.flake,
		AsRoot: os.Geteuid() == 0, Program: program,
	}, nil
}

// openTPM opens the TPM that --tpm names.
func (a *app) openTPM() (transport.TPMCloser, error) { return device.Open(a.flags.tpm) }

// tpmStatus gives an error of the TPM its status and its hint.
func tpmStatus(err error) error {
	var known *device.Error
	if errors.As(err, &known) {
		status := exitEnvironment
		if known.Condition == device.WrongPIN {
			status = exitUsage
		}
		return &exit{status: status, err: fmt.Errorf("%w [%s]", err, known.Condition), hint: known.Hint()}
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return &exit{status: exitDeclined, err: err, hint: hinted.Hint() + " (--replace does it)"}
	}
	return fault(err)
}
