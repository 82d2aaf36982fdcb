package device

import (
	"errors"

	"github.com/google/go-tpm/tpm2"
)

// Condition names a state of the TPM that a person can do something about. The
// names are stable: they stand in JSON output.
type Condition string

// The conditions.
const (
	NoTPM         Condition = "no-tpm"
	TPM12         Condition = "tpm-1.2"
	Disabled      Condition = "disabled"       // switched off, or its owner hierarchy is
	DeviceMissing Condition = "device-missing" // there is a TPM and no device to reach it
	NotPermitted  Condition = "not-permitted"
	Busy          Condition = "busy"           // another program holds the device
	Lockout       Condition = "lockout"        // too many wrong PINs
	OwnerAuth     Condition = "owner-auth"     // the owner hierarchy has a password
	NVFull        Condition = "nv-full"        // no room for the storage root key
	ForeignParent Condition = "foreign-parent" // the key at 0x81000001 is no storage root key of this TPM
	ParentAuth    Condition = "parent-auth"    // the storage root key has a password
	RSAParent     Condition = "rsa-parent"     // no fault: such a key serves as well, only slower
	WrongPIN      Condition = "wrong-pin"
	OtherTPM      Condition = "other-tpm" // a key file that another TPM made, or this one before it was cleared
	Failed        Condition = "failed"    // anything else
)

// Hint says what can be done, and where there is one, the way on without.
func (c Condition) Hint() string {
	switch c {
	case NoTPM:
		return "is the TPM switched on in the firmware (fTPM, PTT, Security Device)? Without one the keys are files: the machine's are protected by the disk encryption alone, the operator's by a passphrase"
	case TPM12:
		return "version 1.2 cannot hold these keys; some firmware can switch it to 2.0. Go on as without a TPM"
	case Disabled:
		return "switch the TPM and its owner (storage) hierarchy on in the firmware, or go on as without a TPM"
	case DeviceMissing:
		return "is the driver loaded (tpm_tis, tpm_crb)? /dev/tpmrm0 needs Linux 4.12 and a TPM 2.0"
	case NotPermitted:
		return "run as root, or join the group tss (NixOS: security.tpm2.enable, and the user in group tss)"
	case Busy:
		return "another program has the TPM to itself: use /dev/tpmrm0, which can be shared"
	case Lockout:
		return "wait for the lockout to end, or reset it with the lockout password (tpm2_dictionarylockout --clear-lockout). Keys without a PIN go on working"
	case OwnerAuth:
		return "the storage root key must be made by whoever knows the owner password (systemd-tpm2-setup, tpm2_createprimary and tpm2_evictcontrol at 0x81000001), or the TPM be cleared in the firmware, which loses the keys in it"
	case NVFull:
		return "list what is stored (tpm2_getcap handles-persistent, handles-nv-index) and evict what is not needed"
	case ForeignParent:
		return "a key with a known private half at this place would give away every key below it. Find out who put it there; tpm2_evictcontrol -C o -c 0x81000001 removes it"
	case ParentAuth:
		return "the usual storage root key has no password; whoever set one must remove it"
	case RSAParent:
		return "an RSA key works as well; loading a key takes a little longer"
	case WrongPIN:
		return "each wrong PIN counts; after too many the TPM locks all keys with a PIN for a while"
	case OtherTPM:
		return "the TPM was cleared or exchanged: enrol again from the words"
	}
	return "try again, and after a restart; if it stays, go on as without a TPM. To clear it in the firmware is the last resort: it loses every key in it"
}

// Error is what went wrong with a TPM.
type Error struct {
	Condition Condition
	Text      string // what was tried and on what
	Err       error  // why, may be nil
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Text
	}
	return e.Text + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Hint says what can be done.
func (e *Error) Hint() string { return e.Condition.Hint() }

// ConditionOf is the condition in an error, Failed for errors of another kind
// and empty for none.
func ConditionOf(err error) Condition {
	var known *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &known):
		return known.Condition
	}
	return Failed
}

func fault(condition Condition, text string, err error) *Error {
	return &Error{Condition: condition, Text: text, Err: err}
}

// byCode are the response codes that mean the same whatever the command was.
var byCode = []struct {
	code      tpm2.TPMRC
	condition Condition
}{
	{tpm2.TPMRCLockout, Lockout},
	{tpm2.TPMRCNVSpace, NVFull},
	{tpm2.TPMRCAuthFail, WrongPIN}, // a key with noDA clear; BAD_AUTH is the other
	{tpm2.TPMRCIntegrity, OtherTPM},
	{tpm2.TPMRCHierarchy, Disabled},
	{tpm2.TPMRCDisabled, Disabled},
	{tpm2.TPMRCInitialize, Disabled},
}

func conditionOfCode(err error) Condition {
	for _, known := range byCode {
		if errors.Is(err, known.code) {
			return known.condition
		}
	}
	return ConditionOf(err)
}

// As gives an error another condition, where the command tells more than the
// response code does.
func As(err error, code tpm2.TPMRC, condition Condition) error {
	var known *Error
	if errors.Is(err, code) && errors.As(err, &known) {
		return fault(condition, known.Text, known.Err)
	}
	return err
}
