package enroll

import (
	"context"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
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
	if err != nil || recorded == nil || recorded.IDs == e.Root.IDs() {
		return false, err // the recipients stay
	}
	keys, err := format.NewPublicKeys(e.Root, e.Answers.Host.Key(), recorded.Generations)
	if err != nil {
		return false, err
	}
	places := Places(e.Answers, e.Target)
	var identities []byte
	defer func() { clear(identities) }()
	for _, slot := range []tpmenroll.Slot{tpmenroll.HostAge, tpmenroll.UserAge} {
		if text, err := e.Runner.ReadFile(places[slot].Private); err == nil {
			identities = append(append(identities, text...), '\n')
		}
	}
	// Half of it may have been done before a power cut.
	label, err := derive.User(derive.Age, 0)
	if err != nil {
		return false, err
	}
	pair, err := e.Root.P256(label)
	if err != nil {
		return false, err
	}
	defer pair.Wipe()
	own := format.AgeSoftwareFile(pair.ECDH(), pair.Private())
	defer own.Wipe()
	own.Use(func(text []byte) { identities = append(identities, text...) })
	all := secret.New(identities)
	defer all.Wipe()
	by.Runner, by.Flake, by.Identities, by.Old, by.New = e.Runner, e.Flake, all, recorded, keys
	return true, by.Carry(ctx)
}
