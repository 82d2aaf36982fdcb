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
// name, generation and words the recovery passphrase in its slot needs.
type LUKSToken struct {
	Keyslot int
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
	if t.Keyslot < 0 || t.Keyslot > maxKeyslot {
		return nil, fmt.Errorf("write LUKS2 token: there is no slot %d", t.Keyslot)
	}
	if _, parts, err := derive.ParseLabel(t.Label.String()); err != nil || parts.Purpose != derive.LUKS {
		return nil, fmt.Errorf("write LUKS2 token: %q is no label of a disk", t.Label)
	}
	return json.Marshal(luksTokenJSON{
		Type: tokenOurs, Keyslots: []string{strconv.Itoa(t.Keyslot)},
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
	if len(token.Keyslots) != 1 {
		return fault(fmt.Errorf("%d key slots", len(token.Keyslots)))
	}
	slot, err := strconv.Atoi(token.Keyslots[0])
	if err != nil || slot < 0 || slot > maxKeyslot || strconv.Itoa(slot) != token.Keyslots[0] {
		return fault(fmt.Errorf("key slot %q", token.Keyslots[0]))
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
