package host

import (
	"fmt"
	"slices"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

// password is the name of the secret that the operator signs in with.
const password = "userPassword"

// Ask asks for the name and the kind of the machine, the operator, and
// further people.
func (Step) Ask(_ steps.Facts, chosen steps.Answers) []steps.Question {
	questions := []steps.Question{
		{
			Key: "host.name", Kind: steps.KindText, Title: "Name of the machine",
			Help:  "Lower-case letters, digits and hyphens. Its keys carry this name, also after a rename.",
			Value: answers.Get(chosen, "host.name"),
		},
		{
			Key: "host.type", Kind: steps.KindChoice, Title: "Kind of machine",
			Options: hostTypes(chosen), Value: answers.Get(chosen, "host.type"),
		},
	}
	operator := max(0, slices.IndexFunc(chosen.Users, func(user steps.User) bool { return user.Operator }))
	questions = append(questions, person(chosen, operator, "Your user name", "Your full name")...)
	if chosen.Host.NixOS() {
		questions = append(questions, steps.Question{
			Key: password, Kind: steps.KindSecret, Title: "Your password on this machine",
			Help:     "For sudo and for signing in at the machine; only its hash is kept, encrypted. Empty: SSH keys only.",
			Optional: operator < len(chosen.Users) && len(chosen.Users[operator].SSHKeys) > 0,
		})
	}
	for i := range chosen.Users {
		if i != operator {
			questions = append(questions, person(chosen, i, "A further person's user name", "Full name of "+chosen.Users[i].Name)...)
		}
	}
	if len(chosen.Users) == 0 {
		return questions
	}
	return append(questions, steps.Question{
		Key: fmt.Sprintf("users.%d.name", len(chosen.Users)), Kind: steps.KindText, Title: "A further person's user name", Optional: true,
		Help: "An account without administration. Leave it empty when there is nobody else.",
	})
}

// person are the questions about one user.
func person(chosen steps.Answers, place int, nameTitle, fullTitle string) []steps.Question {
	ask := func(field string, kind steps.Kind, title, help string, optional bool) steps.Question {
		key := fmt.Sprintf("users.%d.%s", place, field)
		return steps.Question{Key: key, Kind: kind, Title: title, Help: help, Optional: optional, Value: answers.Get(chosen, key)}
	}
	operator := place >= len(chosen.Users) || chosen.Users[place].Operator
	return []steps.Question{
		ask("name", steps.KindText, nameTitle, "Lower-case letters, digits, - and _.", !operator),
		ask("fullName", steps.KindText, fullTitle, "As the login screen and git show it; without a colon.", false),
		ask("email", steps.KindText, "E-mail address", "For git; may stay empty.", true),
		ask("sshKeys", steps.KindList, "SSH keys that may sign in", "Public keys, one a line, as they stand in a .pub file.", true),
	}
}

func hostTypes(chosen steps.Answers) []steps.Option {
	catalog := assets.Load()
	options := make([]steps.Option, len(catalog.HostTypes))
	for i, entry := range catalog.HostTypes {
		options[i] = steps.Option{Value: entry.Name, Title: entry.Title, Help: entry.Help}
		if reason := answers.Refused(entry, chosen, nil); reason != "" {
			options[i].Unavailable = "it " + reason
		}
	}
	return options
}
