package key

import (
	"bytes"
	"crypto/elliptic"
	"errors"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

var p256 = elliptic.P256()

// MaxPIN is the longest PIN in bytes: an authorization value is at most as long
// as the digest of the key's Name algorithm, SHA-256 (TPM 2.0 part 1, 19.6.4.3).
const MaxPIN = 32

// ErrPIN says that a text cannot be a PIN.
var ErrPIN = errors.New("a PIN has 1 to 32 bytes, none of them zero")

// CheckPIN says whether a PIN can be set. Zero bytes are refused: TPMs strip
// them at the end, and libraries disagree about the others.
func CheckPIN(pin *secret.Secret) error {
	fine := false
	pin.Use(func(view []byte) { fine = len(view) >= 1 && len(view) <= MaxPIN && !bytes.Contains(view, []byte{0}) })
	if !fine {
		return ErrPIN
	}
	return nil
}

// Session authorizes the use of keys.
type Session struct {
	session tpm2.Session
	pin     []byte
	close   func() error
}

// Plain authorizes keys without a PIN and encrypts nothing. It is for uses in
// which nothing secret crosses the bus: signatures, and checks.
func Plain() *Session { return &Session{session: tpm2.PasswordAuth(nil)} }

const nonceBytes = 16 // at least that many (TPM 2.0 part 1, 19.6.3)

// Direction says what a session encrypts.
type Direction int

// The directions. A TPM refuses to encrypt the answer to a signature, which is
// public.
const (
	Inward   Direction = iota // what goes into the TPM
	BothWays                  // also what comes out: for Agree
)

// Open opens a session for any number of uses: salted to the storage root key,
// with AES-128-CFB around the first parameter of commands, and of answers where
// the direction says so. pin is empty or nil for keys without one. Close it.
func Open(tpm transport.TPM, parent *device.Parent, pin *secret.Secret, direction Direction) (s *Session, err error) {
	if pin.Len() > 0 {
		if err := CheckPIN(pin); err != nil {
			return nil, err
		}
	}
	defer func() { // go-tpm decodes the answer itself
		if broken := recover(); broken != nil {
			s, err = nil, fmt.Errorf("open a session with the TPM: its answer makes no sense: %v", broken)
		}
	}()
	encrypt := tpm2.EncryptIn
	if direction == BothWays {
		encrypt = tpm2.EncryptInOut
	}
	s = &Session{}
	pin.Use(func(view []byte) { s.pin = bytes.Clone(view) })
	session, closing, err := tpm2.HMACSession(device.Checked(tpm), tpm2.TPMAlgSHA256, nonceBytes,
		tpm2.Auth(s.pin),
		tpm2.Salted(object.ParentHandle, parent.Public),
		tpm2.AESEncryption(128, encrypt),
	)
	if err != nil {
		clear(s.pin)
		return nil, device.Fault("open a session with the TPM", err)
	}
	s.session, s.close = session, closing
	return s, nil
}

// Close ends the session and forgets the PIN.
func (s *Session) Close() (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("close a session with the TPM: its answer makes no sense: %v", broken)
		}
	}()
	clear(s.pin)
	if s.close == nil {
		return nil
	}
	closing := s.close
	s.close = nil
	if err := closing(); err != nil {
		return device.Fault("close a session with the TPM", err)
	}
	return nil
}
