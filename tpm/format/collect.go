package format

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"fmt"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
)

// Generations says which generation of each key is the present one, by label
// without generation ("mnemonix/v1/host/snix/age"). What is absent is 0.
type Generations map[string]int

// NewPublicKeys derives everything public of the operator and of the machine
// with this key name. It needs no TPM.
func NewPublicKeys(root *derive.Root, name string, generations Generations) (*PublicKeys, error) {
	keys := &PublicKeys{Version: PublicKeysVersion, Name: name, IDs: root.IDs(), Generations: map[string]int{}}
	for label, generation := range generations {
		if generation != 0 {
			keys.Generations[label] = generation
		}
	}
	if err := derive.CheckName(name); err != nil {
		return nil, err
	}
	collect := collector{root: root, name: name, generations: generations}
	keys.User = UserKeys{
		SSH:  collect.ssh(collect.user(derive.SSH)),
		Sign: collect.ssh(collect.user(derive.Sign)),
		Age:  collect.age(collect.user(derive.Age)),
	}
	keys.Host = HostKeys{
		SSH:       collect.ssh(collect.host(derive.SSH)),
		Age:       collect.age(collect.host(derive.Age)),
		WireGuard: collect.wireguard(),
	}
	if collect.err != nil {
		return nil, fmt.Errorf("derive public keys of %s: %w", name, collect.err)
	}
	return keys, nil
}

// collector remembers the first error, so that the keys can be listed plainly.
type collector struct {
	root        *derive.Root
	name        string
	generations Generations
	err         error
}

func (c *collector) user(purpose derive.Purpose) derive.Label {
	base, err := derive.User(purpose, 0)
	if err == nil {
		base, err = derive.User(purpose, c.generations[base.String()])
	}
	c.keep(err)
	return base
}

func (c *collector) host(purpose derive.Purpose) derive.Label {
	base, err := derive.Host(c.name, purpose, 0)
	if err == nil {
		base, err = derive.Host(c.name, purpose, c.generations[base.String()])
	}
	c.keep(err)
	return base
}

func (c *collector) pair(label derive.Label) *derive.KeyPair {
	if c.err != nil {
		return nil
	}
	pair, err := c.root.P256(label)
	c.keep(err)
	pair.Wipe()
	return pair
}

func (c *collector) ssh(label derive.Label) (key SSHKey) {
	if pair := c.pair(label); pair != nil {
		var err error
		key, err = newSSHKey(pair.ECDSA())
		c.keep(err)
	}
	return key
}

func (c *collector) age(label derive.Label) (key AgeKey) {
	if pair := c.pair(label); pair != nil {
		key = newAgeKey(pair.ECDH())
	}
	return key
}

func (c *collector) wireguard() (key WireGuardPublic) {
	label := c.host(derive.WireGuard)
	if c.err != nil {
		return key
	}
	_, parts, err := derive.ParseLabel(label.String())
	c.keep(err)
	made, err := c.root.WireGuard(c.name, parts.Generation)
	c.keep(err)
	if err == nil {
		made.Private.Wipe()
		key.Public = made.Public
	}
	return key
}

func (c *collector) keep(err error) {
	if c.err == nil {
		c.err = err
	}
}

func newSSHKey(key *ecdsa.PublicKey) (SSHKey, error) {
	public, err := SSHPublic(key, "")
	if err != nil {
		return SSHKey{}, err
	}
	fingerprint, err := SSHFingerprint(key)
	return SSHKey{Public: public, Fingerprint: fingerprint}, err
}

func newAgeKey(key *ecdh.PublicKey) AgeKey {
	return AgeKey{Recipient: AgeRecipient(key), RecipientTPM: AgeRecipientTPM(key)}
}
