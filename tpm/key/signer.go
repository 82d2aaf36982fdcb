package key

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"

	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"github.com/google/go-tpm/tpm2/transport"
)

// Source says where a TPM is and who knows the PIN. Both are asked at each use,
// so that nothing is held open between two and no PIN is kept.
type Source struct {
	Open func() (transport.TPMCloser, error)
	// PIN asks for the PIN of a key; name is for the question. It may be nil
	// where keys have none. The answer is wiped after use.
	PIN func(name string) (*secret.Secret, error)
}

// Stored is a key in a file: it is loaded for each use.
type Stored struct {
	Name    string // for questions and errors: "alice@snix"
	Object  *object.Object
	Private []byte // TPM2B_PRIVATE
	Source  Source
}

// use opens the TPM, loads the key, does one thing with it and puts all back.
func (s *Stored) use(direction Direction, do func(*Loaded, *Session) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("use key %s: %w", s.Name, err)
		}
	}()
	pin, err := s.pin()
	if err != nil {
		return err
	}
	defer pin.Wipe()
	tpm, err := s.Source.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tpm.Close()) }()
	parent, err := device.FindParent(tpm)
	if err != nil {
		return err
	}
	if parent == nil {
		return &device.Error{Condition: device.OtherTPM, Text: "the TPM has no storage root key"}
	}
	loaded, err := Load(tpm, parent, s.Object, s.Private)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, loaded.Close()) }()
	session := Plain()
	if s.Object.PIN || direction == BothWays {
		if session, err = Open(tpm, parent, pin, direction); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, session.Close()) }()
	}
	return do(loaded, session)
}

func (s *Stored) pin() (*secret.Secret, error) {
	if !s.Object.PIN {
		return nil, nil
	}
	if s.Source.PIN == nil {
		return nil, errors.New("it has a PIN, and nobody can be asked for it")
	}
	pin, err := s.Source.PIN(s.Name)
	if err != nil {
		return nil, err
	}
	if err := CheckPIN(pin); err != nil {
		pin.Wipe()
		return nil, err
	}
	return pin, nil
}

// Signer is a signing key as a crypto.Signer.
type Signer struct{ *Stored }

// Public implements crypto.Signer: an *ecdsa.PublicKey.
func (s Signer) Public() crypto.PublicKey {
	public, err := ecdsaKey(s.Object.Key)
	if err != nil {
		return (*ecdsa.PublicKey)(nil) // Object holds a point of P-256
	}
	return public
}

// Sign implements crypto.Signer for SHA-256 digests. The TPM brings its own
// randomness.
func (s Signer) Sign(_ io.Reader, digest []byte, options crypto.SignerOpts) (signature []byte, err error) {
	if options.HashFunc() != crypto.SHA256 {
		return nil, fmt.Errorf("use key %s: it signs SHA-256 digests, not %v", s.Name, options.HashFunc())
	}
	err = s.use(Inward, func(loaded *Loaded, session *Session) error {
		signature, err = loaded.Sign(digest, session)
		return err
	})
	if err != nil {
		return nil, err
	}
	return signature, nil
}

// Exchanger is an agreement key as an ecdh.KeyExchanger.
type Exchanger struct{ *Stored }

// PublicKey implements ecdh.KeyExchanger.
func (e Exchanger) PublicKey() *ecdh.PublicKey { return e.Object.Key }

// Curve implements ecdh.KeyExchanger.
func (e Exchanger) Curve() ecdh.Curve { return ecdh.P256() }

// ECDH implements ecdh.KeyExchanger. The shared secret leaves the TPM encrypted.
func (e Exchanger) ECDH(peer *ecdh.PublicKey) (shared []byte, err error) {
	err = e.use(BothWays, func(loaded *Loaded, session *Session) error {
		agreed, err := loaded.Agree(peer, session)
		if err != nil {
			return err
		}
		defer agreed.Wipe()
		agreed.Use(func(view []byte) { shared = append(shared, view...) })
		return nil
	})
	if err != nil {
		clear(shared)
		return nil, err
	}
	return shared, nil
}
