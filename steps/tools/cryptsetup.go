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

// LuksAddKey adds a second secret, which is read from standard input; the
// file holds the first one and lies in tmpfs.
// Source: cryptsetup-luksAddKey(8).
func LuksAddKey(device, keyFile, secret string) steps.Command {
	return steps.Command{
		Argv:  []string{"cryptsetup", "luksAddKey", "--batch-mode", "--key-file=" + keyFile, device, "-"},
		Stdin: secret,
	}
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
}

// ParseLuksDump reads what cryptsetup luksDump --dump-json-metadata printed.
// Source: LUKS2 On-Disk Format 1.1, section 3.
func ParseLuksDump(output []byte) (LuksHeaderInfo, error) {
	var header struct {
		Keyslots *map[string]json.RawMessage `json:"keyslots"`
		Tokens   map[string]struct {
			Type     string   `json:"type"`
			Keyslots []string `json:"keyslots"`
		} `json:"tokens"`
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
		token := LuksToken{Type: header.Tokens[name].Type}
		for _, slot := range header.Tokens[name].Keyslots {
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
