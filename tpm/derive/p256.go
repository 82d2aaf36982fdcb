package derive

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"
	"io"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// KeyPair is a P-256 private key with its public key.
type KeyPair struct {
	Label   Label
	private *secret.Secret // the scalar, 32 bytes big-endian, 1 <= d < n
	public  *ecdh.PublicKey
}

// P256 derives the P-256 key of a label: the first of the outputs for the
// counters 0 to 255 that is a valid scalar.
func (r *Root) P256(label Label) (*KeyPair, error) {
	pair, err := sample(func(counter byte) (*secret.Secret, error) { return r.expand(label, counter) })
	if err != nil {
		return nil, fmt.Errorf("derive %s: %w", label, err)
	}
	pair.Label = label
	return pair, nil
}

// sample takes the first candidate d with 1 <= d < n. Reducing a larger number
// instead would prefer small scalars. A rejection happens once in 2^32 labels.
func sample(candidate func(counter byte) (*secret.Secret, error)) (*KeyPair, error) {
	for counter := range 256 {
		d, err := candidate(byte(counter))
		if err != nil {
			return nil, err
		}
		var public *ecdh.PublicKey
		d.Use(func(view []byte) {
			secret.Do(func() {
				// NewPrivateKey accepts exactly the numbers 1 to n-1, in
				// constant time.
				if key, err := ecdh.P256().NewPrivateKey(view); err == nil {
					public = key.PublicKey()
				}
			})
		})
		if public != nil {
			return &KeyPair{private: d, public: public}, nil
		}
		d.Wipe()
	}
	return nil, fmt.Errorf("none of 256 candidates is a P-256 scalar")
}

// Private is the scalar, 32 bytes, big-endian. It belongs to the pair.
func (k *KeyPair) Private() *secret.Secret { return k.private }

// ECDH is the public key for key agreement. Its Bytes are 0x04, X, Y with 32
// bytes for each coordinate.
func (k *KeyPair) ECDH() *ecdh.PublicKey { return k.public }

// ECDSA is the public key for signatures.
func (k *KeyPair) ECDSA() *ecdsa.PublicKey {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.public.Bytes())
	if err != nil {
		panic("derive: a public key that is no point of P-256") // it was made by crypto/ecdh
	}
	return key
}

// Signer is the private key in software, for machines without a TPM. Its
// memory is the Go heap's: call it inside secret.Do and drop it soon.
func (k *KeyPair) Signer() (*ecdsa.PrivateKey, error) {
	var key *ecdsa.PrivateKey
	var err error
	k.private.Use(func(view []byte) { key, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), view) })
	if err != nil {
		return nil, fmt.Errorf("use %s in software: %w", k.Label, err)
	}
	return key, nil
}

// Wipe forgets the private key; the public one stays.
func (k *KeyPair) Wipe() {
	if k != nil {
		k.private.Wipe()
	}
}

// Format prints the label.
func (k *KeyPair) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "key pair "+k.Label.text+" [redacted]")
}
