package steps

import (
	"bytes"
)

// redacted stands in the place of a secret.
const redacted = "[redacted]"

// shortSecret is a secret that stands inside of other words and numbers by
// chance: a PIN.
const shortSecret = 8

// Redact cuts the secrets out of what a program repeats. Without one it
// returns the text itself. A short one is cut out where it stands alone: cut
// out of longer numbers it would only be told by where it is missing.
func (s *Secrets) Redact(text []byte) []byte {
	if s == nil {
		return text
	}
	for _, value := range s.All() {
		value.Use(func(view []byte) { text = without(text, view) })
	}
	return text
}

// without is the text without one secret.
func without(text, value []byte) []byte {
	if len(value) == 0 || !bytes.Contains(text, value) {
		return text
	}
	var left bytes.Buffer
	rest, from := text, 0
	for {
		at := bytes.Index(rest[from:], value)
		if at < 0 {
			left.Write(rest)
			return left.Bytes()
		}
		at += from
		if len(value) < shortSecret && !alone(rest, at, len(value)) {
			from = at + 1
			continue
		}
		left.Write(rest[:at])
		left.WriteString(redacted)
		rest, from = rest[at+len(value):], 0
	}
}

// alone says that what stands there is no part of a longer word.
func alone(text []byte, at, length int) bool {
	word := func(i int) bool {
		if i < 0 || i >= len(text) {
			return false
		}
		c := text[i]
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return !word(at-1) && !word(at+length)
}
