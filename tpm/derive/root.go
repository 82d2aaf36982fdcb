// Package derive computes every key of the operator and of the machines from
// 24 words and an optional passphrase.
//
// The path is frozen: words written on paper today give the same keys in twenty
// years.
//
//	words, passphrase -> seed   PBKDF2-HMAC-SHA512, 2048 rounds (BIP39)
//	seed              -> PRK    HKDF-Extract-SHA256, salt "mnemonix/v1"
//	PRK, label, n     -> OKM    HKDF-Expand-SHA256, info = label || 0x00 || n, 32 bytes
//	OKM               -> key    as the purpose of the label says
//
// Its rules:
//
//   - A label names one key for ever and serves one purpose. Labels are made
//     by User, Host and Service alone, never by joining strings elsewhere.
//   - P-256 scalars come from rejection sampling, coordinates always have 32
//     bytes: both matter once in many keys, and then for ever.
//   - Nothing here touches a TPM, a file or a clock. The same input gives the
//     same bytes, and testdata holds answers that were computed without this
//     code.
//   - Private results are secrets; whoever asked for them wipes them.
package derive

import (
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"unsafe"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
	"golang.org/x/text/unicode/norm"
)

const (
	seedBytes    = 64   // BIP39
	seedRounds   = 2048 // BIP39
	seedSalt     = "mnemonic"
	extractSalt  = "mnemonix/v1"
	outputBytes  = 32 // one block of HKDF-SHA256: the size of a P-256 scalar
	idBytes      = 8
	serviceBytes = 16
)

// IDs tell words apart in public: both stand on the recovery sheet, in keys/
// and in the LUKS token. They reveal nothing of the words.
type IDs struct {
	Words               string `json:"words"`               // with the empty passphrase
	WordsWithPassphrase string `json:"wordsWithPassphrase"` // with the actual one
}

// ValidID says whether text has the shape of an identifier of words.
func ValidID(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == idBytes && hex.EncodeToString(raw) == text
}

// Root is what all keys are derived from. It is a secret and printed as one.
type Root struct {
	prk *secret.Secret
	ids IDs
}

// New derives the root of a phrase. passphrase may be nil or empty; it is
// normalised with NFKD and otherwise taken as it is, blanks and case included.
func New(phrase *words.Mnemonic, passphrase *secret.Secret) (*Root, error) {
	joined := phrase.Joined()
	defer joined.Wipe()
	if joined.Len() == 0 {
		return nil, errors.New("derive keys: the words were wiped before")
	}
	root, err := extract(joined, nil)
	if err != nil {
		return nil, err
	}
	root.ids = IDs{Words: root.id, WordsWithPassphrase: root.id}
	if passphrase.Len() == 0 {
		return &root.Root, nil
	}
	defer root.Wipe()
	with, err := extract(joined, passphrase)
	if err != nil {
		return nil, err
	}
	with.ids = IDs{Words: root.id, WordsWithPassphrase: with.id}
	return &with.Root, nil
}

type identified struct {
	Root
	id string
}

func extract(joined, passphrase *secret.Secret) (*identified, error) {
	root := &identified{}
	var err error
	secret.Do(func() { root.prk, err = prkOf(joined, passphrase) })
	if err != nil {
		return nil, fmt.Errorf("derive keys: %w", err)
	}
	okm, err := root.expand(Label{idLabel}, 0)
	if err != nil {
		return nil, err
	}
	okm.Use(func(view []byte) { root.id = hex.EncodeToString(view[:idBytes]) })
	okm.Wipe()
	return root, nil
}

// prkOf computes seed and PRK. Every intermediate that is ours is cleared here;
// copies inside the hash functions are erased by secret.Do where it can.
func prkOf(joined, passphrase *secret.Secret) (*secret.Secret, error) {
	var salt, seed, prk []byte
	defer func() { clear(salt); clear(seed); clear(prk) }()
	var err error
	passphrase.Use(func(view []byte) {
		// Append and not Bytes, which returns view itself when it is normal.
		normal := norm.NFKD.Append(make([]byte, 0, 2*len(view)), view...)
		salt = append(append(make([]byte, 0, len(seedSalt)+len(normal)), seedSalt...), normal...)
		clear(normal)
	})
	joined.Use(func(view []byte) {
		// HMAC replaces a key that is longer than a block by its digest
		// (RFC 2104, section 2), so handing over the digest gives the same
		// seed, and pbkdf2's own copy is no readable phrase. Only a phrase
		// of the very shortest words fits into a block.
		password := view
		if len(view) > sha512.BlockSize {
			digest := sha512.Sum512(view)
			defer clear(digest[:])
			password = digest[:]
		}
		// pbkdf2 wants a string; this one is a view and no further copy.
		text := unsafe.String(unsafe.SliceData(password), len(password)) //nolint:gosec // it ends with this function
		seed, err = pbkdf2.Key(sha512.New, text, salt, seedRounds, seedBytes)
	})
	if err != nil {
		return nil, err
	}
	if prk, err = hkdf.Extract(sha256.New, seed, []byte(extractSalt)); err != nil {
		return nil, err
	}
	return secret.New(prk), nil
}

// IDs are the public identifiers of the words.
func (r *Root) IDs() IDs { return r.ids }

// Wipe forgets the root. Keys that were derived before stay valid.
func (r *Root) Wipe() {
	if r != nil {
		r.prk.Wipe()
	}
}

// Format prints the public identifier.
func (r *Root) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "keys of words %s [redacted]", r.ids.WordsWithPassphrase)
}

// expand is OKM(label, counter) of the specification: 32 bytes.
func (r *Root) expand(label Label, counter byte) (*secret.Secret, error) {
	if label.text == "" {
		return nil, fmt.Errorf("derive key: %w", ErrLabel)
	}
	var okm []byte
	var err error
	r.prk.Use(func(prk []byte) {
		if len(prk) == 0 {
			err = errors.New("the words were wiped before")
			return
		}
		info := label.text + "\x00" + string([]byte{counter})
		secret.Do(func() { okm, err = hkdf.Expand(sha256.New, prk, info, outputBytes) })
	})
	if err != nil {
		return nil, fmt.Errorf("derive %s: %w", label, err)
	}
	return secret.New(okm), nil
}
