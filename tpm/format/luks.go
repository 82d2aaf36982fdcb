package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
)

// Types of the LUKS2 tokens that stand beside a recovery passphrase.
const (
	tokenRecovery = "systemd-recovery"
	tokenOurs     = "mnemonix"
)

// maxKeyslot is the last slot of a LUKS2 header (LUKS2 On-Disk Format, 3.2).
const maxKeyslot = 31

// NoKeyslot is the Keyslot of a token that is assigned to no slot.
const NoKeyslot = -1

// ErrToken says that a JSON text is no token of ours.
var ErrToken = errors.New("not a LUKS2 token of mnemonix")

// RecoveryToken is the token by which systemd-cryptenroll lists a slot as
// "recovery". It is the input of `cryptsetup token import`.
func RecoveryToken(keyslot int) ([]byte, error) {
	if keyslot < 0 || keyslot > maxKeyslot {
		return nil, fmt.Errorf("write LUKS2 token: there is no slot %d", keyslot)
	}
	return json.Marshal(struct {
		Type     string   `json:"type"`
		Keyslots []string `json:"keyslots"`
	}{tokenRecovery, []string{strconv.Itoa(keyslot)}})
}

// LUKSToken tells a recovery, on a disk that is still locked, which machine
// name, generation and words the recovery passphrase needs.
//
// systemd-cryptenroll calls a slot that two tokens are assigned to a conflict.
// Beside a RecoveryToken this one is therefore assigned to none.
type LUKSToken struct {
	Keyslot int          // or NoKeyslot
	Label   derive.Label // of a host's LUKS passphrase
	IDs     derive.IDs
}

type luksTokenJSON struct {
	Type     string   `json:"type"`
	Keyslots []string `json:"keyslots"`
	Label    string   `json:"label"`
	IDs      []string `json:"ids"` // without the passphrase, with it
}

// Marshal writes the JSON for `cryptsetup token import`.
func (t *LUKSToken) Marshal() ([]byte, error) {
	if t.Keyslot != NoKeyslot && (t.Keyslot < 0 || t.Keyslot > maxKeyslot) {
		return nil, fmt.Errorf("write LUKS2 token: there is no slot %d", t.Keyslot)
	}
	slots := []string{}
	if t.Keyslot != NoKeyslot {
		slots = append(slots, strconv.Itoa(t.Keyslot))
	}
	if _, parts, err := derive.ParseLabel(t.Label.String()); err != nil || parts.Purpose != derive.LUKS {
		return nil, fmt.Errorf("write LUKS2 token: %q is no label of a disk", t.Label)
	}
	return json.Marshal(luksTokenJSON{
		Type: tokenOurs, Keyslots: slots,
		Label: t.Label.String(), IDs: []string{t.IDs.Words, t.IDs.WordsWithPassphrase},
	})
}

// ParseLUKSToken reads what `cryptsetup token export` prints. A token of
// another program gives ErrToken.
func ParseLUKSToken(text []byte) (*LUKSToken, error) {
	fault := func(why error) (*LUKSToken, error) {
		return nil, fmt.Errorf("read LUKS2 token: %w", errors.Join(why, ErrToken))
	}
	var token luksTokenJSON
	if err := strictJSON(text, &token); err != nil {
		return fault(err)
	}
	if token.Type != tokenOurs {
		return fault(fmt.Errorf("type %q", token.Type))
	}
	if token.Keyslots == nil || len(token.Keyslots) > 1 {
		return fault(fmt.Errorf("%d key slots", len(token.Keyslots)))
	}
	slot := NoKeyslot
	for _, text := range token.Keyslots {
		var err error
		slot, err = strconv.Atoi(text)
		if err != nil || slot < 0 || slot > maxKeyslot || strconv.Itoa(slot) != text {
			return fault(fmt.Errorf("key slot %q", text))
		}
	}
	label, parts, err := derive.ParseLabel(token.Label)
	if err != nil {
		return fault(err)
	}
	if parts.Purpose != derive.LUKS {
		return fault(fmt.Errorf("label %q is no disk's", token.Label))
	}
	if len(token.IDs) != 2 || !derive.ValidID(token.IDs[0]) || !derive.ValidID(token.IDs[1]) {
		return fault(errors.New("the identifiers of the words are missing"))
	}
	return &LUKSToken{Keyslot: slot, Label: label, IDs: derive.IDs{Words: token.IDs[0], WordsWithPassphrase: token.IDs[1]}}, nil
}

// strictJSON refuses unknown members and anything after the value.
func strictJSON(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more after the value")
	}
	return nil
}
