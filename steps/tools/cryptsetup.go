package tools

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// LuksHeader is how many bytes from its start a LUKS device keeps its header
// and its key slots: what makes the rest readable. LUKS2 reserves 16 MiB by
// default, LUKS1 at most 2 MiB.
// Source: cryptsetup(8), luksFormat; LUKS2 On-Disk Format 1.1.
const LuksHeader = 16 << 20

// LuksTest succeeds when the secret of that name opens the device. Nothing is
// mapped.
// Source: cryptsetup-open(8), --test-passphrase.
func LuksTest(device, secret string) steps.Command {
	return steps.Command{
		Argv:  []string{"cryptsetup", "open", "--test-passphrase", "--key-file=-", device},
		Stdin: secret,
	}
}

// LuksOpen maps the device under a name.
func LuksOpen(device, name, secret string) steps.Command {
	return steps.Command{Argv: []string{"cryptsetup", "open", "--key-file=-", device, name}, Stdin: secret}
}

// LuksClose takes a mapping away.
func LuksClose(name string) steps.Command {
	return steps.Command{Argv: []string{"cryptsetup", "close", name}}
}

// LuksTestSlot succeeds when the passphrase on standard input opens that slot,
// and ends with status 2 when it does not.
// Source: cryptsetup-open(8), --key-slot; cryptsetup(8), return codes.
func LuksTestSlot(device string, slot int) steps.Command {
	return steps.Command{Argv: []string{
		"cryptsetup", "open", "--test-passphrase", "--key-slot=" + strconv.Itoa(slot), "--key-file=-", device,
	}}
}

// LuksAddRecovery puts a recovery passphrase into a free slot. Standard input
// is two lines: a passphrase that opens the device now, and the new one. What
// has 256 bits of entropy needs no slow key derivation, so the iterations are
// as few as LUKS allows.
// Source: cryptsetup-luksAddKey(8); cryptsetup(8), notes on passphrase
// processing.
func LuksAddRecovery(device string, slot int) steps.Command {
	return steps.Command{Argv: []string{
		"cryptsetup", "luksAddKey", "--batch-mode", "--pbkdf=pbkdf2", "--pbkdf-force-iterations=1000",
		"--new-key-slot=" + strconv.Itoa(slot), device,
	}}
}

// LuksTokenImport adds a token to the header.
// Source: cryptsetup-token(8).
func LuksTokenImport(device, token string) steps.Command {
	return steps.Command{Argv: []string{"cryptsetup", "token", "import", "--json-file=-", device}, Text: token}
}

// LuksDump describes the header as JSON (LUKS2 only); ParseLuksDump reads it.
func LuksDump(device string) steps.Command {
	return steps.Command{Argv: []string{"cryptsetup", "luksDump", "--dump-json-metadata", device}}
}

// LuksHeaderInfo is what matters of a LUKS2 header.
type LuksHeaderInfo struct {
	Slots  []int       // key slots in use
	Tokens []LuksToken // what is known about how a slot is opened
}

// LuksToken says how key slots are opened.
type LuksToken struct {
	Type  string // systemd-tpm2, systemd-recovery, ...
	Slots []int
	Text  []byte // all of it, as JSON
}

// ParseLuksDump reads what cryptsetup luksDump --dump-json-metadata printed.
// Source: LUKS2 On-Disk Format 1.1, section 3.
func ParseLuksDump(output []byte) (LuksHeaderInfo, error) {
	var header struct {
		Keyslots *map[string]json.RawMessage `json:"keyslots"`
		Tokens   map[string]json.RawMessage  `json:"tokens"`
	}
	if err := json.Unmarshal(output, &header); err != nil {
		return LuksHeaderInfo{}, fmt.Errorf("read the output of cryptsetup luksDump: %w", err)
	}
	if header.Keyslots == nil {
		return LuksHeaderInfo{}, fmt.Errorf("read the output of cryptsetup luksDump: it has no key slots")
	}
	var info LuksHeaderInfo
	for name := range *header.Keyslots {
		slot, err := strconv.Atoi(name)
		if err != nil {
			return LuksHeaderInfo{}, fmt.Errorf("read the output of cryptsetup luksDump: %q is no key slot", name)
		}
		info.Slots = append(info.Slots, slot)
	}
	slices.Sort(info.Slots)
	names := make([]string, 0, len(header.Tokens))
	for name := range header.Tokens {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		var known struct {
			Type     string   `json:"type"`
			Keyslots []string `json:"keyslots"`
		}
		if err := json.Unmarshal(header.Tokens[name], &known); err != nil {
			return LuksHeaderInfo{}, fmt.Errorf("read the output of cryptsetup luksDump: token %s: %w", name, err)
		}
		token := LuksToken{Type: known.Type, Text: header.Tokens[name]}
		for _, slot := range known.Keyslots {
			number, err := strconv.Atoi(slot)
			if err != nil {
				return LuksHeaderInfo{}, fmt.Errorf("read the output of cryptsetup luksDump: %q is no key slot", slot)
			}
			token.Slots = append(token.Slots, number)
		}
		info.Tokens = append(info.Tokens, token)
	}
	return info, nil
}

// LuksOpenSlot maps the device under a name, with the passphrase on standard
// input, which opens that slot. With readOnly nothing can be written through
// it, by no journal either.
// Source: cryptsetup-open(8), --readonly, --key-slot.
func LuksOpenSlot(device, name string, slot int, readOnly bool) steps.Command {
	argv := []string{"cryptsetup", "open", "--key-slot=" + strconv.Itoa(slot), "--key-file=-"}
	if readOnly {
		argv = append(argv, "--readonly")
	}
	return steps.Command{Argv: append(argv, device, name)}
}
