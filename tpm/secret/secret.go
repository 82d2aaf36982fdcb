// Package secret holds bytes that must not leave the process: words, seeds,
// passphrases, PINs, private keys.
//
// Its rules:
//
//   - A Secret prints as [redacted] with every verb of fmt and in log/slog.
//   - A Secret has no written form: JSON, YAML, text, binary and gob encoders
//     get an error, loudly, and decoders too. A struct that holds one by
//     mistake cannot be saved.
//   - The bytes live in one place, in pages of their own outside the Go heap:
//     locked into RAM where the system permits it, left out of core dumps,
//     empty in a forked child. The garbage collector never moves or copies them.
//   - They are seen only inside Use, which says where the view ends. What a
//     caller copies out of Use is the caller's to wipe.
//   - Wipe zeroes and frees; a Secret that is dropped without Wipe is zeroed
//     when the garbage collector finds it.
//
// The package imports nothing of this module.
package secret

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"sync"
)

// ErrNoForm is what every encoder and decoder gets from a Secret.
var ErrNoForm = errors.New("a secret has no written form")

const redacted = "[redacted]"

// Secret is a private byte string. The zero value and nil are empty secrets
// and safe to use. A Secret is safe for concurrent use.
type Secret struct {
	// A pointer, so that printing a struct which holds a Secret in an
	// unexported field (where fmt cannot call Format) shows an address.
	box *box
}

type box struct {
	mu   sync.RWMutex
	page *page
}

// New takes ownership of b: its bytes move into protected memory and b is
// zeroed.
func New(b []byte) *Secret {
	defer clear(b)
	s := &Secret{box: &box{}}
	if len(b) == 0 {
		return s
	}
	s.box.page = newPage(b)
	runtime.AddCleanup(s, func(b *box) { b.wipe() }, s.box)
	return s
}

// FromString copies text into protected memory. The string itself cannot be
// wiped, so this is only for text that a library handed over as a string.
func FromString(text string) *Secret { return New([]byte(text)) }

// ErrTooLong says that Read met more than its limit.
var ErrTooLong = errors.New("the secret is longer than expected")

// Read reads r to its end, at most limit bytes, and drops one trailing line
// feed: the shape in which secrets arrive on a file descriptor.
func Read(r io.Reader, limit int) (*Secret, error) {
	// Room for the line feed, and one more byte to notice that r went on.
	buffer := make([]byte, limit+2)
	defer clear(buffer)
	n, err := io.ReadFull(r, buffer)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	text := buffer[:n]
	if n > 0 && text[n-1] == '\n' {
		text = text[:n-1]
	}
	if len(text) > limit {
		return nil, fmt.Errorf("read secret of at most %d bytes: %w", limit, ErrTooLong)
	}
	return New(text), nil
}

// Use calls f with a view of the bytes. The view ends when f returns: it must
// not be kept, and f must not wipe this Secret. It is read only, and writing to
// it ends the program: a helper that clears or normalises its argument in place
// would otherwise change a passphrase without anybody noticing. A wiped, zero or
// nil Secret gives an empty view.
func (s *Secret) Use(f func(view []byte)) {
	if s == nil || s.box == nil {
		f(nil)
		return
	}
	s.box.mu.RLock()
	defer s.box.mu.RUnlock()
	if s.box.page == nil {
		f(nil)
		return
	}
	f(s.box.page.bytes)
	runtime.KeepAlive(s)
}

// WriteTo writes the bytes to w, which is the standard input of a tool or an
// inherited descriptor.
func (s *Secret) WriteTo(w io.Writer) (written int64, err error) {
	s.Use(func(view []byte) {
		var n int
		n, err = w.Write(view)
		written = int64(n)
	})
	return written, err
}

// Clone gives an independent copy with a life of its own.
func (s *Secret) Clone() *Secret {
	var copied *Secret
	s.Use(func(view []byte) { copied = New(append([]byte(nil), view...)) })
	return copied
}

// Len is the number of bytes; 0 after Wipe.
func (s *Secret) Len() int {
	n := 0
	s.Use(func(view []byte) { n = len(view) })
	return n
}

// Equal compares in a time that depends only on the two lengths.
func (s *Secret) Equal(other *Secret) bool {
	// Never two locks at once: a copy of one side is compared under the
	// lock of the other.
	var mine []byte
	s.Use(func(view []byte) { mine = append(mine, view...) })
	defer clear(mine)
	equal := false
	other.Use(func(view []byte) { equal = subtle.ConstantTimeCompare(mine, view) == 1 })
	return equal
}

// Wipe zeroes the bytes and gives the memory back. It may be called again.
func (s *Secret) Wipe() {
	if s != nil && s.box != nil {
		s.box.wipe()
	}
}

func (b *box) wipe() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.page != nil {
		b.page.free()
		b.page = nil
	}
}

// Format prints [redacted] whatever the verb and flags are.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// String prints [redacted].
func (Secret) String() string { return redacted }

// GoString prints [redacted].
func (Secret) GoString() string { return redacted }

// LogValue prints [redacted] in every handler of log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON refuses.
func (Secret) MarshalJSON() ([]byte, error) { return nil, ErrNoForm }

// UnmarshalJSON refuses.
func (*Secret) UnmarshalJSON([]byte) error { return ErrNoForm }

// MarshalYAML refuses.
func (Secret) MarshalYAML() (any, error) { return nil, ErrNoForm }

// UnmarshalYAML refuses.
func (*Secret) UnmarshalYAML(func(any) error) error { return ErrNoForm }

// MarshalText refuses.
func (Secret) MarshalText() ([]byte, error) { return nil, ErrNoForm }

// UnmarshalText refuses.
func (*Secret) UnmarshalText([]byte) error { return ErrNoForm }

// MarshalBinary refuses.
func (Secret) MarshalBinary() ([]byte, error) { return nil, ErrNoForm }

// UnmarshalBinary refuses.
func (*Secret) UnmarshalBinary([]byte) error { return ErrNoForm }

// GobEncode refuses.
func (Secret) GobEncode() ([]byte, error) { return nil, ErrNoForm }

// GobDecode refuses.
func (*Secret) GobDecode([]byte) error { return ErrNoForm }
