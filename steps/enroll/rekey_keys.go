package enroll

import (
	"bytes"
	"context"
	"slices"

	tpmenroll "codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// Rekey encrypts the flake's secrets to the keys that this enrolment is about
// to put in the place of others, and says whether there was anything to do. It
// comes before the enrolment: the identities that lie on the machine now open
// the secrets, and afterwards they are gone. by says how sops is called.
func (e Enrolment) Rekey(ctx context.Context, by Rekeying) (changed bool, err error) {
	recorded, err := e.recorded()
	if err != nil || recorded == nil {
		return false, err
	}
	keys, err := e.Keys()
	if err != nil || recorded.User.Age == keys.User.Age && recorded.Host.Age == keys.Host.Age {
		return false, err // the recipients stay
	}
	identities := make([]byte, 0, 64<<10) // never outgrown: no copies are left behind
	defer func() { clear(identities) }()
	// The operator's keys of these words come first: they ask for no PIN. They
	// open what only changes its generation, and what half of this was done to
	// before a power cut.
	for _, generation := range operatorGenerations(recorded, keys) {
		own, err := operatorIdentity(e.Root, generation)
		if err != nil {
			return false, err
		}
		own.Use(func(text []byte) { identities = append(identities, text...) })
		own.Wipe()
	}
	places := Places(e.Answers, e.Target)
	for _, slot := range []tpmenroll.Slot{tpmenroll.HostAge, tpmenroll.UserAge} {
		text, err := e.Runner.ReadFile(places[slot].Private)
		if err != nil || bytes.HasPrefix(text, []byte("age-encryption.org/")) {
			continue // what a passphrase protects is no identity yet
		}
		identities = append(append(identities, text...), '\n')
		clear(text)
	}
	all := secret.New(identities)
	defer all.Wipe()
	by.Runner, by.Flake, by.Identities, by.Old, by.New = e.Runner, e.Flake, all, recorded, keys
	return true, by.Carry(ctx)
}

// operatorGenerations are the generations of the operator's age key before and
// after.
func operatorGenerations(before, after *format.PublicKeys) []int {
	var all []int
	for _, keys := range []*format.PublicKeys{before, after} {
		all = append(all, userAgeGeneration(keys.Generations))
	}
	return slices.Compact(all)
}
