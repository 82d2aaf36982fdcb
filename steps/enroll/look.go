package enroll

import (
	"crypto/ecdh"
	"errors"
	"fmt"
	"io/fs"

	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/key"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
)

// Status is the state of a machine's TPM and of its keys in it.
type Status struct {
	TPM     *device.Status `json:"tpm,omitempty"`     // absent where the keys are in files
	Problem *Problem       `json:"problem,omitempty"` // why the TPM could not be asked
	Keys    []KeyStatus    `json:"keys"`
}

// Problem is why a TPM cannot be used.
type Problem struct {
	Condition device.Condition `json:"condition"`
	Text      string           `json:"text"`
	Hint      string           `json:"hint"`
}

// KeyStatus is the state of one key.
type KeyStatus struct {
	Slot   tpmenroll.Slot `json:"slot"`
	File   string         `json:"file"`
	State  KeyState       `json:"state"`
	Reason string         `json:"reason,omitempty"`
}

// KeyState says whether a key can be used.
type KeyState string

// The states of a key.
const (
	KeyWorks   KeyState = "works"   // it loads, and is the key that keys/NAME.json names
	KeyUnknown KeyState = "unknown" // it loads, and keys/NAME.json does not exist to compare with
	KeyOther   KeyState = "other"   // it loads, and keys/NAME.json names another one
	KeyFails   KeyState = "fails"   // the TPM refuses it, or the file is damaged
	KeyMissing KeyState = "missing" // there is no file
)

// Look asks the TPM about itself, loads each key that the machine is to hold,
// and changes nothing. recorded may be nil. No PIN is needed: a key is loaded
// and compared, not used.
func Look(reader run.Reader, open func() (transport.TPMCloser, error), answers steps.Answers, target string, recorded *format.PublicKeys) (status *Status, err error) {
	if !answers.TPM.Keys {
		return lookAtFiles(reader, answers, target, recorded), nil
	}
	tpm, err := open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tpm.Close()) }()
	status = &Status{Keys: []KeyStatus{}}
	if status.TPM, err = device.ReadStatus(tpm); err != nil {
		return nil, err
	}
	parent, err := device.FindParent(tpm)
	if err != nil {
		return nil, err
	}
	if recorded != nil && recorded.SRK != nil && parent != nil && *recorded.SRK != *format.NewStorageKey(parent.Name) {
		status.TPM.Conditions = append(status.TPM.Conditions, device.OtherTPM)
	}
	places := Places(answers, target)
	for _, slot := range tpmenroll.Slots(answers.HoldsOperatorKeys()) {
		found := KeyStatus{Slot: slot, File: places[slot].Private}
		found.State, found.Reason = examine(reader, tpm, parent, slot, places[slot], recorded)
		status.Keys = append(status.Keys, found)
	}
	return status, nil
}

// Chip asks the TPM about itself and nothing else.
func Chip(open func() (transport.TPMCloser, error)) (status *device.Status, err error) {
	tpm, err := open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tpm.Close()) }()
	return device.ReadStatus(tpm)
}

func examine(reader run.Reader, tpm transport.TPM, parent *device.Parent, slot tpmenroll.Slot, place Place, recorded *format.PublicKeys) (KeyState, string) {
	text, err := reader.ReadFile(place.Private)
	if errors.Is(err, fs.ErrNotExist) {
		return KeyMissing, ""
	}
	if err != nil {
		return KeyFails, err.Error()
	}
	held, private, err := parse(slot, text)
	if err != nil {
		return KeyFails, err.Error()
	}
	if parent == nil {
		return KeyFails, "the TPM has no storage root key: it was cleared"
	}
	loaded, err := key.Load(tpm, parent, held, private)
	if err != nil {
		return KeyFails, err.Error()
	}
	if err := loaded.Close(); err != nil {
		return KeyFails, err.Error()
	}
	return compare(slot, held.Key, recorded)
}

// parse reads the file of a slot: TSS2 PEM, or an age identity.
func parse(slot tpmenroll.Slot, text []byte) (*object.Object, []byte, error) {
	var public, private []byte
	if isAge(slot) {
		lines := format.IdentityLines(text)
		if len(lines) != 1 {
			return nil, nil, fmt.Errorf("%d identities where one is expected: %w", len(lines), format.ErrAge)
		}
		identity, err := format.ParseAgeTPMIdentity(lines[0])
		if err != nil {
			return nil, nil, err
		}
		public, private = identity.Public, identity.Private
	} else {
		file, err := format.ParseTSS2(text)
		if err != nil {
			return nil, nil, err
		}
		public, private = file.Public, file.Private
	}
	held, err := object.Parse(public)
	return held, private, err
}

func isAge(slot tpmenroll.Slot) bool { return slot == tpmenroll.HostAge || slot == tpmenroll.UserAge }

// compare says whether a key is the one that was recorded.
func compare(slot tpmenroll.Slot, held *ecdh.PublicKey, recorded *format.PublicKeys) (KeyState, string) {
	if recorded == nil {
		return KeyUnknown, "no public keys are recorded in the flake"
	}
	want, err := recordedKey(slot, recorded)
	if err != nil {
		return KeyFails, err.Error()
	}
	if !held.Equal(want) {
		return KeyOther, "the flake records another key"
	}
	return KeyWorks, ""
}

func recordedKey(slot tpmenroll.Slot, recorded *format.PublicKeys) (*ecdh.PublicKey, error) {
	var line string
	switch slot {
	case tpmenroll.HostAge:
		return format.ParseAgeRecipient(recorded.Host.Age.Recipient)
	case tpmenroll.UserAge:
		return format.ParseAgeRecipient(recorded.User.Age.Recipient)
	case tpmenroll.HostSSH:
		line = recorded.Host.SSH.Public
	case tpmenroll.UserSSH:
		line = recorded.User.SSH.Public
	case tpmenroll.UserSign:
		line = recorded.User.Sign.Public
	}
	key, _, err := format.ParseSSHPublic(line)
	if err != nil {
		return nil, err
	}
	return key.ECDH()
}
