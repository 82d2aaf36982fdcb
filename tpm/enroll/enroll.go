// Package enroll puts the keys derived from 24 words into a TPM and gives back
// the files by which other programs use them there.
//
// Its rules:
//
//   - No private key crosses the bus in clear: it is encrypted to the storage
//     root key outside the TPM and imported (TPM2_Import with an outer wrap).
//   - The storage root key must be a primary key of this TPM; a planted one is
//     refused before anything is encrypted to it.
//   - Every imported key is loaded, compared by Name and used once before its
//     file is given out. All files or none.
//   - Enrolling again with the same words changes nothing and says so. A file
//     that holds another key is never replaced without being told to.
//   - Nothing is written here: files are bytes, and where they go is not known.
//     Until the caller writes them nothing has changed but, at the first time,
//     the storage root key: to be killed at any moment leaves no half key.
//
// It takes four TPM commands a key: import, load, one use, flush. One more looks
// at the storage root key, which four others make the first time; two open and
// close the session that carries a PIN. So a machine's own two keys take 9, all
// five keys 21 without a PIN and 23 with one, and 27 at most. None of them is
// there for convenience: what is not checked at once would fail at boot.
package enroll

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/key"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"github.com/google/go-tpm/tpm2/transport"
)

// Slot names a key of a machine, whatever its generation.
type Slot string

// The slots. The first two are the machine's, without a PIN; the others are the
// operator's.
const (
	HostSSH  Slot = "host/ssh"
	HostAge  Slot = "host/age"
	UserSSH  Slot = "user/ssh"
	UserAge  Slot = "user/age"
	UserSign Slot = "user/sign"
)

// Slots lists the slots that a machine has.
func Slots(operator bool) []Slot {
	if operator {
		return []Slot{HostSSH, HostAge, UserSSH, UserAge, UserSign}
	}
	return []Slot{HostSSH, HostAge}
}

// Operators says whether the key is the operator's.
func (s Slot) Operators() bool { return strings.HasPrefix(string(s), "user/") }

func (s Slot) purpose() derive.Purpose {
	_, purpose, _ := strings.Cut(string(s), "/")
	return derive.Purpose(purpose)
}

// Label is the label of the slot's key on a machine.
func (s Slot) Label(name string, generations format.Generations) (derive.Label, error) {
	made := func(generation int) (derive.Label, error) {
		if s.Operators() {
			return derive.User(s.purpose(), generation)
		}
		return derive.Host(name, s.purpose(), generation)
	}
	base, err := made(0)
	if err != nil {
		return base, err
	}
	return made(generations[base.String()])
}

// Request says what is to be enrolled.
type Request struct {
	Root        *derive.Root
	Name        string // the machine's key name
	Generations format.Generations
	Operator    bool            // also the operator's keys
	PIN         *secret.Secret  // of the operator's keys; nil or empty for none
	Comment     string          // in the files of SSH and signing keys: "alice@snix"
	Present     map[Slot][]byte // the private files that the machine has now
	Replace     bool            // also files that hold another key, PIN setting or PIN
	// Look only looks whether everything is as an enrolment leaves it; what is
	// not is an error. Nothing is stored in the TPM and nothing imported.
	Look bool
}

// State says what became of a slot.
type State string

// The states.
const (
	New       State = "new"       // there was no file
	Unchanged State = "unchanged" // the file is good: it was loaded, used and is given back as it was
	Restored  State = "restored"  // the same key again, after the TPM was cleared or exchanged
	Replaced  State = "replaced"  // another key or PIN stood there, and Replace was set
)

// File is one enrolled key.
type File struct {
	Slot    Slot
	Label   derive.Label
	State   State
	Private []byte // TSS2 PEM, or an age identity file; mode 0600
	Public  []byte // the .pub line with its line feed; nil for age keys
}

// Result is a finished enrolment.
type Result struct {
	Files         []File
	Keys          *format.PublicKeys // keys/NAME.json
	ParentKind    string             // "ECC P-256"
	ParentCreated bool
}

// Changed says whether any file is new.
func (r *Result) Changed() bool {
	return slices.ContainsFunc(r.Files, func(f File) bool { return f.State != Unchanged })
}

// OtherKeysError says that files hold other keys than the words give, or the
// same keys with another PIN setting. Nothing was changed. Setting Replace
// replaces them.
type OtherKeysError struct {
	Slots []Slot
	Why   []error // one for each slot
}

func (e *OtherKeysError) Error() string {
	texts := make([]string, len(e.Slots))
	for i, slot := range e.Slots {
		texts[i] = fmt.Sprintf("%s: %v", slot, e.Why[i])
	}
	return "the machine has other keys: " + strings.Join(texts, "; ")
}

// Hint says what can be done.
func (e *OtherKeysError) Hint() string {
	if e.onlyPIN() {
		return "the keys are the right ones. If the PIN was forgotten, or is to be another: replacing gives the same keys the new one, and nothing that trusts them notices"
	}
	return "are these the right words, passphrase and PIN? Replacing the keys shuts out whatever trusts the old ones"
}

// onlyPIN says that the keys are right and only their PINs are not.
func (e *OtherKeysError) onlyPIN() bool {
	return len(e.Why) > 0 && !slices.ContainsFunc(e.Why, func(why error) bool {
		return !errors.Is(why, errHasPIN) && !errors.Is(why, errHasNoPIN) && !errors.Is(why, errOtherPIN)
	})
}

// Enroll enrols the keys of a request. Errors are *device.Error,
// *OtherKeysError, *NotEnrolledError of a look, or faults of the request.
func Enroll(tpm transport.TPM, request Request) (*Result, error) {
	if request.Operator && request.PIN.Len() > 0 {
		if err := key.CheckPIN(request.PIN); err != nil {
			return nil, err
		}
	}
	keys, err := format.NewPublicKeys(request.Root, request.Name, request.Generations)
	if err != nil {
		return nil, err
	}
	candidates, err := derived(request)
	defer func() {
		for _, c := range candidates {
			c.pair.Wipe()
		}
	}()
	if err != nil {
		return nil, err
	}
	parent, created, err := parentOf(tpm, request)
	if err != nil {
		return nil, err
	}
	keys.SRK = format.NewStorageKey(parent.Name)
	e := &enrolment{tpm: tpm, parent: parent, request: request}
	result := &Result{Keys: keys, ParentKind: parent.Kind(), ParentCreated: created}
	err = errors.Join(e.all(candidates, result), e.close())
	if err != nil {
		return nil, err
	}
	return result, nil
}

// enrolment is one run against one TPM.
type enrolment struct {
	tpm      transport.TPM
	parent   *device.Parent
	request  Request
	pinned   *key.Session // opened when the first key with a PIN is used
	wrongPIN bool         // a present key refused the PIN
}

func (e *enrolment) all(candidates []*candidate, result *Result) error {
	// All present files are judged before the first key is imported.
	others := &OtherKeysError{}
	for _, c := range candidates {
		other, err := e.judge(c)
		if err != nil {
			return err
		}
		if other != nil && !e.request.Replace {
			others.Slots, others.Why = append(others.Slots, c.slot), append(others.Why, other)
		}
	}
	if len(others.Slots) > 0 {
		return others
	}
	if err := e.looked(candidates); err != nil {
		return err
	}
	for _, c := range candidates {
		file, err := e.one(c)
		if err != nil {
			return fmt.Errorf("enrol %s: %w", c.slot, err)
		}
		result.Files = append(result.Files, *file)
	}
	return nil
}

// session is what authorizes the key of a candidate.
func (e *enrolment) session(c *candidate) (*key.Session, error) {
	if !c.object.PIN {
		return key.Plain(), nil
	}
	if e.pinned == nil {
		session, err := key.Open(e.tpm, e.parent, e.request.PIN, key.Inward)
		if err != nil {
			return nil, err
		}
		e.pinned = session
	}
	return e.pinned, nil
}

func (e *enrolment) close() error {
	if e.pinned == nil {
		return nil
	}
	return e.pinned.Close()
}

// try loads a key, uses it once and flushes it.
func (e *enrolment) try(c *candidate, private []byte) error {
	loaded, err := key.Load(e.tpm, e.parent, c.object, private)
	if err != nil {
		return err
	}
	session, err := e.session(c)
	if err == nil {
		err = loaded.Check(session)
	}
	return errors.Join(err, loaded.Close())
}
