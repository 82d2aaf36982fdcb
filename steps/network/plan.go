package network

import (
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Plan warns of what the links of this machine cannot do.
func (Step) Plan(in steps.Input, plan *steps.Plan) {
	if len(in.Answers.Network.Wifi) > 0 && !hasWifi(in.Facts) {
		plan.Warn(steps.Problem{
			Key:  "network.wifi",
			Text: "this machine is to join " + strings.Join(in.Answers.Network.Wifi, ", ") + ", and no Wi-Fi device was found",
			Hint: "leave network.wifi empty, or see whether the device has a driver",
		})
	}
	router := in.Answers.Modules.TravelRouter
	if router == nil || len(in.Facts.Network.Links) == 0 {
		return
	}
	for _, link := range in.Facts.Network.Links {
		if link.Name != router.APInterface {
			continue
		}
		if link.Kind != "wifi" {
			plan.Warn(steps.Problem{
				Key:  "modules.travelRouter.apInterface",
				Text: router.APInterface + " is to be an access point, and it is no Wi-Fi device",
				Hint: "choose the name of a radio: " + strings.Join(radios(in.Facts), ", "),
			})
		}
		return
	}
	hint := "this machine has no Wi-Fi device"
	if names := radios(in.Facts); len(names) > 0 {
		hint = "its Wi-Fi devices are: " + strings.Join(names, ", ")
	}
	plan.Warn(steps.Problem{
		Key:  "modules.travelRouter.apInterface",
		Text: router.APInterface + " is to be an access point, and this machine has no such link",
		Hint: hint,
	})
}

func radios(facts steps.Facts) []string {
	var names []string
	for _, link := range facts.Network.Links {
		if link.Kind == "wifi" {
			names = append(names, link.Name)
		}
	}
	return names
}
