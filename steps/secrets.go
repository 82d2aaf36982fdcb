package steps

import "codeberg.org/mnemonix/mnemonix/tpm/secret"

// Secrets stand beside the Answers, never in them, and are never written.
// A nil member was not given.
type Secrets struct {
	Words           *secret.Secret
	WordsPassphrase *secret.Secret
	DiskPassphrase  *secret.Secret
	UserPassword    *secret.Secret
	PIN             *secret.Secret
	Wifi            map[string]*secret.Secret // by network name
	Services        map[string]*secret.Secret // by service name
}

// Named returns the secret of that name, as --secrets-fd spells it
// ("diskPassphrase", "wifi.home-net"), or nil.
func (s *Secrets) Named(name string) *secret.Secret {
	if place := s.place(name); place != nil {
		return *place
	}
	if group, key := s.group(name); group != nil {
		return group[key]
	}
	return nil
}

// Put stores the secret under that name and says whether the name is known.
// What stood there before is wiped.
func (s *Secrets) Put(name string, value *secret.Secret) bool {
	if place := s.place(name); place != nil {
		if *place != nil && *place != value {
			(*place).Wipe()
		}
		*place = value
		return true
	}
	group, key := s.group(name)
	if group == nil {
		return false
	}
	group[key] = value
	return true
}

// Wipe overwrites every secret.
func (s *Secrets) Wipe() {
	for _, value := range s.All() {
		value.Wipe()
	}
	*s = Secrets{}
}

// All lists the secrets that were given.
func (s *Secrets) All() []*secret.Secret {
	var list []*secret.Secret
	for _, value := range []*secret.Secret{s.Words, s.WordsPassphrase, s.DiskPassphrase, s.UserPassword, s.PIN} {
		if value != nil {
			list = append(list, value)
		}
	}
	for _, group := range []map[string]*secret.Secret{s.Wifi, s.Services} {
		for _, value := range group {
			list = append(list, value)
		}
	}
	return list
}

func (s *Secrets) place(name string) **secret.Secret {
	switch name {
	case "words":
		return &s.Words
	case "wordsPassphrase":
		return &s.WordsPassphrase
	case "diskPassphrase":
		return &s.DiskPassphrase
	case "userPassword":
		return &s.UserPassword
	case "pin":
		return &s.PIN
	}
	return nil
}

func (s *Secrets) group(name string) (map[string]*secret.Secret, string) {
	const wifi, services = "wifi.", "services."
	switch {
	case len(name) > len(wifi) && name[:len(wifi)] == wifi:
		if s.Wifi == nil {
			s.Wifi = map[string]*secret.Secret{}
		}
		return s.Wifi, name[len(wifi):]
	case len(name) > len(services) && name[:len(services)] == services:
		if s.Services == nil {
			s.Services = map[string]*secret.Secret{}
		}
		return s.Services, name[len(services):]
	}
	return nil, ""
}
