package keys

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
)

// with opens the TPM for what a test does to it.
func with(t *testing.T, tpm string, do func(transport.TPM)) {
	t.Helper()
	chip, err := device.Open(tpm)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = chip.Close() }()
	do(chip)
}

// owner is the owner hierarchy without a password.
func owner() tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)}
}

func primary(t *testing.T, chip transport.TPM, template tpm2.TPMTPublic) *tpm2.CreatePrimaryResponse {
	t.Helper()
	made, err := tpm2.CreatePrimary{PrimaryHandle: owner(), InPublic: tpm2.New2B(template)}.Execute(chip)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// keep stores a loaded key and flushes it.
func keep(t *testing.T, chip transport.TPM, handle tpm2.TPMHandle, name tpm2.TPM2BName, at tpm2.TPMHandle) error {
	t.Helper()
	_, err := tpm2.EvictControl{Auth: owner(), ObjectHandle: tpm2.NamedHandle{Handle: handle, Name: name}, PersistentHandle: at}.Execute(chip)
	if flushed := device.Flush(chip, handle); flushed != nil {
		t.Fatal(flushed)
	}
	return err
}

func persist(t *testing.T, chip transport.TPM, template tpm2.TPMTPublic, at tpm2.TPMHandle) {
	t.Helper()
	made := primary(t, chip, template)
	if err := keep(t, chip, made.ObjectHandle, made.Name, at); err != nil {
		t.Fatal(err)
	}
}

func ownerPassword(t *testing.T, tpm string) {
	t.Helper()
	with(t, tpm, func(chip transport.TPM) {
		if _, err := (tpm2.HierarchyChangeAuth{AuthHandle: owner(), NewAuth: tpm2.TPM2BAuth{Buffer: []byte("the owner's")}}).Execute(chip); err != nil {
			t.Fatal(err)
		}
	})
}

func ownerAuth(t *testing.T) string {
	t.Helper()
	tpm := device.SocketStart + startTPM(t)
	ownerPassword(t, tpm)
	return tpm
}

// clearTPM clears the TPM, as its firmware does; systemd makes a new storage
// root key at the next boot.
func clearTPM(t *testing.T, tpm string) {
	t.Helper()
	with(t, tpm, func(chip transport.TPM) {
		_, err := tpm2.Clear{AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHLockout, Auth: tpm2.PasswordAuth(nil)}}.Execute(chip)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := device.EnsureParent(chip); err != nil {
			t.Fatal(err)
		}
	})
}

// nvFull fills the TPM with other persistent keys.
func nvFull(t *testing.T) string {
	t.Helper()
	tpm := device.SocketStart + startTPM(t)
	with(t, tpm, func(chip transport.TPM) {
		made := primary(t, chip, object.StorageTemplate())
		defer func() { _ = device.Flush(chip, made.ObjectHandle) }()
		for at := tpm2.TPMHandle(0x81010000); ; at++ {
			_, err := tpm2.EvictControl{
				Auth: owner(), ObjectHandle: tpm2.NamedHandle{Handle: made.ObjectHandle, Name: made.Name}, PersistentHandle: at,
			}.Execute(chip)
			if errors.Is(err, tpm2.TPMRCNVSpace) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	return tpm
}

// disabled switches the owner hierarchy off, as a firmware does:
// TPM2_HierarchyControl, which go-tpm does not know (TPM 2.0 part 3, 24.2).
func disabled(t *testing.T) string {
	t.Helper()
	tpm := device.SocketStart + startTPM(t)
	with(t, tpm, func(chip transport.TPM) {
		response, err := chip.Send([]byte{
			0x80, 0x02, 0, 0, 0, 32, 0, 0, 0x01, 0x21,
			0x40, 0, 0, 0x0c, 0, 0, 0, 9, 0x40, 0, 0, 0x09, 0, 0, 0, 0, 0,
			0x40, 0, 0, 0x01, 0,
		})
		if err != nil || binary.BigEndian.Uint32(response[6:]) != 0 {
			t.Fatalf("%x, %v", response, err)
		}
	})
	return tpm
}

// foreignParent plants a storage key whose private half is known: whoever
// planted it could read all that is encrypted to it.
func foreignParent(t *testing.T) string {
	t.Helper()
	tpm := device.SocketStart + startTPM(t)
	known, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point := known.PublicKey().Bytes()
	planted := object.StorageTemplate()
	planted.ObjectAttributes.FixedTPM, planted.ObjectAttributes.FixedParent = false, false
	planted.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
		X: tpm2.TPM2BECCParameter{Buffer: point[1:33]}, Y: tpm2.TPM2BECCParameter{Buffer: point[33:]},
	})
	with(t, tpm, func(chip transport.TPM) {
		made := primary(t, chip, object.StorageTemplate())
		parent := tpm2.AuthHandle{Handle: made.ObjectHandle, Name: made.Name, Auth: tpm2.PasswordAuth(nil)}
		imported, err := tpm2.Import{
			ParentHandle: parent, ObjectPublic: tpm2.New2B(planted),
			Duplicate: tpm2.TPM2BPrivate{Buffer: tpm2.Marshal(tpm2.New2B(tpm2.TPMTSensitive{
				SensitiveType: tpm2.TPMAlgECC, SeedValue: tpm2.TPM2BDigest{Buffer: make([]byte, 32)},
				Sensitive: tpm2.NewTPMUSensitiveComposite(tpm2.TPMAlgECC, &tpm2.TPM2BECCParameter{Buffer: known.Bytes()}),
			}))},
			Symmetric: tpm2.TPMTSymDef{Algorithm: tpm2.TPMAlgNull},
		}.Execute(chip)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := tpm2.Load{ParentHandle: parent, InPrivate: imported.OutPrivate, InPublic: tpm2.New2B(planted)}.Execute(chip)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(device.Flush(chip, made.ObjectHandle), keep(t, chip, loaded.ObjectHandle, loaded.Name, object.ParentHandle)); err != nil {
			t.Fatal(err)
		}
	})
	return tpm
}
