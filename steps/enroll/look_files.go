package enroll

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"errors"
	"io/fs"
	"strings"

	"filippo.io/age/plugin"
	"golang.org/x/crypto/ssh"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// lookAtFiles is Look on a machine whose keys are files. What a passphrase
// protects is not opened: of an SSH key the public half can be read all the
// same, of an age identity nothing.
func lookAtFiles(reader run.Reader, answers steps.Answers, target string, recorded *format.PublicKeys) *Status {
	status := &Status{Keys: []KeyStatus{}}
	places := Places(answers, target)
	for _, slot := range tpmenroll.Slots(answers.HoldsOperatorKeys()) {
		found := KeyStatus{Slot: slot, File: places[slot].Private}
		found.State, found.Reason = examineFile(reader, slot, found.File, recorded)
		status.Keys = append(status.Keys, found)
	}
	return status
}

func examineFile(reader run.Reader, slot tpmenroll.Slot, name string, recorded *format.PublicKeys) (KeyState, string) {
	text, err := reader.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return KeyMissing, ""
	case err != nil:
		return KeyFails, err.Error()
	case slot == tpmenroll.UserAge:
		return KeyUnknown, "encrypted with a passphrase"
	}
	var held *ecdh.PublicKey
	if isAge(slot) {
		held, err = ageFilePublic(text)
	} else {
		held, err = sshFilePublic(text)
	}
	if err != nil {
		return KeyFails, err.Error()
	}
	return compare(slot, held, recorded)
}

// ageFilePublic computes the public key of the identity in the file.
func ageFilePublic(text []byte) (public *ecdh.PublicKey, err error) {
	lines := format.IdentityLines(text)
	if len(lines) != 1 {
		return nil, format.ErrAge
	}
	name, data, err := plugin.ParseIdentity(lines[0])
	if err != nil || name != format.PluginSoftware {
		return nil, format.ErrAge
	}
	scalar, err := format.ParseAgeSoftwareData(data)
	if err != nil {
		return nil, err
	}
	defer scalar.Wipe()
	scalar.Use(func(view []byte) {
		var private *ecdh.PrivateKey
		if private, err = ecdh.P256().NewPrivateKey(view); err == nil {
			public = private.PublicKey()
		}
	})
	return public, err
}

// sshFilePublic reads the public half of an OpenSSH private key, which is in
// clear also where the private one is encrypted.
func sshFilePublic(text []byte) (*ecdh.PublicKey, error) {
	opened, err := ssh.ParseRawPrivateKey(text)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) && locked.PublicKey != nil {
		key, _, err := format.ParseSSHPublic(strings.TrimSpace(string(ssh.MarshalAuthorizedKey(locked.PublicKey))))
		if err != nil {
			return nil, err
		}
		return key.ECDH()
	}
	if err != nil {
		return nil, err
	}
	key, ok := opened.(*ecdsa.PrivateKey)
	if !ok {
		return nil, format.ErrSSH
	}
	return key.PublicKey.ECDH()
}
