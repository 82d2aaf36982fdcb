package words

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"golang.org/x/text/unicode/norm"
)

// maxInput bounds what Parse looks at: 24 words with numbers, tabs and blank
// lines stay far below it, a file that was piped in by mistake does not.
const maxInput = 16 << 10

// Parse reads 24 words as people keep them: typed or pasted at once, in any
// case, on one line or many, separated by anything that is not a letter, and
// numbered or not ("1. word", "12) word"). When all words carry a number they
// are put in the order of their numbers, so that a sheet with two columns can
// be pasted as it comes.
//
// The error is always an *Error.
func Parse(typed *secret.Secret) (*Mnemonic, error) {
	var m *Mnemonic
	var err error
	typed.Use(func(view []byte) { m, err = parse(view) })
	return m, err
}

func parse(typed []byte) (*Mnemonic, error) {
	if len(typed) > maxInput {
		return nil, &Error{Reason: TooLong}
	}
	// The order is the specification's: lower case, then NFKD.
	lower := bytes.ToLower(typed)
	defer clear(lower)
	normal := norm.NFKD.Bytes(lower)
	defer clear(normal)
	tokens := split(normal)
	if !inOrder(tokens) {
		return nil, &Error{Reason: Numbering}
	}
	if len(tokens) != Count {
		return nil, &Error{Reason: WordCount, Count: len(tokens)}
	}
	places := make([]int, Count)
	defer clear(places)
	var faults []Fault
	for i, token := range tokens {
		place, known := find(token.word)
		if !known {
			faults = append(faults, Fault{Position: i + 1, typed: secret.New(bytes.Clone(token.word))})
			continue
		}
		places[i] = place
	}
	if faults != nil {
		return nil, &Error{Reason: UnknownWords, Count: Count, Faults: faults}
	}
	if !checksumMatches(places) {
		return nil, &Error{Reason: Checksum, Count: Count}
	}
	return fromPlaces(places), nil
}

// Typed is a word as it was typed, in lower case, and the number that stood
// before it, 0 for none.
type Typed struct {
	Number int
	Word   []byte
}

// Separate cuts text into words as Parse does and leaves everything else to the
// caller: whether there are 24, which are in the list, and what their numbers
// say. It is for an entry that shows a person which word is wrong. Of text that
// is far too long there are none. The caller clears the words.
func Separate(text []byte) []Typed {
	if len(text) > maxInput {
		return nil
	}
	lower := bytes.ToLower(text)
	defer clear(lower)
	normal := norm.NFKD.Bytes(lower)
	defer clear(normal)
	var typed []Typed
	for _, t := range split(normal) {
		typed = append(typed, Typed{t.number, bytes.Clone(t.word)})
	}
	return typed
}

// token is one word as typed and the number that stood before it, 0 for none.
type token struct {
	number int
	word   []byte
}

// split cuts text into runs of letters, in place: the words are parts of text.
// A letter keeps the marks that NFKD separated from it, so that an accented word
// stays one word (and is then not found in the list). Invisible format
// characters, such as the soft hyphens and byte order marks of copied documents,
// are dropped from inside a word.
func split(text []byte) []token {
	var tokens []token
	number := 0
	begin, end := 0, 0 // the word that is being read is text[begin:end]
	finish := func(next int) {
		if end > begin {
			tokens = append(tokens, token{number, text[begin:end]})
			number = 0
		}
		begin, end = next, next
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		next := i + size
		switch {
		case unicode.IsLetter(r), unicode.IsMark(r) && end > begin:
			end += copy(text[end:], text[i:next]) // end never passes i
		case unicode.Is(unicode.Cf, r):
			if end == begin {
				begin, end = next, next
			}
		case r >= '0' && r <= '9':
			finish(next)
			if number <= len(text) { // stays small, whatever is pasted
				number = number*10 + int(r-'0')
			}
		default:
			finish(next)
		}
		i = next
	}
	finish(len(text))
	return tokens
}

// inOrder sorts numbered words by their numbers. It is false when some words
// have a number and others do not, or the numbers are not 1, 2, 3 and so on,
// each once: then the order cannot be known.
func inOrder(tokens []token) bool {
	numbered := 0
	for _, t := range tokens {
		if t.number != 0 {
			numbered++
		}
	}
	if numbered == 0 {
		return true
	}
	if numbered != len(tokens) {
		return false
	}
	slices.SortStableFunc(tokens, func(a, b token) int { return a.number - b.number })
	for i, t := range tokens {
		if t.number != i+1 {
			return false
		}
	}
	return true
}
