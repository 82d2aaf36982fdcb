// Package object says what the keys look like as objects of a TPM 2.0: their
// public areas, templates and Names. It talks to no TPM.
//
// Its rules:
//
//   - The public area of a key follows from its use, its public key and whether
//     it has a PIN, and from nothing else: the same words give the same Name in
//     every TPM.
//   - Coordinates have 32 bytes each. Stripping a leading zero, as big integers
//     do, gives another Name for one key in 128, and TPMs that refuse the key.
//   - Parsing is rebuilding: a public area is ours when building it anew from
//     its key gives the same bytes.
package object

import (
	"bytes"
	"crypto/ecdh"
	"errors"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"github.com/google/go-tpm/tpm2"
)

// Use says what a key does inside the TPM. One key never does both.
type Use int

// The uses.
const (
	Signing   Use = iota + 1 // ECDSA with SHA-256: ssh and sign keys
	Agreement                // ECDH: age keys
)

func (u Use) String() string {
	if u == Agreement {
		return "agreement"
	}
	return "signing"
}

// UseOf is the use of a purpose.
func UseOf(purpose derive.Purpose) (Use, error) {
	switch purpose {
	case derive.SSH, derive.Sign:
		return Signing, nil
	case derive.Age:
		return Agreement, nil
	}
	return 0, fmt.Errorf("a %s key has no place in a TPM", purpose)
}

// Object is a key as the TPM knows it, without its private part.
type Object struct {
	Use    Use
	PIN    bool
	Key    *ecdh.PublicKey
	Public tpm2.TPMTPublic
	Name   []byte // algorithm identifier and digest of the public area, 34 bytes
}

// ErrForeign says that a public area is not one that this package builds.
var ErrForeign = errors.New("not a key of mnemonix")

// New builds the object of a P-256 key.
func New(use Use, key *ecdh.PublicKey, pin bool) (*Object, error) {
	if key.Curve() != ecdh.P256() || use != Signing && use != Agreement {
		return nil, fmt.Errorf("build TPM object: %w", ErrForeign)
	}
	public := template(use, key, pin)
	name, err := tpm2.ObjectName(&public)
	if err != nil {
		return nil, fmt.Errorf("build TPM object: name: %w", err)
	}
	return &Object{Use: use, PIN: pin, Key: key, Public: public, Name: name.Buffer}, nil
}

func template(use Use, key *ecdh.PublicKey, pin bool) tpm2.TPMTPublic {
	scheme := tpm2.TPMTECCScheme{
		Scheme:  tpm2.TPMAlgECDSA,
		Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256}),
	}
	if use == Agreement {
		scheme = tpm2.TPMTECCScheme{
			Scheme:  tpm2.TPMAlgECDH,
			Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDH, &tpm2.TPMSKeySchemeECDH{HashAlg: tpm2.TPMAlgSHA256}),
		}
	}
	point := key.Bytes()
	return tpm2.TPMTPublic{
		Type:    tpm2.TPMAlgECC,
		NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{
			UserWithAuth: true,
			SignEncrypt:  use == Signing,
			Decrypt:      use == Agreement,
			// Without a PIN there is nothing to guess, and a lockout that
			// other keys caused must not keep a machine from booting.
			NoDA: !pin,
		},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{
			Symmetric: tpm2.TPMTSymDefObject{Algorithm: tpm2.TPMAlgNull},
			Scheme:    scheme,
			CurveID:   tpm2.TPMECCNistP256,
			KDF:       tpm2.TPMTKDFScheme{Scheme: tpm2.TPMAlgNull},
		}),
		Unique: tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
			X: tpm2.TPM2BECCParameter{Buffer: point[1:33]},
			Y: tpm2.TPM2BECCParameter{Buffer: point[33:65]},
		}),
	}
}

// Sized is the public area as TPM2B_PUBLIC, the form in files.
func (o *Object) Sized() []byte { return tpm2.Marshal(tpm2.New2B(o.Public)) }

// attributesAt is where objectAttributes lies in a TPM2B_PUBLIC: after the
// size, the type and the name algorithm, two bytes each.
const attributesAt = 6

// Bits of TPMA_OBJECT (TPM 2.0 part 2, 8.3.3).
const (
	bitNoDA    = 1 << 10
	bitDecrypt = 1 << 17
)

// sizedLength is the length of the TPM2B_PUBLIC of every key of ours: both
// uses have the same members.
const sizedLength = 2 + 2 + 2 + 4 + 2 + (2 + 4 + 2 + 2) + 2*(2+32)

// Parse reads a TPM2B_PUBLIC from a file. It accepts exactly what Sized writes.
func Parse(sized []byte) (*Object, error) {
	if len(sized) != sizedLength {
		return nil, fmt.Errorf("read TPM public area of %d bytes, not %d: %w", len(sized), sizedLength, ErrForeign)
	}
	attributes := uint32(sized[attributesAt])<<24 | uint32(sized[attributesAt+1])<<16 |
		uint32(sized[attributesAt+2])<<8 | uint32(sized[attributesAt+3])
	use := Signing
	if attributes&bitDecrypt != 0 {
		use = Agreement
	}
	y := sized[len(sized)-32:]
	x := sized[len(sized)-32-2-32 : len(sized)-32-2]
	key, err := ecdh.P256().NewPublicKey(bytes.Join([][]byte{{4}, x, y}, nil))
	if err != nil {
		return nil, fmt.Errorf("read TPM public area: %w: %w", err, ErrForeign)
	}
	o, err := New(use, key, attributes&bitNoDA == 0)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(o.Sized(), sized) {
		return nil, fmt.Errorf("read TPM public area: other attributes or algorithms: %w", ErrForeign)
	}
	return o, nil
}
