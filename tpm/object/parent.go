package object

import (
	"bytes"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
)

// ParentHandle is where the storage root key lives: reserved for it by the TCG
// (Registry of Reserved TPM 2.0 Handles, table 2) and used by systemd,
// ssh-tpm-agent and Windows alike.
const ParentHandle = tpm2.TPMHandle(0x81000001)

// StorageTemplate is the template of the storage root key that systemd and
// ssh-tpm-agent create: ECC P-256, AES-128-CFB, noDA, and a unique field of
// zero length. (go-tpm's ECCSRKTemplate fills unique with zeros: another key.)
func StorageTemplate() tpm2.TPMTPublic {
	return tpm2.TPMTPublic{
		Type:    tpm2.TPMAlgECC,
		NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{
			FixedTPM:            true,
			FixedParent:         true,
			SensitiveDataOrigin: true,
			UserWithAuth:        true,
			NoDA:                true,
			Restricted:          true,
			Decrypt:             true,
		},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{
			Symmetric: tpm2.TPMTSymDefObject{
				Algorithm: tpm2.TPMAlgAES,
				KeyBits:   tpm2.NewTPMUSymKeyBits(tpm2.TPMAlgAES, tpm2.TPMKeyBits(128)),
				Mode:      tpm2.NewTPMUSymMode(tpm2.TPMAlgAES, tpm2.TPMAlgCFB),
			},
			CurveID: tpm2.TPMECCNistP256,
		}),
		Unique: tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{}),
	}
}

// ErrNotStorageRoot says that a key is no storage root key of this TPM.
var ErrNotStorageRoot = errors.New("not a storage root key of this TPM")

// CheckParent decides whether a key may be the parent of ours: a storage key
// that was born in this TPM (fixedTPM, fixedParent, sensitiveDataOrigin) and is
// a primary of the owner hierarchy, which its qualified name proves. A planted
// key, whose private half somebody holds, can have the attributes only if it
// lies under another key, and then its qualified name is another.
//
// The Name is computed here from the public area and compared; what the TPM
// says it is alone proves nothing to a transport in the middle.
func CheckParent(public *tpm2.TPMTPublic, name, qualifiedName []byte) error {
	a := public.ObjectAttributes
	switch {
	case public.Type != tpm2.TPMAlgECC && public.Type != tpm2.TPMAlgRSA:
		return fmt.Errorf("neither ECC nor RSA: %w", ErrNotStorageRoot)
	case !a.FixedTPM || !a.FixedParent || !a.SensitiveDataOrigin:
		return fmt.Errorf("it was imported, not made by the TPM: %w", ErrNotStorageRoot)
	case !a.Restricted || !a.Decrypt || a.SignEncrypt:
		return fmt.Errorf("it is no storage key: %w", ErrNotStorageRoot)
	}
	computed, err := tpm2.ObjectName(public)
	if err != nil {
		return fmt.Errorf("name of the parent: %w", err)
	}
	if !bytes.Equal(computed.Buffer, name) {
		return fmt.Errorf("its name does not match its public area: %w", ErrNotStorageRoot)
	}
	want, err := Qualified(public.NameAlg, tpm2.TPMRHOwner, name)
	if err != nil {
		return fmt.Errorf("qualified name of the parent: %w", err)
	}
	if !bytes.Equal(want, qualifiedName) {
		return fmt.Errorf("it is no primary key of the owner hierarchy: %w", ErrNotStorageRoot)
	}
	return nil
}

// Qualified is the qualified name of a primary key: QN =
// alg || H(hierarchy handle || Name) (TPM
// 2.0 part 1, 16).
func Qualified(alg tpm2.TPMAlgID, hierarchy tpm2.TPMHandle, name []byte) ([]byte, error) {
	hash, err := alg.Hash()
	if err != nil {
		return nil, err
	}
	if !crypto.Hash.Available(hash) {
		return nil, fmt.Errorf("hash algorithm %v is not available", alg)
	}
	h := hash.New()
	h.Write(tpm2.HandleName(hierarchy).Buffer)
	h.Write(name)
	return h.Sum(binary.BigEndian.AppendUint16(nil, uint16(alg))), nil
}

// StorageKind names the kind of a storage key for people: "ECC P-256", "RSA 2048".
func StorageKind(public *tpm2.TPMTPublic) string {
	switch public.Type {
	case tpm2.TPMAlgECC:
		if detail, err := public.Parameters.ECCDetail(); err == nil {
			switch detail.CurveID {
			case tpm2.TPMECCNistP256:
				return "ECC P-256"
			case tpm2.TPMECCNistP384:
				return "ECC P-384"
			}
		}
		return "ECC"
	case tpm2.TPMAlgRSA:
		if detail, err := public.Parameters.RSADetail(); err == nil {
			return fmt.Sprintf("RSA %d", detail.KeyBits)
		}
		return "RSA"
	}
	return "unknown"
}
