package locale

import (
	"cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Ask asks for the keyboard first: what is typed after it depends on it.
func (Step) Ask(facts steps.Facts, answers steps.Answers) []steps.Question {
	chosen := answers.Locale
	keymap := cmp.Or(chosen.Keymap, facts.Locale.Keymap, "us")
	layout := cmp.Or(chosen.XkbLayout, layoutOf(keymap), facts.Locale.XkbLayout, "us")
	language := cmp.Or(chosen.Language, facts.Locale.Language, "en_US.UTF-8")
	zone := cmp.Or(chosen.Timezone, facts.Locale.Timezone, "UTC")
	return []steps.Question{
		{
			Key: "locale.keymap", Kind: steps.KindChoice, Title: "Which keyboard has this machine?",
			Help:    "For the console, and for the passphrase of the disk at boot.",
			Options: options(keymapsText, keymap), Value: []string{keymap},
		},
		{
			Key: "locale.xkbLayout", Kind: steps.KindChoice, Title: "And on the desktop?",
			Help:    "The same keyboard as the graphical desktop calls it.",
			Options: options(layoutsText, layout), Value: []string{layout},
		},
		{
			Key: "locale.language", Kind: steps.KindChoice, Title: "Which language do you want?",
			Help:    "For messages, dates and numbers.",
			Options: options(languagesText, language), Value: []string{language},
		},
		{
			Key: "locale.timezone", Kind: steps.KindChoice, Title: "In which time zone are you?",
			Options: options(timezonesText, zone), Value: []string{zone},
		},
	}
}
