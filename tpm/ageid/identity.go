// Package ageid decrypts age files with keys derived from words, in the TPM or
// in software, and answers as an age plugin.
//
// Its rules:
//
//   - Only the stanza p256tag of age 1.3 is handled. Its key agreement happens
//     in the TPM, the rest (HPKE) outside; in software the same key does both.
//   - The tag of a stanza is compared first: the TPM is not touched, and nobody
//     is asked for a PIN, for a file that was encrypted to others.
//   - A TPM that fails is an error that is shown, not "no identity matched".
package ageid

import (
	"bytes"
	"crypto/ecdh"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/key"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"filippo.io/age"
	"filippo.io/age/tag"
	"filippo.io/hpke"
	"github.com/google/go-tpm/tpm2"
)

// Identity decrypts files that were encrypted to one recipient.
type Identity struct {
	exchanger ecdh.KeyExchanger
	recipient *tag.Recipient
}

var _ age.Identity = (*Identity)(nil)

// FromWords is the identity of a derived key, in software and without a TPM:
// for a recovery that has only the words, and for machines without a TPM.
func FromWords(pair *derive.KeyPair) (*Identity, error) { return FromScalar(pair.Private()) }

// FromScalar is the identity of a P-256 private key, 32 bytes.
func FromScalar(scalar *secret.Secret) (*Identity, error) {
	var private *ecdh.PrivateKey
	var err error
	scalar.Use(func(view []byte) { private, err = ecdh.P256().NewPrivateKey(view) })
	if err != nil {
		return nil, fmt.Errorf("age identity in software: %w", err)
	}
	return newIdentity(private)
}

// FromTPM is the identity of a key in a TPM.
func FromTPM(parsed *format.AgeTPMIdentity, source key.Source) (*Identity, error) {
	o, err := object.Parse(parsed.Public)
	if err != nil {
		return nil, fmt.Errorf("age identity: %w", err)
	}
	if o.Use != object.Agreement || o.PIN != parsed.PIN {
		return nil, fmt.Errorf("age identity: its public area is of another kind: %w", object.ErrForeign)
	}
	if _, err := tpm2.Unmarshal[tpm2.TPM2BName](parsed.ParentName); err != nil {
		return nil, fmt.Errorf("age identity: name of the storage root key: %w", err)
	}
	return newIdentity(key.Exchanger{Stored: &key.Stored{
		Name: format.AgeRecipient(o.Key), Object: o, Private: parsed.Private, Source: source,
	}})
}

func newIdentity(exchanger ecdh.KeyExchanger) (*Identity, error) {
	recipient, err := recipientOf(exchanger.PublicKey())
	if err != nil {
		return nil, err
	}
	return &Identity{exchanger: exchanger, recipient: recipient}, nil
}

func recipientOf(public *ecdh.PublicKey) (*tag.Recipient, error) {
	recipient, err := tag.ParseRecipient(format.AgeRecipient(public))
	if err != nil {
		return nil, fmt.Errorf("age recipient: %w", err)
	}
	return recipient, nil
}

// Recipient encrypts to this identity.
func (i *Identity) Recipient() age.Recipient { return i.recipient }

// remembering keeps the error of a key agreement apart from those of HPKE,
// which only mean that the file is not for this identity.
type remembering struct {
	ecdh.KeyExchanger
	failure error
}

// ECDH implements ecdh.KeyExchanger.
func (r *remembering) ECDH(peer *ecdh.PublicKey) ([]byte, error) {
	shared, err := r.KeyExchanger.ECDH(peer)
	r.failure = err
	return shared, err
}

// The stanza p256tag (age plugin specification, C2SP.org/age).
const (
	stanzaType   = "p256tag"
	stanzaInfo   = "age-encryption.org/p256tag"
	tagBytes     = 4
	pointBytes   = 65
	sealedBytes  = 16 + 16 // the file key and its Poly1305 tag
	fileKeyBytes = 16
)

var errStanza = errors.New("the p256tag stanza is malformed")

// Unwrap implements age.Identity.
func (i *Identity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, stanza := range stanzas {
		if stanza.Type != stanzaType {
			continue
		}
		fileKey, err := i.unwrap(stanza)
		if errors.Is(err, age.ErrIncorrectIdentity) {
			continue
		}
		return fileKey, err
	}
	return nil, age.ErrIncorrectIdentity
}

func (i *Identity) unwrap(stanza *age.Stanza) ([]byte, error) {
	if len(stanza.Args) != 2 || len(stanza.Body) != sealedBytes {
		return nil, errStanza
	}
	hint, err := base64.RawStdEncoding.Strict().DecodeString(stanza.Args[0])
	if err != nil || len(hint) != tagBytes {
		return nil, errStanza
	}
	point, err := base64.RawStdEncoding.Strict().DecodeString(stanza.Args[1])
	if err != nil || len(point) != pointBytes {
		return nil, errStanza
	}
	if _, err := ecdh.P256().NewPublicKey(point); err != nil {
		return nil, errStanza
	}
	expected, err := i.recipient.Tag(point)
	if err != nil {
		return nil, errStanza
	}
	if subtle.ConstantTimeCompare(hint, expected) != 1 {
		return nil, age.ErrIncorrectIdentity
	}
	return i.open(point, stanza.Body)
}

func (i *Identity) open(point, sealed []byte) (fileKey []byte, err error) {
	exchanger := &remembering{KeyExchanger: i.exchanger}
	private, err := hpke.NewDHKEMPrivateKey(exchanger)
	if err != nil {
		return nil, fmt.Errorf("decrypt file key: %w", err)
	}
	var opened []byte
	secret.Do(func() {
		var receiver *hpke.Recipient
		receiver, err = hpke.NewRecipient(point, private, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(stanzaInfo))
		if err == nil {
			opened, err = receiver.Open(nil, sealed)
		}
	})
	switch {
	case exchanger.failure != nil:
		return nil, fmt.Errorf("decrypt file key: %w", exchanger.failure)
	case err != nil || len(opened) != fileKeyBytes:
		// Two recipients may have the same tag: it has four bytes.
		return nil, age.ErrIncorrectIdentity
	}
	defer clear(opened)
	return bytes.Clone(opened), nil
}
