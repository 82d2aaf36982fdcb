package format

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
)

// PublicKeys is keys/NAME.json: everything public about the operator's keys
// and one machine's. It holds no secret.
type PublicKeys struct {
	Version     int            `json:"version"` // 1
	Name        string         `json:"name"`    // the machine's key name
	IDs         derive.IDs     `json:"ids"`
	Generations map[string]int `json:"generations"` // by label without generation; absent: 0
	User        UserKeys       `json:"user"`
	Host        HostKeys       `json:"host"`
	SRK         *StorageKey    `json:"srk,omitempty"` // absent on a machine without a TPM
}

// UserKeys are the operator's, the same on every machine.
type UserKeys struct {
	SSH  SSHKey `json:"ssh"`
	Sign SSHKey `json:"sign"`
	Age  AgeKey `json:"age"`
}

// HostKeys are one machine's.
type HostKeys struct {
	SSH       SSHKey          `json:"ssh"`
	Age       AgeKey          `json:"age"`
	WireGuard WireGuardPublic `json:"wireguard"`
}

// SSHKey is an ecdsa-sha2-nistp256 key.
type SSHKey struct {
	Public      string `json:"public"`      // "ecdsa-sha2-nistp256 AAAA...", without a comment
	Fingerprint string `json:"fingerprint"` // "SHA256:..."
}

// AgeKey is one recipient in its two spellings.
type AgeKey struct {
	Recipient    string `json:"recipient"`    // age1tag1...
	RecipientTPM string `json:"recipientTPM"` // age1tpm1...
}

// WireGuardPublic is base64 of 32 bytes.
type WireGuardPublic struct {
	Public string `json:"public"`
}

// StorageKey is the Name of the TPM's storage root key at enrolment, in
// hexadecimal. Another Name later means that the TPM was cleared or exchanged.
type StorageKey struct {
	Name string `json:"name"`
}

// PublicKeysVersion is the only version.
const PublicKeysVersion = 1

// ErrPublicKeys says that a file is no keys/NAME.json.
var ErrPublicKeys = errors.New("not a file of public keys")

// Marshal writes the file: indented JSON with a line feed at its end, the same
// bytes for the same keys.
func (k *PublicKeys) Marshal() ([]byte, error) {
	if err := k.check(); err != nil {
		return nil, fmt.Errorf("write public keys of %s: %w", k.Name, err)
	}
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write public keys of %s: %w", k.Name, err)
	}
	return append(text, '\n'), nil
}

// ParsePublicKeys reads the file and checks every member, so that a recovery or
// .sops.yaml never works from a file that was torn or tampered with: each
// fingerprint must belong to its key, both recipients to one point.
func ParsePublicKeys(text []byte) (*PublicKeys, error) {
	keys := &PublicKeys{}
	if err := strictJSON(text, keys); err != nil {
		return nil, fmt.Errorf("read public keys: %w", errors.Join(err, ErrPublicKeys))
	}
	if err := keys.check(); err != nil {
		return nil, fmt.Errorf("read public keys: %w", errors.Join(err, ErrPublicKeys))
	}
	return keys, nil
}

func (k *PublicKeys) check() error {
	if k.Version != PublicKeysVersion {
		return fmt.Errorf("version %d, not %d", k.Version, PublicKeysVersion)
	}
	if err := derive.CheckName(k.Name); err != nil {
		return err
	}
	if !derive.ValidID(k.IDs.Words) || !derive.ValidID(k.IDs.WordsWithPassphrase) {
		return errors.New("ids: not 16 hexadecimal digits each")
	}
	for label, generation := range k.Generations {
		_, parts, err := derive.ParseLabel(label)
		if err != nil || parts.Generation != 0 || generation < 0 || generation > derive.MaxGeneration {
			return fmt.Errorf("generations: %q with %d", label, generation)
		}
		if parts.Host != "" && parts.Host != k.Name {
			return fmt.Errorf("generations: %q is another machine's", label)
		}
	}
	for place, key := range map[string]SSHKey{"user.ssh": k.User.SSH, "user.sign": k.User.Sign, "host.ssh": k.Host.SSH} {
		if err := key.check(); err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
	}
	for place, key := range map[string]AgeKey{"user.age": k.User.Age, "host.age": k.Host.Age} {
		if err := key.check(); err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
	}
	if raw, err := base64.StdEncoding.Strict().DecodeString(k.Host.WireGuard.Public); err != nil || len(raw) != 32 {
		return fmt.Errorf("host.wireguard: %q is not base64 of 32 bytes", k.Host.WireGuard.Public)
	}
	if k.SRK != nil && !srkName.MatchString(k.SRK.Name) {
		return fmt.Errorf("srk: %q is no name of a SHA-256, SHA-384 or SHA-512 key", k.SRK.Name)
	}
	return nil
}

// A Name is the identifier of its hash algorithm and the digest (TPM 2.0 part
// 1, 16): 000b SHA-256, 000c SHA-384, 000d SHA-512.
var srkName = regexp.MustCompile(`^(000b[0-9a-f]{64}|000c[0-9a-f]{96}|000d[0-9a-f]{128})$`)

// NewStorageKey takes a Name as the TPM gives it.
func NewStorageKey(name []byte) *StorageKey { return &StorageKey{Name: hex.EncodeToString(name)} }

func (s SSHKey) check() error {
	key, comment, err := ParseSSHPublic(s.Public)
	if err != nil {
		return err
	}
	again, err := newSSHKey(key)
	if err != nil {
		return err
	}
	if comment != "" || again.Public != s.Public {
		return fmt.Errorf("%q is not the one spelling of this key: %w", s.Public, ErrSSH)
	}
	if again.Fingerprint != s.Fingerprint {
		return fmt.Errorf("the fingerprint %q is another key's", s.Fingerprint)
	}
	return nil
}

func (a AgeKey) check() error {
	key, err := ParseAgeRecipient(a.Recipient)
	if err != nil {
		return err
	}
	if a != newAgeKey(key) {
		return fmt.Errorf("%q and %q are not the two spellings of one recipient: %w", a.Recipient, a.RecipientTPM, ErrAge)
	}
	return nil
}
