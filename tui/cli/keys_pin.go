package cli

import (
	"context"
	"errors"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/key"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// pin reads the PIN of the operator's keys where this machine holds them with
// one, or the passphrase of their files, which stands in its place.
func (a *app) pin(ctx context.Context, enrolment enroll.Enrolment, fd int) (*secret.Secret, error) {
	chosen := enrolment.Answers
	wanted := chosen.HoldsOperatorKeys() && (chosen.WantsPIN() || !chosen.TPM.Keys)
	pin, err := fromDescriptor("pin-fd", fd)
	if err != nil {
		return nil, err
	}
	switch {
	case pin != nil && !wanted:
		pin.Wipe()
		return nil, usage(errors.New("--pin-fd: no key of this machine has a PIN"),
			"only the operator's keys can have one, where tpm.operatorKeys and tpm.pin are true")
	case !wanted:
		return nil, nil
	case pin == nil:
		if pin, err = a.typedPIN(ctx, enrolment); err != nil {
			return nil, err
		}
	}
	if err := pinFits(pin, chosen.TPM.Keys); err != nil {
		pin.Wipe()
		return nil, usage(err, "")
	}
	return pin, nil
}

func pinFits(pin *secret.Secret, inTPM bool) error {
	switch {
	case inTPM:
		return key.CheckPIN(pin)
	case pin.Len() == 0:
		return errors.New("the passphrase of the key files is empty")
	}
	return nil
}

// typedPIN asks for it: twice where keys are made that it will protect, for the
// first time or after the TPM was cleared. How many wrong ones the TPM has
// counted is told before.
func (a *app) typedPIN(ctx context.Context, enrolment enroll.Enrolment) (*secret.Secret, error) {
	prompt, noun := "The PIN of your keys: ", "PIN"
	if !enrolment.Answers.TPM.Keys {
		prompt, noun = "The passphrase of your key files: ", "passphrase of the key files"
	}
	status, err := enroll.Look(enrolment.Runner, enrolment.Open, enrolment.Answers, enrolment.Target, nil)
	if err != nil {
		return nil, tpmStatus(err)
	}
	if err := a.tellTries(status.TPM); err != nil {
		return nil, err
	}
	ask := a.hidden
	for _, key := range status.Keys {
		if key.Slot.Operators() && (key.State != enroll.KeyUnknown || enrolment.Replace) { // it does not load
			ask = a.hiddenTwice
		}
	}
	pin, err := ask(ctx, prompt)
	if errors.Is(err, errNoTerminal) {
		return nil, usage(errors.New("no "+noun+" was given"), "give it by --pin-fd, or at a terminal")
	}
	return pin, err
}

// tellTries says how many wrong PINs are left. While the TPM is locked no PIN
// is asked for: it would refuse the right one too.
func (a *app) tellTries(chip *device.Status) error {
	switch {
	case chip == nil: // the keys are files
	case chip.InLockout:
		return tpmStatus(&device.Error{Condition: device.Lockout, Text: "the TPM is locked after too many wrong PINs"})
	case chip.WrongPINs > 0:
		_, _ = fmt.Fprintf(a.streams.Err, "The TPM has counted %d wrong PINs; %d more lock it for a while.\n", chip.WrongPINs, chip.Tries())
	}
	return nil
}
