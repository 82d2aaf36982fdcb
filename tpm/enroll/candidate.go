package enroll

import (
	"bytes"
	"errors"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
	"github.com/google/go-tpm/tpm2"
)

// candidate is a key on its way into the TPM.
type candidate struct {
	slot   Slot
	pair   *derive.KeyPair
	object *object.Object
	state  State
}

func derived(request Request) ([]*candidate, error) {
	var candidates []*candidate
	for _, slot := range Slots(request.Operator) {
		label, err := slot.Label(request.Name, request.Generations)
		if err != nil {
			return candidates, err
		}
		use, err := object.UseOf(slot.purpose())
		if err != nil {
			return candidates, err
		}
		pair, err := request.Root.P256(label)
		if err != nil {
			return candidates, err
		}
		c := &candidate{slot: slot, pair: pair, state: New}
		candidates = append(candidates, c)
		pin := slot.Operators() && request.PIN.Len() > 0
		if c.object, err = object.New(use, pair.ECDH(), pin); err != nil {
			return candidates, err
		}
	}
	return candidates, nil
}

// Reasons why a present file is not the key that the words give.
var (
	errUnreadable = errors.New("the file is damaged or of another program")
	errOtherKey   = errors.New("it is the key of other words, or of another generation")
	errHasPIN     = errors.New("the key has a PIN")
	errHasNoPIN   = errors.New("the key has no PIN")
	errOtherPIN   = errors.New("the key has another PIN")
)

// judge looks at the file that is there, and at its key in the TPM. other says
// why it is not the wanted one; err is a fault of the TPM.
func (e *enrolment) judge(c *candidate) (other, err error) {
	present := e.request.Present[c.slot]
	if len(present) == 0 {
		return nil, nil
	}
	c.state = Replaced
	held, err := read(c.slot, present)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err), nil
	}
	switch {
	case !held.object.Key.Equal(c.object.Key) || held.object.Use != c.object.Use:
		return errOtherKey, nil
	case held.object.PIN && !c.object.PIN:
		return errHasPIN, nil
	case !held.object.PIN && c.object.PIN:
		return errHasNoPIN, nil
	}
	if held.parentName != nil && !bytes.Equal(held.parentName, e.parent.Name) {
		c.state = Restored
		return nil, nil
	}
	if c.object.PIN && e.wrongPIN {
		return errOtherPIN, nil // each further try would count towards the lockout
	}
	err = e.try(c, held.private)
	switch condition := device.ConditionOf(err); {
	case err == nil:
		c.state = Unchanged
		return nil, nil
	case condition == device.OtherTPM:
		c.state = Restored
		return nil, nil
	case condition == device.WrongPIN:
		e.wrongPIN = true
		return errOtherPIN, nil
	}
	return nil, fmt.Errorf("look at %s: %w", c.slot, err)
}

// held is what a private file holds.
type held struct {
	object     *object.Object
	private    []byte // TPM2B_PRIVATE
	parentName []byte // nil where the format has none
}

var errParent = errors.New("its parent is not the storage root key at 0x81000001")

func read(slot Slot, file []byte) (*held, error) {
	if slot.purpose() == derive.Age {
		return readAge(file)
	}
	parsed, err := format.ParseTSS2(file)
	if err != nil {
		return nil, err
	}
	if parsed.Parent != uint32(object.ParentHandle) {
		return nil, errParent
	}
	o, err := object.Parse(parsed.Public)
	if err != nil {
		return nil, err
	}
	if parsed.EmptyAuth == o.PIN {
		return nil, errors.New("it says otherwise than its key whether there is a PIN")
	}
	return &held{object: o, private: parsed.Private}, nil
}

func readAge(file []byte) (*held, error) {
	lines := format.IdentityLines(file)
	if len(lines) != 1 {
		return nil, fmt.Errorf("%d identities in the file, not 1", len(lines))
	}
	parsed, err := format.ParseAgeTPMIdentity(lines[0])
	if err != nil {
		return nil, err
	}
	o, err := object.Parse(parsed.Public)
	if err != nil {
		return nil, err
	}
	if parsed.PIN != o.PIN {
		return nil, errors.New("it says otherwise than its key whether there is a PIN")
	}
	name, err := tpm2.Unmarshal[tpm2.TPM2BName](parsed.ParentName)
	if err != nil {
		return nil, err
	}
	return &held{object: o, private: parsed.Private, parentName: name.Buffer}, nil
}

// one gives the file of a candidate, importing its key where it must.
func (e *enrolment) one(c *candidate) (*File, error) {
	file := &File{Slot: c.slot, Label: c.pair.Label, State: c.state}
	if err := e.public(c, file); err != nil {
		return nil, err
	}
	if c.state == Unchanged {
		file.Private = bytes.Clone(e.request.Present[c.slot])
		return file, nil
	}
	private, err := e.importKey(c)
	if err != nil {
		return nil, err
	}
	if err := e.try(c, private); err != nil {
		return nil, err
	}
	if c.slot.purpose() == derive.Age {
		identity := &format.AgeTPMIdentity{
			PIN: c.object.PIN, Public: c.object.Sized(), Private: private,
			ParentName: tpm2.Marshal(tpm2.TPM2BName{Buffer: e.parent.Name}),
		}
		file.Private = identity.File(c.object.Key)
		return file, nil
	}
	file.Private, err = (&format.TSS2Key{
		Description: e.comment(c), EmptyAuth: !c.object.PIN, Parent: uint32(object.ParentHandle),
		Public: c.object.Sized(), Private: private,
	}).Marshal()
	return file, err
}

func (e *enrolment) public(c *candidate, file *File) error {
	if c.slot.purpose() == derive.Age {
		return nil
	}
	line, err := format.SSHPublic(c.pair.ECDSA(), e.comment(c))
	file.Public = []byte(line + "\n")
	return err
}

// comment is the request's for the operator's keys, the machine's for its own.
func (e *enrolment) comment(c *candidate) string {
	if c.slot.Operators() && e.request.Comment != "" {
		return e.request.Comment
	}
	return e.request.Name
}
