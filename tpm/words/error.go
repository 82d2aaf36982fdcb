package words

import (
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// Reason says why a phrase was refused.
type Reason int

// The reasons, in the order in which they are looked for.
const (
	TooLong      Reason = iota + 1 // the input is no list of words at all
	Numbering                      // numbered words whose order cannot be known
	WordCount                      // not 24 words
	UnknownWords                   // words that are not in the list: Faults
	Checksum                       // 24 words of the list that belong to no phrase
)

// Error says why a phrase was refused. Its text holds nothing of the phrase.
type Error struct {
	Reason Reason
	Count  int     // how many words there were
	Faults []Fault // for UnknownWords, one for each, in order
}

// Fault is a word that is not in the list.
type Fault struct {
	Position int // from 1
	typed    *secret.Secret
}

// Nearest gives at most limit words of the list that are nearest to what was
// typed. They tell much of the phrase and are for the screen alone.
func (f Fault) Nearest(limit int) []string {
	var nearest []string
	f.typed.Use(func(view []byte) { nearest = Nearest(string(view), limit) })
	return nearest
}

// Error is a sentence for logs and screens.
func (e *Error) Error() string {
	switch e.Reason {
	case TooLong:
		return "the input is far longer than 24 words"
	case Numbering:
		return "the numbers beside the words are not 1, 2, 3 and so on, each once"
	case WordCount:
		return fmt.Sprintf("there must be %d words, not %d", Count, e.Count)
	case UnknownWords:
		positions := make([]string, len(e.Faults))
		for i, fault := range e.Faults {
			positions[i] = fmt.Sprint(fault.Position)
		}
		if len(positions) == 1 {
			return "word " + positions[0] + " is not in the list"
		}
		return "words " + strings.Join(positions[:len(positions)-1], ", ") +
			" and " + positions[len(positions)-1] + " are not in the list"
	case Checksum:
		return "all words are in the list, but their checksum does not match"
	}
	return "the words were refused"
}

// Hint says what can be done.
func (e *Error) Hint() string {
	switch e.Reason {
	case TooLong:
		return "enter the 24 words and nothing else"
	case Numbering:
		return "number all words or none"
	case WordCount:
		if e.Count == 12 || e.Count == 15 || e.Count == 18 || e.Count == 21 {
			return "this looks like the phrase of another program: ours always has 24 words"
		}
		return "is a word missing, or was one entered twice?"
	case UnknownWords:
		return "compare them with the paper: the first four letters of each word decide"
	case Checksum:
		return "a word was exchanged for another one of the list, or two words are swapped"
	}
	return ""
}
