// Package key uses keys that live in a TPM: it loads a key from its file, signs
// with it or agrees on a shared secret, and flushes it again.
//
// Its rules:
//
//   - A loaded key is compared, by Name, with the one that was asked for before
//     it is used.
//   - A PIN never crosses the bus: it proves itself in an HMAC session that is
//     salted to the storage root key, with parameter encryption. Shared secrets
//     leave the TPM encrypted in such a session too.
//   - Nothing stays loaded: what was opened is flushed, also after an error.
package key

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/subtle"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Loaded is a key in the TPM's memory.
type Loaded struct {
	object *object.Object
	handle tpm2.TPMHandle
	tpm    transport.TPM
}

// Load loads a key under its parent. private is a TPM2B_PRIVATE as files hold
// it. The condition OtherTPM says that another TPM made it.
func Load(tpm transport.TPM, parent *device.Parent, o *object.Object, private []byte) (*Loaded, error) {
	blob, err := tpm2.Unmarshal[tpm2.TPM2BPrivate](private)
	if err != nil {
		return nil, fmt.Errorf("load %s key: its private part: %w", o.Use, err)
	}
	response, err := device.Run(tpm, "load "+o.Use.String()+" key", tpm2.Load{
		ParentHandle: parent.Handle(), InPrivate: *blob, InPublic: tpm2.New2B(o.Public),
	})
	if err != nil {
		return nil, err
	}
	loaded := &Loaded{object: o, handle: response.ObjectHandle, tpm: tpm}
	if !bytes.Equal(response.Name.Buffer, o.Name) {
		return nil, errors.Join(fmt.Errorf("load %s key: the TPM loaded another one", o.Use), loaded.Close())
	}
	return loaded, nil
}

// Close flushes the key.
func (l *Loaded) Close() error { return device.Flush(l.tpm, l.handle) }

func (l *Loaded) authorized(by *Session) tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: l.handle, Name: tpm2.TPM2BName{Buffer: l.object.Name}, Auth: by.session}
}

// run executes a command whose session carries a PIN or returns a secret; what
// go-tpm copies of either is erased where secret.Do can.
func run[R any](tpm transport.TPM, task string, command device.Command[R]) (response *R, err error) {
	secret.Do(func() { response, err = device.Run(tpm, task, command) })
	return response, err
}

// Sign signs a SHA-256 digest and gives the signature in ASN.1, as crypto/ecdsa
// does, after verifying it.
func (l *Loaded) Sign(digest []byte, by *Session) ([]byte, error) {
	if l.object.Use != object.Signing || len(digest) != 32 {
		return nil, fmt.Errorf("sign %d bytes with an %s key: not a SHA-256 digest and a signing key", len(digest), l.object.Use)
	}
	response, err := run(l.tpm, "sign", tpm2.Sign{
		KeyHandle:  l.authorized(by),
		Digest:     tpm2.TPM2BDigest{Buffer: digest},
		Validation: tpm2.TPMTTKHashCheck{Tag: tpm2.TPMSTHashCheck, Hierarchy: tpm2.TPMRHNull},
	})
	if err != nil {
		return nil, err
	}
	parts, err := response.Signature.Signature.ECDSA()
	if err != nil {
		return nil, fmt.Errorf("sign: the TPM gave no ECDSA signature: %w", err)
	}
	signature, err := asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(parts.SignatureR.Buffer), new(big.Int).SetBytes(parts.SignatureS.Buffer),
	})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	public, err := ecdsaKey(l.object.Key)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if !ecdsa.VerifyASN1(public, digest, signature) {
		return nil, errors.New("sign: the TPM gave a signature that does not verify")
	}
	return signature, nil
}

// Agree computes the shared secret with a peer: the X coordinate, 32 bytes.
func (l *Loaded) Agree(peer *ecdh.PublicKey, by *Session) (*secret.Secret, error) {
	if l.object.Use != object.Agreement || peer.Curve() != ecdh.P256() {
		return nil, fmt.Errorf("agree on a secret with a %s key: not P-256 and an agreement key", l.object.Use)
	}
	point := peer.Bytes()
	response, err := run(l.tpm, "agree on a secret", tpm2.ECDHZGen{
		KeyHandle: l.authorized(by),
		InPoint: tpm2.New2B(tpm2.TPMSECCPoint{
			X: tpm2.TPM2BECCParameter{Buffer: point[1:33]},
			Y: tpm2.TPM2BECCParameter{Buffer: point[33:65]},
		}),
	})
	if err != nil {
		return nil, err
	}
	z, err := response.OutPoint.Contents()
	if err != nil || len(z.X.Buffer) > 32 {
		return nil, fmt.Errorf("agree on a secret: the TPM gave no point of P-256: %w", err)
	}
	shared := make([]byte, 32) // some TPMs strip leading zeros
	copy(shared[32-len(z.X.Buffer):], z.X.Buffer)
	clear(z.X.Buffer)
	return secret.New(shared), nil
}

// Check uses the key once and proves that its private part is the one that
// belongs to the public one: a signature that verifies, or a secret on which
// both sides agree.
func (l *Loaded) Check(by *Session) error {
	if l.object.Use == object.Signing {
		digest := make([]byte, 32)
		if _, err := rand.Read(digest); err != nil {
			return fmt.Errorf("check key: %w", err)
		}
		_, err := l.Sign(digest, by)
		return err
	}
	peer, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("check key: %w", err)
	}
	want, err := peer.ECDH(l.object.Key)
	if err != nil {
		return fmt.Errorf("check key: %w", err)
	}
	got, err := l.Agree(peer.PublicKey(), by)
	if err != nil {
		return err
	}
	defer got.Wipe()
	same := false
	got.Use(func(view []byte) { same = subtle.ConstantTimeCompare(view, want) == 1 })
	if !same {
		return errors.New("check key: the TPM agreed on another secret")
	}
	return nil
}

func ecdsaKey(key *ecdh.PublicKey) (*ecdsa.PublicKey, error) {
	return ecdsa.ParseUncompressedPublicKey(p256, key.Bytes())
}
