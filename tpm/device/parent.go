package device

import (
	"encoding/hex"
	"errors"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/tpm/object"
	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Parent is the storage root key under which keys are kept.
type Parent struct {
	Public tpm2.TPMTPublic
	Name   []byte
}

// Kind names the key for people: "ECC P-256", "RSA 2048".
func (p *Parent) Kind() string { return object.StorageKind(&p.Public) }

// Handle refers to the parent in a command that needs no secret of it.
func (p *Parent) Handle() tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: object.ParentHandle, Name: tpm2.TPM2BName{Buffer: p.Name}, Auth: tpm2.PasswordAuth(nil)}
}

// FindParent looks at the key at 0x81000001. It gives nil where there is none,
// and ForeignParent for a key that is no storage root key of this TPM.
func FindParent(tpm transport.TPM) (*Parent, error) {
	response, err := Run(tpm, "look at the storage root key", tpm2.ReadPublic{ObjectHandle: object.ParentHandle})
	if errors.Is(err, tpm2.TPMRCHandle) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	public, err := response.OutPublic.Contents()
	if err != nil {
		return nil, fault(Failed, "look at the storage root key", err)
	}
	name := response.Name.Buffer
	if err := object.CheckParent(public, name, response.QualifiedName.Buffer); err != nil {
		return nil, fault(ForeignParent, fmt.Sprintf("look at the key %s at %#x", hex.EncodeToString(name), uint32(object.ParentHandle)), err)
	}
	return &Parent{Public: *public, Name: name}, nil
}

// EnsureParent gives the storage root key, and makes it where there is none:
// the one that systemd and ssh-tpm-agent would make, at the same place.
func EnsureParent(tpm transport.TPM) (parent *Parent, created bool, err error) {
	if parent, err = FindParent(tpm); parent != nil || err != nil {
		return parent, false, err
	}
	made, err := Run(tpm, "create the storage root key", tpm2.CreatePrimary{
		PrimaryHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		InPublic:      tpm2.New2B(object.StorageTemplate()),
	})
	if err != nil {
		return nil, false, As(err, tpm2.TPMRCBadAuth, OwnerAuth)
	}
	defer func() {
		err = errors.Join(err, Flush(tpm, made.ObjectHandle))
		if err != nil {
			parent, created = nil, false
		}
	}()
	_, err = Run(tpm, "store the storage root key", tpm2.EvictControl{
		Auth:             tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		ObjectHandle:     tpm2.NamedHandle{Handle: made.ObjectHandle, Name: made.Name},
		PersistentHandle: object.ParentHandle,
	})
	if err != nil {
		return nil, false, As(err, tpm2.TPMRCBadAuth, OwnerAuth)
	}
	// What was stored is looked at as if somebody else had stored it.
	parent, err = FindParent(tpm)
	if err == nil && parent == nil {
		err = fault(Failed, "store the storage root key", errors.New("it is not there afterwards"))
	}
	return parent, err == nil, err
}

// Flush removes a loaded key or session from the TPM's memory.
func Flush(tpm transport.TPM, handle tpm2.TPMHandle) error {
	_, err := Run(tpm, "flush a handle", tpm2.FlushContext{FlushHandle: handle})
	return err
}
