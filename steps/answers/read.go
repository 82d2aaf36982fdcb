package answers

import (
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Read reads an answers file. The error, when there is one, is a Faults with
// everything that is wrong.
func Read(data []byte) (steps.Answers, error) {
	doc := parse(data)
	answers, faults := doc.answers()
	if err := faults.err(); err != nil {
		return steps.Answers{}, err
	}
	return answers, nil
}

// ReadFrom is Read for a stream: it stops right after the largest size that
// a file may have, however much is still to come.
func ReadFrom(stream io.Reader) (steps.Answers, error) {
	data, err := io.ReadAll(io.LimitReader(stream, MaxFile+1))
	if err != nil {
		return steps.Answers{}, fmt.Errorf("read the answers: %w", err)
	}
	if len(data) > MaxFile {
		return steps.Answers{}, Faults{{Text: fmt.Sprintf("the file has more than %d bytes, which is the most that answers have: this is another file", MaxFile)}}
	}
	return Read(data)
}

// Check says what is wrong with answers that did not come from a file: a
// Faults without lines, or nil.
func Check(answers steps.Answers) error {
	return faultsOf(answers).err()
}

func faultsOf(answers steps.Answers) Faults {
	doc := documentOf(answers)
	faults := doc.faults
	faults = append(faults, doc.schemaFaults()...)
	return append(faults, rules(answers, faults)...)
}

// answers checks the document and turns it into the type.
func (doc *document) answers() (steps.Answers, Faults) {
	faults := doc.faults
	if doc.root == nil {
		return steps.Answers{}, faults
	}
	if object, isObject := doc.value.(map[string]any); !isObject || len(object) == 0 {
		faults.add(doc.root.Line, "", "the file is no answers file: it has no keys such as version and host")
		return steps.Answers{}, faults
	}
	faults = append(faults, doc.schemaFaults()...)
	var answers steps.Answers
	if len(doc.broken) > 0 || len(faults) > maxFaults {
		return answers, faults // what was refused is not decoded
	}
	// A value of the wrong type is a fault already; the others are filled in.
	_ = doc.root.Decode(&answers)
	for _, fault := range rules(answers, faults) {
		fault.Line = doc.line(fault.Key)
		faults = append(faults, fault)
	}
	return answers, faults
}

// Write writes an answers file: the keys in the order of the type, what is
// not set left out. Read gives back the same answers.
func Write(answers steps.Answers) []byte {
	var text strings.Builder
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(plain(answers)); err != nil {
		panic(fmt.Errorf("write the answers: %w", err)) // a type of ours, made of texts, numbers and lists
	}
	return []byte(text.String())
}

// plain replaces lists that are nil where the format wants a list.
func plain(answers steps.Answers) steps.Answers {
	if answers.Users == nil {
		answers.Users = []steps.User{}
	}
	users := make([]steps.User, len(answers.Users))
	for i, user := range answers.Users {
		if user.SSHKeys == nil {
			user.SSHKeys = []string{}
		}
		users[i] = user
	}
	answers.Users = users
	if answers.Features == nil {
		answers.Features = []string{}
	}
	return answers
}
