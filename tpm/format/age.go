package format

import (
	"bytes"
	"crypto/ecdh"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"strings"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"filippo.io/age"
	"filippo.io/age/plugin"
)

// Names of the age plugins whose encodings are written here.
const (
	PluginTPM      = "tpm"      // age-plugin-tpm: recipient age1tpm1..., identity AGE-PLUGIN-TPM-1...
	PluginSoftware = "mnemonix" // our own, for P-256 keys without a TPM: AGE-PLUGIN-MNEMONIX-1...
	recipientTag   = "tag"      // native since age 1.3: age1tag1...
)

// ErrAge says that a text is no age recipient or identity of a kind written here.
var ErrAge = errors.New("not an age key of P-256")

// compress is the SEC 1 compressed form of a P-256 point: 02 or 03, then X.
func compress(key *ecdh.PublicKey) []byte {
	point := key.Bytes()
	return append([]byte{2 | point[64]&1}, point[1:33]...)
}

func decompress(point []byte) (*ecdh.PublicKey, error) {
	if len(point) != 33 {
		return nil, fmt.Errorf("the point has %d bytes: %w", len(point), ErrAge)
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), point)
	if x == nil {
		return nil, fmt.Errorf("the point is not on the curve: %w", ErrAge)
	}
	full := make([]byte, 65)
	full[0] = 4
	x.FillBytes(full[1:33])
	y.FillBytes(full[33:])
	return ecdh.P256().NewPublicKey(full)
}

// AgeRecipient is the recipient for age 1.3 and later: age1tag1...
func AgeRecipient(key *ecdh.PublicKey) string {
	return plugin.EncodeRecipient(recipientTag, compress(key))
}

// AgeRecipientTPM is the same recipient for tools that know only
// age-plugin-tpm's spelling, such as sops: age1tpm1...
func AgeRecipientTPM(key *ecdh.PublicKey) string {
	return plugin.EncodeRecipient(PluginTPM, compress(key))
}

// ParseAgeRecipient reads both spellings.
func ParseAgeRecipient(text string) (*ecdh.PublicKey, error) {
	name, data, err := plugin.ParseRecipient(text)
	if err != nil {
		return nil, fmt.Errorf("read age recipient %q: %w", text, errors.Join(err, ErrAge))
	}
	if name != recipientTag && name != PluginTPM {
		return nil, fmt.Errorf("read age recipient %q: of plugin %q: %w", text, name, ErrAge)
	}
	key, err := decompress(data)
	if err != nil {
		return nil, fmt.Errorf("read age recipient %q: %w", text, err)
	}
	return key, nil
}

// AgeTPMIdentity is an age identity whose key is wrapped by a TPM, in the
// format of age-plugin-tpm 1.0. It is no secret, and useless without that TPM.
type AgeTPMIdentity struct {
	PIN        bool
	Public     []byte // TPM2B_PUBLIC
	Private    []byte // TPM2B_PRIVATE
	ParentName []byte // TPM2B_NAME of the storage key that wraps it
}

// Version 1 has no name of the parent and means another storage key.
const ageTPMVersion = 2

// String is the identity, AGE-PLUGIN-TPM-1...: version, PIN flag and the three
// structures one after the other.
func (i *AgeTPMIdentity) String() string {
	pin := byte(0)
	if i.PIN {
		pin = 1
	}
	return plugin.EncodeIdentity(PluginTPM, bytes.Join([][]byte{{ageTPMVersion, pin}, i.Public, i.Private, i.ParentName}, nil))
}

// File is an identity file for age and sops, with the recipient in a comment.
func (i *AgeTPMIdentity) File(recipient *ecdh.PublicKey) []byte {
	return identityFile(recipient, i.String())
}

func identityFile(recipient *ecdh.PublicKey, identity string) []byte {
	return fmt.Appendf(nil, "# recipient: %s\n# recipient for older tools: %s\n%s\n",
		AgeRecipient(recipient), AgeRecipientTPM(recipient), identity)
}

// ParseAgeTPMIdentity reads the identity itself, without a file around it.
func ParseAgeTPMIdentity(text string) (*AgeTPMIdentity, error) {
	name, data, err := plugin.ParseIdentity(text)
	if err != nil {
		return nil, fmt.Errorf("read age identity: %w", errors.Join(err, ErrAge))
	}
	if name != PluginTPM {
		return nil, fmt.Errorf("read age identity: of plugin %q: %w", name, ErrAge)
	}
	return ParseAgeTPMIdentityData(data)
}

// ParseAgeTPMIdentityData reads the decoded payload, as a plugin receives it.
func ParseAgeTPMIdentityData(data []byte) (*AgeTPMIdentity, error) {
	if len(data) < 2 || data[0] != ageTPMVersion {
		return nil, fmt.Errorf("read age identity: not version %d: %w", ageTPMVersion, ErrAge)
	}
	if data[1] > 1 {
		return nil, fmt.Errorf("read age identity: PIN flag %d: %w", data[1], ErrAge)
	}
	identity := &AgeTPMIdentity{PIN: data[1] == 1}
	rest := data[2:]
	for _, member := range []struct {
		name string
		into *[]byte
	}{
		{"TPM2B_PUBLIC", &identity.Public}, {"TPM2B_PRIVATE", &identity.Private}, {"TPM2B_NAME", &identity.ParentName},
	} {
		if len(rest) < 2 {
			return nil, fmt.Errorf("read age identity: it ends before %s: %w", member.name, ErrAge)
		}
		size := 2 + int(rest[0])<<8 + int(rest[1])
		if size == 2 || size > len(rest) {
			return nil, fmt.Errorf("read age identity: %s is torn: %w", member.name, ErrAge)
		}
		*member.into, rest = bytes.Clone(rest[:size]), rest[size:]
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("read age identity: %d bytes too many: %w", len(rest), ErrAge)
	}
	return identity, nil
}

// IdentityLines gives the lines of an age identity file that are neither empty
// nor comments.
func IdentityLines(file []byte) []string {
	var lines []string
	for line := range strings.Lines(string(file)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

const softwareVersion = 1

// AgeSoftwareFile is an identity file for a P-256 key on a machine without a
// TPM: AGE-PLUGIN-MNEMONIX-1..., version 1 and the scalar. age itself has no
// encoding for such a key. Whoever reads the file has the key.
func AgeSoftwareFile(recipient *ecdh.PublicKey, scalar *secret.Secret) *secret.Secret {
	var file []byte
	scalar.Use(func(view []byte) {
		data := append([]byte{softwareVersion}, view...)
		file = identityFile(recipient, plugin.EncodeIdentity(PluginSoftware, data))
		clear(data)
	})
	return secret.New(file)
}

// ParseAgeSoftwareData reads the decoded payload of such an identity and gives
// the scalar, 32 bytes.
func ParseAgeSoftwareData(data []byte) (*secret.Secret, error) {
	if len(data) != 33 || data[0] != softwareVersion {
		return nil, fmt.Errorf("read age identity: not 33 bytes of version %d: %w", softwareVersion, ErrAge)
	}
	return secret.New(bytes.Clone(data[1:])), nil
}

// AgeEncryptedFile protects an identity file with a passphrase, as `age -p`
// does: age asks for the passphrase when the file is used with `age -d -i`.
// workFactor is the logarithm of scrypt's cost, 18 (about a second) when 0.
func AgeEncryptedFile(file, passphrase *secret.Secret, workFactor int) ([]byte, error) {
	if passphrase.Len() == 0 {
		return nil, errors.New("protect age identity: the passphrase is empty")
	}
	var recipient *age.ScryptRecipient
	var err error
	passphrase.Use(func(view []byte) { recipient, err = age.NewScryptRecipient(string(view)) })
	if err != nil {
		return nil, fmt.Errorf("protect age identity: %w", err)
	}
	if workFactor > 0 {
		recipient.SetWorkFactor(workFactor)
	}
	var out bytes.Buffer
	encrypt, err := age.Encrypt(&out, recipient)
	if err != nil {
		return nil, fmt.Errorf("protect age identity: %w", err)
	}
	if _, err := file.WriteTo(encrypt); err != nil {
		return nil, fmt.Errorf("protect age identity: %w", err)
	}
	if err := encrypt.Close(); err != nil {
		return nil, fmt.Errorf("protect age identity: %w", err)
	}
	return out.Bytes(), nil
}

// maxIdentityFile bounds what is read of a decrypted identity file.
const maxIdentityFile = 1 << 20

// OpenAgeEncryptedFile is the reverse of AgeEncryptedFile.
func OpenAgeEncryptedFile(file []byte, passphrase *secret.Secret) (*secret.Secret, error) {
	var identity *age.ScryptIdentity
	var err error
	passphrase.Use(func(view []byte) { identity, err = age.NewScryptIdentity(string(view)) })
	if err != nil {
		return nil, fmt.Errorf("open age identity: %w", err)
	}
	decrypt, err := age.Decrypt(bytes.NewReader(file), identity)
	if err != nil {
		return nil, fmt.Errorf("open age identity: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(decrypt, maxIdentityFile+1))
	if err != nil || len(text) > maxIdentityFile {
		clear(text)
		return nil, fmt.Errorf("open age identity: %w", errors.Join(err, ErrAge))
	}
	return secret.New(text), nil
}
