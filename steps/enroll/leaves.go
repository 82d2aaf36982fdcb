package enroll

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// leaves are the values of a YAML file, by their path, in the order in which
// they are printed. Paths with the same beginning stand beside each other.
type leaves []leaf

type leaf struct {
	path  []string
	value *secret.Secret
}

func (l *leaves) add(value *secret.Secret, path ...string) { *l = append(*l, leaf{path, value}) }

func (l *leaves) wipe() {
	for _, leaf := range *l {
		leaf.value.Wipe()
	}
}

// yaml prints the leaves. It is written by hand because a library would keep
// the values as strings, which nothing can wipe.
func (l *leaves) yaml() (*secret.Secret, error) {
	// The longest form of a byte is "\u0000": grown once, nothing is left behind.
	size := 0
	for _, leaf := range *l {
		size += 6*leaf.value.Len() + 16
		for _, name := range leaf.path {
			size += 6*len(name) + 2*len(leaf.path) + 8
		}
	}
	text := make([]byte, 0, size)
	var before []string
	for _, leaf := range *l {
		same := 0
		for same < len(before) && same < len(leaf.path)-1 && before[same] == leaf.path[same] {
			same++
		}
		for depth := same; depth < len(leaf.path); depth++ {
			if depth > same || depth > 0 && same > 0 || len(text) > 0 {
				text = append(text, '\n')
			}
			text = append(text, strings.Repeat("  ", depth)...)
			text = quoted(text, []byte(leaf.path[depth]))
			text = append(text, ':')
		}
		before = leaf.path[:len(leaf.path)-1]
		text = append(text, ' ')
		valid := true
		leaf.value.Use(func(view []byte) {
			valid = utf8.Valid(view)
			text = quoted(text, view)
		})
		if !valid {
			clear(text)
			return nil, fmt.Errorf("%s: %w", strings.Join(leaf.path, "/"), errNotText)
		}
	}
	return secret.New(append(text, '\n')), nil
}

var errNotText = errors.New("is not text in UTF-8")

// quoted appends a double-quoted scalar (YAML 1.2.2, section 7.3.1); what is
// not printable there (section 5.1) is escaped.
func quoted(text, value []byte) []byte {
	text = append(text, '"')
	for len(value) > 0 {
		r, size := utf8.DecodeRune(value)
		switch {
		case r == '"' || r == '\\':
			text = append(text, '\\', byte(r))
		case r < ' ' || r >= 0x7f && r <= 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0xfeff && r <= 0xffff:
			text = fmt.Appendf(text, `\u%04x`, r)
		default:
			text = append(text, value[:size]...)
		}
		value = value[size:]
	}
	return append(text, '"')
}
