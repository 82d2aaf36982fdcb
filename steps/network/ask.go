package network

import (
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Ask shows the links, and asks for Wi-Fi networks where there is a radio.
func (Step) Ask(facts steps.Facts, answers steps.Answers) []steps.Question {
	questions := []steps.Question{{Kind: steps.KindReport, Title: "Links", Lines: report(facts)}}
	names := answers.Network.Wifi
	if !hasWifi(facts) && len(names) == 0 {
		return questions
	}
	questions = append(questions, steps.Question{
		Key: "network.wifi", Kind: steps.KindList, Title: "Which Wi-Fi networks does this machine join?",
		Help:  "Names only, one a line. Their keys are asked next and are kept as secrets.",
		Value: names, Optional: true,
	})
	for _, name := range names {
		questions = append(questions, steps.Question{
			Key: "wifi." + name, Kind: steps.KindSecret, Title: "The key of the Wi-Fi network " + name,
			Help: "8 to 63 characters; empty for a network without one.", Optional: true,
		})
	}
	return questions
}

func hasWifi(facts steps.Facts) bool {
	for _, link := range facts.Network.Links {
		if link.Kind == "wifi" {
			return true
		}
	}
	return false
}

// names are the kinds of links as people call them.
var kindNames = map[string]string{"wifi": "Wi-Fi", "ethernet": "Ethernet", "cellular": "cellular"}

func report(facts steps.Facts) []string {
	var lines []string
	for _, link := range facts.Network.Links {
		kind := kindNames[link.Kind]
		if kind == "" {
			kind = "other"
		}
		words := []string{kind}
		if link.Driver != "" {
			words = append(words, "driver "+link.Driver)
		}
		if link.AccessPoint {
			words = append(words, "can be an access point")
		}
		state := "down"
		if link.Up {
			state = "up"
		}
		lines = append(lines, fmt.Sprintf("%-12s %-5s %s", link.Name, state, strings.Join(words, ", ")))
	}
	if len(lines) == 0 {
		lines = append(lines, "no network device was found")
	}
	if facts.Network.Online {
		return append(lines, "there is a default route: what is missing can be fetched")
	}
	return append(lines, "there is no default route: only what this medium carries is at hand")
}
