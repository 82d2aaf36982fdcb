package features

import (
	"slices"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

// Ask asks for the features, the desktop, the modules that fit, and the
// settings of those that are switched on.
func (Step) Ask(facts steps.Facts, chosen steps.Answers) []steps.Question {
	catalog := assets.Load()
	questions := []steps.Question{{
		Key: "features", Kind: steps.KindChoices, Title: "What is this machine for?", Optional: true,
		Help:    "Each feature brings programs and settings, for the system and for every person on it. They can be changed later.",
		Options: options(catalog.Features, facts, chosen, chosen.Features),
		Value:   chosen.Features,
	}}
	if !chosen.HasFeature("headless") && chosen.Host.Type != "windows" {
		questions = append(questions, steps.Question{
			Key: "desktop", Kind: steps.KindChoice, Title: "Desktop",
			Options: options(catalog.Desktops, facts, chosen, chosen.Features),
			Value:   answers.Get(chosen, "desktop"),
		})
	}
	for _, entry := range catalog.Modules {
		if answers.Refused(entry, chosen, nil) != "" {
			continue // not for this kind of host, or without its feature
		}
		on := answers.HasModule(chosen, entry.Name)
		if missing := lacks(entry, facts); missing != "" && !on {
			questions = append(questions, steps.Question{
				Kind: steps.KindReport, Title: entry.Title, Lines: []string{"not offered: " + missing},
			})
			continue
		}
		questions = append(questions, steps.Question{
			Key: "modules." + entry.Name, Kind: steps.KindConfirm, Title: entry.Title + "?", Help: entry.Help + ".",
			Value: answers.Get(chosen, "modules."+entry.Name),
		})
		if on {
			questions = append(questions, settings(entry.Name, facts, chosen)...)
		}
	}
	return questions
}

// options offers entries. What cannot be chosen beside the others says why.
func options(entries []assets.Entry, facts steps.Facts, chosen steps.Answers, features []string) []steps.Option {
	list := make([]steps.Option, len(entries))
	for i, entry := range entries {
		beside := slices.DeleteFunc(slices.Clone(features), func(name string) bool { return name == entry.Name })
		reason := answers.Refused(entry, chosen, beside)
		if reason != "" {
			reason = "it " + reason
		} else {
			reason = lacks(entry, facts)
		}
		list[i] = steps.Option{Value: entry.Name, Title: entry.Title, Help: entry.Help, Unavailable: reason}
	}
	return list
}
