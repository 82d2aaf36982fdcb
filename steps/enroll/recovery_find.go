package enroll

import (
	"context"
	"fmt"
	"slices"

	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// Found is the recovery passphrase that opens a container.
type Found struct {
	Name       string `json:"name"` // the key name of the machine
	Generation int    `json:"generation"`
	Slot       int    `json:"slot"`
	Noted      bool   `json:"noted"` // the header itself says so
}

// OtherDiskError says that the recovery passphrase of the words does not open a
// container, and which words its header names.
type OtherDiskError struct {
	Device string
	Notes  []format.LUKSToken
}

func (e *OtherDiskError) Error() string {
	return fmt.Sprintf("the recovery passphrase of these words opens no slot of %s", e.Device)
}

// Hint says which words are needed.
func (e *OtherDiskError) Hint() string {
	if len(e.Notes) == 0 {
		return "its header names no words: is it the right disk, and --host the name that the machine had?"
	}
	hint := "its header names"
	for i, note := range e.Notes {
		if i > 0 {
			hint += ", and"
		}
		hint += fmt.Sprintf(" the words %s for %s", note.IDs.Words, note.Label)
		if note.IDs.WordsWithPassphrase != note.IDs.Words {
			hint += fmt.Sprintf(" with a passphrase (%s)", note.IDs.WordsWithPassphrase)
		}
	}
	return hint
}

// Find says which recovery passphrase of the words opens a container: the one
// that its header names for these words, or else one of a name in the
// generations 0 to 15. name may be empty. Nothing is opened or changed.
func (r Recovery) Find(ctx context.Context, device, name string) (*Found, error) {
	dump, err := r.run(ctx, tools.LuksDump(device), nil)
	if err != nil {
		return nil, err
	}
	header, err := tools.ParseLuksDump(dump.Stdout)
	if err != nil {
		return nil, err
	}
	other := &OtherDiskError{Device: device}
	var tried []derive.Label
	for _, token := range header.Tokens {
		note, err := format.ParseLUKSToken(token.Text)
		if err != nil {
			continue // another program's
		}
		other.Notes = append(other.Notes, *note)
		if note.IDs != r.Root.IDs() || slices.Contains(tried, note.Label) {
			continue
		}
		tried = append(tried, note.Label)
		found, err := r.opens(ctx, device, header, note.Label)
		if found != nil || err != nil {
			return found, err
		}
	}
	for generation := 0; generation < derive.TriedGenerations && name != ""; generation++ {
		label, err := derive.Host(name, derive.LUKS, generation)
		if err != nil {
			return nil, err
		}
		if slices.Contains(tried, label) {
			continue
		}
		found, err := r.opens(ctx, device, header, label)
		if found != nil {
			found.Noted = false
		}
		if found != nil || err != nil {
			return found, err
		}
	}
	return nil, other
}

// opens tries the passphrase of a label in the slots that systemd calls
// recovery keys, which are quick to try, or in all where there is none.
func (r Recovery) opens(ctx context.Context, device string, header tools.LuksHeaderInfo, label derive.Label) (*Found, error) {
	_, parts, err := derive.ParseLabel(label.String())
	if err != nil {
		return nil, err
	}
	passphrase, err := r.Root.RecoveryPassphrase(parts.Host, parts.Generation)
	if err != nil {
		return nil, err
	}
	defer passphrase.Wipe()
	var slots []int
	for _, token := range header.Tokens {
		if token.Type == "systemd-recovery" {
			slots = append(slots, token.Slots...)
		}
	}
	if slots == nil {
		slots = header.Slots
	}
	slot, err := r.slot(ctx, device, slots, passphrase)
	if err != nil || slot < 0 {
		return nil, err
	}
	return &Found{Name: parts.Host, Generation: parts.Generation, Slot: slot, Noted: true}, nil
}
