package format

import (
	"fmt"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
)

// NoGeneration says that no generation that is tried gives a key.
const NoGeneration = -1

// Match is a recorded public key beside what the words give.
type Match struct {
	Key      string `json:"key"`      // "user/ssh"
	Recorded int    `json:"recorded"` // the generation that the file names
	Found    int    `json:"found"`    // the one that gives this key, or NoGeneration
}

// Compare finds for every key of the file the generation in which the words
// give it: that which the file names, or else one of those that a recovery
// tries when it does not know.
func Compare(root *derive.Root, recorded *PublicKeys) ([]Match, error) {
	keys, err := keysOf(recorded)
	if err != nil {
		return nil, err
	}
	named, err := NewPublicKeys(root, recorded.Name, recorded.Generations)
	if err != nil {
		return nil, err
	}
	matches := make([]Match, len(keys))
	missing := 0
	for i, key := range keys {
		matches[i] = Match{Key: key.name, Recorded: recorded.Generations[key.label], Found: NoGeneration}
		if key.same(named) {
			matches[i].Found = matches[i].Recorded
		} else {
			missing++
		}
	}
	for generation := 0; generation < derive.TriedGenerations && missing > 0; generation++ {
		all := Generations{}
		for _, key := range keys {
			all[key.label] = generation
		}
		tried, err := NewPublicKeys(root, recorded.Name, all)
		if err != nil {
			return nil, fmt.Errorf("generation %d: %w", generation, err)
		}
		for i, key := range keys {
			if matches[i].Found == NoGeneration && key.same(tried) {
				matches[i].Found = generation
				missing--
			}
		}
	}
	return matches, nil
}

// compared is one of the keys of the file.
type compared struct {
	name  string
	label string // without generation
	same  func(*PublicKeys) bool
}

// keysOf lists the keys of the file.
func keysOf(recorded *PublicKeys) ([]compared, error) {
	var all []compared
	var fault error
	add := func(scope string, purpose derive.Purpose, label derive.Label, err error, same func(*PublicKeys) bool) {
		if fault == nil {
			fault = err
		}
		all = append(all, compared{scope + "/" + string(purpose), label.String(), same})
	}
	user := func(purpose derive.Purpose, same func(*PublicKeys) bool) {
		label, err := derive.User(purpose, 0)
		add("user", purpose, label, err, same)
	}
	host := func(purpose derive.Purpose, same func(*PublicKeys) bool) {
		label, err := derive.Host(recorded.Name, purpose, 0)
		add("host", purpose, label, err, same)
	}
	user(derive.SSH, func(k *PublicKeys) bool { return k.User.SSH == recorded.User.SSH })
	user(derive.Sign, func(k *PublicKeys) bool { return k.User.Sign == recorded.User.Sign })
	user(derive.Age, func(k *PublicKeys) bool { return k.User.Age == recorded.User.Age })
	host(derive.SSH, func(k *PublicKeys) bool { return k.Host.SSH == recorded.Host.SSH })
	host(derive.Age, func(k *PublicKeys) bool { return k.Host.Age == recorded.Host.Age })
	host(derive.WireGuard, func(k *PublicKeys) bool { return k.Host.WireGuard == recorded.Host.WireGuard })
	return all, fault
}
