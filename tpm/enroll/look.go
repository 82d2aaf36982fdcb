package enroll

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"github.com/google/go-tpm/tpm2/transport"
)

// NotEnrolledError says what a look did not find.
type NotEnrolledError struct {
	NoParent bool   // the TPM has no storage root key, so no key of it works
	Slots    []Slot // without a file, or with one that this TPM does not know
}

func (e *NotEnrolledError) Error() string {
	if e.NoParent {
		return "the TPM has no storage root key, so none of the keys works"
	}
	texts := make([]string, len(e.Slots))
	for i, slot := range e.Slots {
		texts[i] = string(slot)
	}
	return "not enrolled in this TPM: " + strings.Join(texts, ", ")
}

// Hint says what can be done.
func (e *NotEnrolledError) Hint() string { return device.OtherTPM.Hint() }

// parentOf is the storage root key, which a look does not make.
func parentOf(tpm transport.TPM, request Request) (parent *device.Parent, created bool, err error) {
	if !request.Look {
		return device.EnsureParent(tpm)
	}
	if parent, err = device.FindParent(tpm); parent == nil && err == nil {
		err = &NotEnrolledError{NoParent: true}
	}
	return parent, false, err
}

// looked says what a look did not find: each of it would be imported next.
func (e *enrolment) looked(candidates []*candidate) error {
	missing := &NotEnrolledError{}
	for _, c := range candidates {
		if c.state != Unchanged {
			missing.Slots = append(missing.Slots, c.slot)
		}
	}
	if e.request.Look && len(missing.Slots) > 0 {
		return missing
	}
	return nil
}
