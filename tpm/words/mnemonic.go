// Package words turns randomness into 24 words of the English BIP39 list and
// what a person types back into the same 24 words.
//
// Its rules:
//
//   - Always 24 words: 256 bits of randomness and 8 bits of checksum. The
//     shorter phrases of BIP39 are refused.
//   - Input is forgiven everything that does not change its meaning: case,
//     white space, line breaks, Unicode compatibility forms, numbering. It is
//     never corrected: a wrong word is named by its position and the person
//     chooses.
//   - No error holds a word, nor anything that was typed. Neighbours of a wrong
//     word are handed out on request, for the screen only.
//   - Words are shown as strings of the list itself, which are public; which of
//     them and in what order is what Mnemonic keeps secret.
package words

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// Count is the number of words in every phrase.
const Count = 24

const (
	entropyBytes = 32 // 24 words carry 264 bits: 256 of entropy, 8 of checksum
	bitsPerWord  = 11 // the list has 2048 words
)

// Mnemonic is a valid phrase of 24 words.
type Mnemonic struct {
	// The words' places in the list, two bytes each, big-endian.
	places *secret.Secret
}

// Generate makes a new phrase from 256 bits of the operating system's random
// generator. Extra randomness, as from TPM2_GetRandom, may be nil; it is hashed
// and XORed in, so it can repair a weak generator and cannot weaken a good one.
func Generate(extra []byte) (*Mnemonic, error) { return generate(rand.Reader, extra) }

func generate(random io.Reader, extra []byte) (*Mnemonic, error) {
	entropy := make([]byte, entropyBytes)
	defer clear(entropy)
	if _, err := io.ReadFull(random, entropy); err != nil {
		return nil, fmt.Errorf("read 256 bits of randomness for the words: %w", err)
	}
	if len(extra) > 0 {
		mixed := sha256.Sum256(extra)
		subtle.XORBytes(entropy, entropy, mixed[:])
		clear(mixed[:])
	}
	return fromEntropy(entropy), nil
}

// fromEntropy appends the first 8 bits of SHA-256 and cuts the 264 bits into
// words of 11 bits (BIP39, "Generating the mnemonic").
func fromEntropy(entropy []byte) *Mnemonic {
	sum := sha256.Sum256(entropy)
	bits := append(append(make([]byte, 0, entropyBytes+1), entropy...), sum[0])
	defer clear(bits)
	places := make([]byte, 0, 2*Count)
	for i := range Count {
		place := 0
		for bit := i * bitsPerWord; bit < (i+1)*bitsPerWord; bit++ {
			place = place<<1 | int(bits[bit/8]>>(7-bit%8)&1)
		}
		places = binary.BigEndian.AppendUint16(places, uint16(place))
	}
	return &Mnemonic{places: secret.New(places)}
}

// checksumMatches is the reverse of fromEntropy.
func checksumMatches(places []int) bool {
	bits := make([]byte, entropyBytes+1)
	defer clear(bits)
	for i, place := range places {
		for j := range bitsPerWord {
			bit := i*bitsPerWord + j
			bits[bit/8] |= byte(place>>(bitsPerWord-1-j)&1) << (7 - bit%8)
		}
	}
	sum := sha256.Sum256(bits[:entropyBytes])
	return subtle.ConstantTimeByteEq(sum[0], bits[entropyBytes]) == 1
}

func fromPlaces(places []int) *Mnemonic {
	bytes := make([]byte, 0, 2*Count)
	for _, place := range places {
		bytes = binary.BigEndian.AppendUint16(bytes, uint16(place)) //nolint:gosec // below 2048
	}
	return &Mnemonic{places: secret.New(bytes)}
}

// Word gives the word at a position from 1 to 24; "" for any other position
// and after Wipe.
func (m *Mnemonic) Word(position int) string {
	word := ""
	m.use(func(places []byte) {
		if i := 2 * (position - 1); i >= 0 && i+1 < len(places) {
			word = list[int(places[i])<<8|int(places[i+1])]
		}
	})
	return word
}

// Joined is the phrase as BIP39 derives from it: lower case, the words joined
// with one space each. The caller wipes it.
func (m *Mnemonic) Joined() *secret.Secret {
	joined := make([]byte, 0, 9*Count)
	m.use(func(places []byte) {
		for i := 0; i+1 < len(places); i += 2 {
			if i > 0 {
				joined = append(joined, ' ')
			}
			joined = append(joined, list[int(places[i])<<8|int(places[i+1])]...)
		}
	})
	defer clear(joined[:cap(joined)])
	return secret.New(joined)
}

// Equal compares two phrases in constant time.
func (m *Mnemonic) Equal(other *Mnemonic) bool {
	if m == nil || other == nil {
		return m == other
	}
	return m.places.Equal(other.places)
}

// Differences gives the positions at which two phrases differ, for a rehearsal
// that says which word was mistyped; nil when they are equal.
func (m *Mnemonic) Differences(other *Mnemonic) []int {
	var positions []int
	for position := 1; position <= Count; position++ {
		if m.Word(position) != other.Word(position) {
			positions = append(positions, position)
		}
	}
	return positions
}

// Wipe forgets the phrase.
func (m *Mnemonic) Wipe() {
	if m != nil {
		m.places.Wipe()
	}
}

// Format prints [redacted] whatever the verb and flags are.
func (m *Mnemonic) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "[redacted]") }

// MarshalJSON refuses: a phrase has no written form.
func (m *Mnemonic) MarshalJSON() ([]byte, error) { return nil, secret.ErrNoForm }

// MarshalText refuses: a phrase has no written form.
func (m *Mnemonic) MarshalText() ([]byte, error) { return nil, secret.ErrNoForm }

func (m *Mnemonic) use(f func(places []byte)) {
	if m == nil {
		f(nil)
		return
	}
	m.places.Use(f)
}
