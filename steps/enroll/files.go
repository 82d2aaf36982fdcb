package enroll

import (
	"bytes"
	"crypto/ecdsa"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// ErrNoPassphrase says that the operator's keys were to be written to files
// that nothing protects.
var ErrNoPassphrase = errors.New("the operator's keys in files need a passphrase")

// inFiles makes the files of a machine without a TPM. The machine's own keys
// lie open, because nothing can ask while it boots; the operator's are
// encrypted with the passphrase, in the formats of OpenSSH and age. Everything
// that is there is judged before anything is made.
func (e Enrolment) inFiles(generations format.Generations, present map[tpmenroll.Slot][]byte) (*tpmenroll.Result, error) {
	if e.Answers.HoldsOperatorKeys() && e.PIN.Len() == 0 {
		return nil, ErrNoPassphrase
	}
	keys, err := format.NewPublicKeys(e.Root, e.Answers.Host.Key(), generations)
	if err != nil {
		return nil, err
	}
	result := &tpmenroll.Result{Keys: keys}
	others := &tpmenroll.OtherKeysError{}
	for _, slot := range tpmenroll.Slots(e.Answers.HoldsOperatorKeys()) {
		file, err := e.file(slot, generations, present[slot])
		if err != nil {
			return nil, fmt.Errorf("make the file of %s: %w", slot, err)
		}
		if file.State == tpmenroll.Replaced && !e.Replace {
			others.Slots = append(others.Slots, slot)
			others.Why = append(others.Why, errors.New("the file holds another key, or has another passphrase"))
		}
		result.Files = append(result.Files, file)
	}
	if len(others.Slots) > 0 {
		return nil, others
	}
	return result, nil
}

// file makes the file of one key.
func (e Enrolment) file(slot tpmenroll.Slot, generations format.Generations, present []byte) (tpmenroll.File, error) {
	label, err := slot.Label(e.Answers.Host.Key(), generations)
	if err != nil {
		return tpmenroll.File{}, err
	}
	pair, err := e.Root.P256(label)
	if err != nil {
		return tpmenroll.File{}, err
	}
	defer pair.Wipe()
	file := tpmenroll.File{Slot: slot, Label: label, State: tpmenroll.New}
	var passphrase *secret.Secret
	if slot.Operators() {
		passphrase = e.PIN
	}
	var same bool
	if isAge(slot) {
		same, err = e.ageFile(&file, pair, passphrase, present)
	} else {
		same, err = e.sshFile(&file, pair, passphrase, present)
	}
	switch {
	case same:
		file.State = tpmenroll.Unchanged
	case present != nil:
		file.State = tpmenroll.Replaced
	}
	return file, err
}

// ageFile makes an age identity, encrypted where there is a passphrase, and
// says whether the present file is the same.
func (Enrolment) ageFile(file *tpmenroll.File, pair *derive.KeyPair, passphrase *secret.Secret, present []byte) (bool, error) {
	identity := format.AgeSoftwareFile(pair.ECDH(), pair.Private())
	defer identity.Wipe()
	if passphrase == nil {
		identity.Use(func(view []byte) { file.Private = bytes.Clone(view) })
		return bytes.Equal(present, file.Private), nil
	}
	if present != nil {
		if opened, err := format.OpenAgeEncryptedFile(present, passphrase); err == nil {
			defer opened.Wipe()
			if opened.Equal(identity) {
				return true, nil
			}
		}
	}
	var err error
	file.Private, err = format.AgeEncryptedFile(identity, passphrase, 0)
	return false, err
}

// sshFile makes an OpenSSH private key, encrypted where there is a
// passphrase, and says whether the present file holds the same.
func (e Enrolment) sshFile(file *tpmenroll.File, pair *derive.KeyPair, passphrase *secret.Secret, present []byte) (bool, error) {
	comment := e.Answers.Host.Name
	if file.Slot.Operators() {
		comment = e.comment()
	}
	line, err := format.SSHPublic(pair.ECDSA(), comment)
	if err != nil {
		return false, err
	}
	file.Public = []byte(line + "\n")
	if present != nil && sameSSH(present, passphrase, pair.ECDSA()) {
		return true, nil
	}
	var private *secret.Secret
	secret.Do(func() {
		var signer *ecdsa.PrivateKey
		if signer, err = pair.Signer(); err == nil {
			private, err = format.SSHPrivate(signer, comment, passphrase)
		}
	})
	if err != nil {
		return false, err
	}
	defer private.Wipe()
	private.Use(func(view []byte) { file.Private = bytes.Clone(view) })
	return false, nil
}

// sameSSH says whether an OpenSSH private key opens with the passphrase, or
// without one where there is none, and is this key.
func sameSSH(present []byte, passphrase *secret.Secret, want *ecdsa.PublicKey) bool {
	var opened any
	var err error
	if passphrase == nil {
		opened, err = ssh.ParseRawPrivateKey(present)
	} else {
		passphrase.Use(func(view []byte) { opened, err = ssh.ParseRawPrivateKeyWithPassphrase(present, view) })
	}
	held, ok := opened.(*ecdsa.PrivateKey)
	return err == nil && ok && held.PublicKey.Equal(want)
}
