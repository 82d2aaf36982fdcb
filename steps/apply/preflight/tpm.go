package preflight

import (
	"context"
	"errors"

	"codeberg.org/mnemonix/mnemonix/steps/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
)

// tpm: it answers, and would take the keys.
func tpm(_ context.Context, l *looker) Result {
	if !l.Answers.TPM.Keys || !l.Answers.Host.NixOS() {
		return good("not used: the keys are files")
	}
	if l.Open == nil {
		return fail("no TPM can be opened", device.NoTPM.Hint())
	}
	status, err := enroll.Look(l.Runner, l.Open, l.Answers, "", nil)
	if err != nil {
		hint := ""
		var known *device.Error
		if errors.As(err, &known) {
			hint = known.Hint()
		}
		return fail(err.Error(), hint)
	}
	return ready(status.TPM)
}

// ready says whether a TPM in this state takes keys.
func ready(status *device.Status) Result {
	chip := "TPM 2.0 of " + status.Vendor
	for _, condition := range status.Conditions {
		switch condition {
		case device.RSAParent:
			return warn(chip+" has an RSA storage root key", condition.Hint())
		case device.Lockout:
			return warn(chip+" is locked after too many wrong PINs: keys with a PIN can be put in, and used when the lockout ends", condition.Hint())
		default:
			return fail(chip+" cannot take keys now ["+string(condition)+"]", condition.Hint())
		}
	}
	return good("%s takes keys", chip)
}
