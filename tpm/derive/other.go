package derive

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// modhex is the alphabet of systemd's recovery keys: letters that lie on the
// same keys of nearly every keyboard layout, so that the passphrase can be
// typed before a keymap is loaded (systemd, src/shared/recovery-key.c).
const modhex = "cbdefghijklnrtuv"

// RecoveryPassphrase derives the LUKS recovery passphrase of a machine: 64
// modhex letters in 8 groups joined with "-". The dashes are part of it.
func (r *Root) RecoveryPassphrase(name string, generation int) (*secret.Secret, error) {
	label, err := Host(name, LUKS, generation)
	if err != nil {
		return nil, err
	}
	okm, err := r.expand(label, 0)
	if err != nil {
		return nil, err
	}
	defer okm.Wipe()
	text := make([]byte, 0, 71)
	okm.Use(func(view []byte) {
		for i, b := range view {
			if i > 0 && i%4 == 0 {
				text = append(text, '-')
			}
			text = append(text, modhex[b>>4], modhex[b&15])
		}
	})
	return secret.New(text), nil
}

// WireGuardKey is a machine's WireGuard key in the form that wg(8) reads.
type WireGuardKey struct {
	Private *secret.Secret // base64 of 32 bytes, clamped
	Public  string         // base64 of 32 bytes
}

// WireGuard derives a machine's WireGuard key: an X25519 scalar clamped as
// RFC 7748, section 5 says.
func (r *Root) WireGuard(name string, generation int) (*WireGuardKey, error) {
	label, err := Host(name, WireGuard, generation)
	if err != nil {
		return nil, err
	}
	okm, err := r.expand(label, 0)
	if err != nil {
		return nil, err
	}
	defer okm.Wipe()
	key := &WireGuardKey{}
	okm.Use(func(view []byte) {
		secret.Do(func() {
			scalar := append([]byte(nil), view...)
			defer clear(scalar)
			scalar[0] &= 248
			scalar[31] = scalar[31]&127 | 64
			var private *ecdh.PrivateKey
			if private, err = ecdh.X25519().NewPrivateKey(scalar); err != nil {
				return
			}
			key.Private = secret.New(base64.StdEncoding.AppendEncode(nil, scalar))
			key.Public = base64.StdEncoding.EncodeToString(private.PublicKey().Bytes())
		})
	})
	if err != nil {
		return nil, fmt.Errorf("derive %s: %w", label, err)
	}
	return key, nil
}

// ServiceKey derives the API key of a service on a machine: 16 bytes in
// lower-case hexadecimal.
func (r *Root) ServiceKey(name, service string, generation int) (*secret.Secret, error) {
	label, err := Service(name, service, generation)
	if err != nil {
		return nil, err
	}
	okm, err := r.expand(label, 0)
	if err != nil {
		return nil, err
	}
	defer okm.Wipe()
	var text []byte
	okm.Use(func(view []byte) { text = hex.AppendEncode(nil, view[:serviceBytes]) })
	return secret.New(text), nil
}
