package enroll

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"

	"github.com/google/go-tpm/tpm2/transport"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// Enrolment is one enrolment of a machine's keys: into its TPM, or where the
// answers say so into files.
type Enrolment struct {
	Runner  run.Runner
	Open    func() (transport.TPMCloser, error)
	Answers steps.Answers
	Root    *derive.Root
	PIN     *secret.Secret // of the operator's keys, or the passphrase of their files; nil for none
	Target  string         // where the machine's root is: / or /mnt
	Flake   string         // the folder of the flake, for keys/NAME.json
	Replace bool           // also files that hold another key
	Look    bool           // only look whether everything is there and works; what is not is an error
	AsRoot  bool           // we are root, and the operator's files have to be given to the operator
	Program string         // mnemonix itself: the age plugin of a machine without a TPM; empty: it is put nowhere
	// Generations are those that keys are to have from now on; what is not in
	// it keeps the one that keys/NAME.json records. A key of another
	// generation is another key, so Replace has to be set.
	Generations map[tpmenroll.Slot]int
}

// OtherWordsError says that the flake records the keys of other words.
type OtherWordsError struct{ Recorded, Given derive.IDs }

func (e *OtherWordsError) Error() string {
	if e.Recorded.Words == e.Given.Words {
		return "the flake records the keys of these words with another passphrase"
	}
	return fmt.Sprintf("the flake records the keys of the words %s, these are %s", e.Recorded.Words, e.Given.Words)
}

// Hint says what can be done.
func (e *OtherWordsError) Hint() string {
	return "are these the right words and the right passphrase? Replacing the keys shuts out whatever trusts the old ones"
}

// Carry enrols and writes the files; with Look set it writes nothing, to the TPM
// neither. An interruption leaves each file either
// as it was or as it has to be; enrolling again then finishes.
func (e Enrolment) Carry(ctx context.Context) (*tpmenroll.Result, error) {
	places := Places(e.Answers, e.Target)
	present, err := e.present(places)
	if err != nil {
		return nil, err
	}
	recorded, err := e.recorded()
	if err != nil {
		return nil, err
	}
	if recorded != nil {
		if given := e.Root.IDs(); recorded.IDs != given && !e.Replace {
			return nil, &OtherWordsError{Recorded: recorded.IDs, Given: given}
		}
	}
	generations, err := e.next(recorded)
	if err != nil {
		return nil, err
	}
	enrol := e.inTPM
	if !e.Answers.TPM.Keys {
		enrol = e.inFiles
	}
	result, err := enrol(generations, present)
	if err != nil {
		return nil, err
	}
	if e.Look {
		return result, e.looked(places, result)
	}
	for i, file := range result.Files {
		written, err := e.write(ctx, places[file.Slot], file)
		if err != nil {
			return nil, err
		}
		if written && file.State == tpmenroll.Unchanged {
			result.Files[i].State = tpmenroll.Restored // its public half was gone
		}
	}
	if err := e.plugin(places); err != nil {
		return nil, err
	}
	return result, e.record(result.Keys)
}

func (e Enrolment) inTPM(generations format.Generations, present map[tpmenroll.Slot][]byte) (result *tpmenroll.Result, err error) {
	tpm, err := e.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tpm.Close()) }()
	return tpmenroll.Enroll(tpm, tpmenroll.Request{
		Root: e.Root, Name: e.Answers.Host.Key(), Generations: generations,
		Operator: e.Answers.HoldsOperatorKeys(), PIN: e.PIN,
		Comment: e.comment(), Present: present, Replace: e.Replace, Look: e.Look,
	})
}

// comment stands in the operator's key files: "alice@snix".
func (e Enrolment) comment() string {
	operator, _ := e.Answers.Operator()
	return operator.Name + "@" + e.Answers.Host.Name
}

// present reads the private files that are there now.
func (e Enrolment) present(places map[tpmenroll.Slot]Place) (map[tpmenroll.Slot][]byte, error) {
	present := map[tpmenroll.Slot][]byte{}
	for _, slot := range tpmenroll.Slots(e.Answers.HoldsOperatorKeys()) {
		text, err := e.Runner.ReadFile(places[slot].Private)
		switch {
		case err == nil:
			present[slot] = text
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("read the present key of %s: %w", slot, err)
		}
	}
	return present, nil
}

// recorded is what keys/NAME.json says now, or nil.
func (e Enrolment) recorded() (*format.PublicKeys, error) {
	text, err := e.Runner.ReadFile(e.KeysFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the public keys of before: %w", err)
	}
	keys, err := format.ParsePublicKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.KeysFile(), err)
	}
	return keys, nil
}

// Keys are the public keys that the machine will have.
func (e Enrolment) Keys() (*format.PublicKeys, error) {
	recorded, err := e.recorded()
	if err != nil {
		return nil, err
	}
	generations, err := e.next(recorded)
	if err != nil {
		return nil, err
	}
	return format.NewPublicKeys(e.Root, e.Answers.Host.Key(), generations)
}

// next are the generations that the keys will have.
func (e Enrolment) next(recorded *format.PublicKeys) (format.Generations, error) {
	generations := format.Generations{}
	if recorded != nil {
		maps.Copy(generations, recorded.Generations)
	}
	for slot, generation := range e.Generations {
		label, err := slot.Label(e.Answers.Host.Key(), nil)
		if err != nil {
			return nil, err
		}
		generations[label.String()] = generation
	}
	return generations, nil
}

// generations are those that keys/NAME.json names, where it exists.
func (e Enrolment) generations() (format.Generations, error) {
	recorded, err := e.recorded()
	if recorded == nil || err != nil {
		return nil, err
	}
	return recorded.Generations, nil
}

// KeysFile is where the flake records the machine's public keys.
func (e Enrolment) KeysFile() string {
	return path.Join(e.Flake, "keys", e.Answers.Host.Key()+".json")
}

// record writes keys/NAME.json where it says something else now.
func (e Enrolment) record(keys *format.PublicKeys) error {
	text, err := keys.Marshal()
	if err != nil {
		return err
	}
	if present, err := e.Runner.ReadFile(e.KeysFile()); err == nil && bytes.Equal(present, text) {
		return nil
	}
	if err := e.Runner.MkdirAll(path.Dir(e.KeysFile()), 0o755); err != nil {
		return fmt.Errorf("make folder %s: %w", path.Dir(e.KeysFile()), err)
	}
	return e.Runner.WriteFile(e.KeysFile(), text, 0o644)
}
