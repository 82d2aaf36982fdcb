// Package format writes and reads the files in which other programs keep keys:
// ssh-tpm-agent, OpenSSH, age, age-plugin-tpm, systemd and cryptsetup.
//
// Its rules:
//
//   - Bytes in, bytes out: no file, no TPM and no clock. The same input gives
//     the same bytes, except where a format demands a random salt.
//   - Writers produce one spelling. Parsers accept what the other program
//     writes and nothing that is torn, padded or followed by more.
//   - Parsers run on hostile files: they return an error and never panic.
//   - What a TPM wrapped is no secret and comes as []byte; what is readable as
//     it stands is a secret.Secret.
package format

import (
	"bytes"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"unicode/utf8"
)

// TSS2Key is a key in the form "TSS2 PRIVATE KEY", which ssh-tpm-agent,
// tpm2-openssl and others load: wrapped by a parent inside the TPM, useless
// without that TPM (draft-bottomley-tpm2-keys, section 3).
type TSS2Key struct {
	Description string // a comment, such as "alice@snix"
	EmptyAuth   bool   // the key has no PIN
	Parent      uint32 // handle of the parent: 0x81000001, or 0x40000001 for "the owner's primary key"
	Public      []byte // TPM2B_PUBLIC
	Private     []byte // TPM2B_PRIVATE
}

const tss2Type = "TSS2 PRIVATE KEY"

// oidLoadable is TCG's 2.23.133.10.1.3: a key for TPM2_Load.
var oidLoadable = asn1.ObjectIdentifier{2, 23, 133, 10, 1, 3}

// The optional members are explicitly tagged; [1] policy, [2] secret and [3]
// authPolicy do not occur in keys without a policy.
type tss2Sequence struct {
	Type        asn1.ObjectIdentifier
	EmptyAuth   bool   `asn1:"optional,explicit,tag:0"`
	Description string `asn1:"optional,explicit,tag:4,utf8"`
	Parent      int64
	Public      []byte
	Private     []byte
}

// ErrTSS2 says that a file is no TSS2 key of the kind that is written here.
var ErrTSS2 = errors.New("not a loadable TSS2 private key")

// Marshal writes the PEM file.
func (k *TSS2Key) Marshal() ([]byte, error) {
	if err := k.check(); err != nil {
		return nil, fmt.Errorf("write TSS2 key: %w", err)
	}
	der, err := asn1.Marshal(tss2Sequence{
		Type: oidLoadable, EmptyAuth: k.EmptyAuth, Description: k.Description,
		Parent: int64(k.Parent), Public: k.Public, Private: k.Private,
	})
	if err != nil {
		return nil, fmt.Errorf("write TSS2 key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: tss2Type, Bytes: der}), nil
}

// ParseTSS2 reads one such file.
func ParseTSS2(file []byte) (*TSS2Key, error) {
	fault := func(why string) (*TSS2Key, error) { return nil, fmt.Errorf("read key file: %s: %w", why, ErrTSS2) }
	block, rest := pem.Decode(file)
	switch {
	case block == nil:
		return fault("no PEM block")
	case block.Type != tss2Type:
		return fault(fmt.Sprintf("a PEM block of type %q", block.Type))
	case len(block.Headers) > 0:
		return fault("PEM headers")
	case len(bytes.TrimSpace(rest)) > 0:
		return fault("more after the PEM block")
	case !bytes.HasPrefix(bytes.TrimSpace(file), []byte("-----BEGIN")):
		return fault("text before the PEM block")
	}
	var sequence tss2Sequence
	if rest, err := asn1.Unmarshal(block.Bytes, &sequence); err != nil {
		return fault(err.Error())
	} else if len(rest) > 0 {
		return fault("more after the ASN.1 sequence")
	}
	if !sequence.Type.Equal(oidLoadable) {
		return fault("object identifier " + sequence.Type.String())
	}
	if sequence.Parent < 0 || sequence.Parent > 0xffffffff {
		return fault("the parent is no handle")
	}
	key := &TSS2Key{
		Description: sequence.Description, EmptyAuth: sequence.EmptyAuth,
		Parent: uint32(sequence.Parent), Public: sequence.Public, Private: sequence.Private,
	}
	if err := key.check(); err != nil {
		return fault(err.Error())
	}
	return key, nil
}

func (k *TSS2Key) check() error {
	if !utf8.ValidString(k.Description) {
		return errors.New("the description is no UTF-8")
	}
	if err := checkSized("TPM2B_PUBLIC", k.Public); err != nil {
		return err
	}
	return checkSized("TPM2B_PRIVATE", k.Private)
}

// checkSized checks that b is a TPM2B structure: a size in two bytes,
// big-endian, and as many bytes, at least one (TPM 2.0 part 2, 10.4.1).
func checkSized(name string, b []byte) error {
	if len(b) < 3 {
		return fmt.Errorf("%s has %d bytes", name, len(b))
	}
	if size := int(b[0])<<8 | int(b[1]); size != len(b)-2 {
		return fmt.Errorf("%s says %d bytes and has %d", name, size, len(b)-2)
	}
	return nil
}
