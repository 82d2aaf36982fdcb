package enroll

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"github.com/google/go-tpm/tpm2"
)

// importKey brings the key into the TPM and gives the TPM2B_PRIVATE in which
// the TPM keeps it outside: encrypted under the storage root key.
func (e *enrolment) importKey(c *candidate) ([]byte, error) {
	duplicate, seed, err := e.wrap(c)
	if err != nil {
		return nil, err
	}
	response, err := device.Run(e.tpm, "import "+c.object.Use.String()+" key", tpm2.Import{
		ParentHandle: e.parent.Handle(),
		ObjectPublic: tpm2.New2B(c.object.Public),
		Duplicate:    tpm2.TPM2BPrivate{Buffer: duplicate},
		InSymSeed:    tpm2.TPM2BEncryptedSecret{Buffer: seed},
		Symmetric:    tpm2.TPMTSymDef{Algorithm: tpm2.TPMAlgNull},
	})
	if err != nil {
		return nil, parentAuth(err)
	}
	return tpm2.Marshal(response.OutPrivate), nil
}

// wrap encrypts the private part to the parent: an outer wrap with the label
// "DUPLICATE" and no inner one (TPM 2.0 part 1, 23.3.2.2). Only the TPM that
// holds the parent can open it.
func (e *enrolment) wrap(c *candidate) (duplicate, seed []byte, err error) {
	parent, err := tpm2.ImportEncapsulationKey(&e.parent.Public)
	if err != nil {
		return nil, nil, fmt.Errorf("encrypt to the storage root key: %w", err)
	}
	use := func(pin []byte) {
		c.pair.Private().Use(func(scalar []byte) {
			secret.Do(func() {
				sensitive := sensitiveArea(pin, scalar)
				defer clear(sensitive)
				duplicate, seed, err = tpm2.CreateDuplicate(rand.Reader, parent, c.object.Name, sensitive)
			})
		})
	}
	if c.object.PIN {
		e.request.PIN.Use(use)
	} else {
		use(nil)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("encrypt to the storage root key: %w", err)
	}
	return duplicate, seed, nil
}

// sensitiveArea is a TPMT_SENSITIVE (TPM 2.0 part 2, 12.3.2.4): type, authValue,
// an empty seedValue and the scalar. It is written by hand because an encoder
// would leave copies in buffers that it outgrew.
func sensitiveArea(pin, scalar []byte) []byte {
	area := make([]byte, 0, 2+2+len(pin)+2+2+len(scalar))
	area = sized(binary.BigEndian.AppendUint16(area, uint16(tpm2.TPMAlgECC)), pin)
	return sized(sized(area, nil), scalar)
}

// sized appends a TPM2B of at most 32 bytes.
func sized(area, content []byte) []byte {
	area = binary.BigEndian.AppendUint16(area, uint16(len(content))) //nolint:gosec // a PIN or a scalar
	return append(area, content...)
}

// parentAuth recognises that the storage root key itself wants a password.
func parentAuth(err error) error {
	for _, code := range []tpm2.TPMRC{tpm2.TPMRCBadAuth, tpm2.TPMRCAuthFail} {
		err = device.As(err, code, device.ParentAuth)
	}
	return err
}
