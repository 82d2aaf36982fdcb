package features

import (
	"fmt"
	"slices"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
)

// Warnings says what is allowed and seldom meant, in the order of the
// catalog. It is pure: the wizard asks it after every key, and the plan
// prints it.
func Warnings(facts steps.Facts, chosen steps.Answers) []steps.Problem {
	catalog := assets.Load()
	var problems []steps.Problem
	look := func(key string, entry assets.Entry) {
		for _, warning := range entry.Warnings {
			if holds(warning.When, facts, chosen) {
				problems = append(problems, steps.Problem{Key: key, Text: warning.Text, Hint: warning.Hint})
			}
		}
	}
	for _, entry := range catalog.HostTypes {
		if entry.Name == chosen.Host.Type {
			look("host.type", entry)
		}
	}
	for _, entry := range catalog.Features {
		if chosen.HasFeature(entry.Name) {
			look("features", entry)
			problems = append(problems, unmet("features", entry, facts)...)
		}
	}
	for _, entry := range catalog.Desktops {
		if entry.Name == chosen.Desktop {
			look("desktop", entry)
		}
	}
	if layout, known := catalog.Layout(chosen.Disk.Layout); known {
		look("disk.layout", layout.Entry)
	}
	for _, entry := range catalog.Modules {
		if answers.HasModule(chosen, entry.Name) {
			look("modules."+entry.Name, entry)
			problems = append(problems, unmet("modules."+entry.Name, entry, facts)...)
		}
	}
	look("features", assets.Entry{Warnings: catalog.Warnings})
	return append(problems, moduleWarnings(facts, chosen)...)
}

// unmet is the warning that the machine lacks what a choice needs.
func unmet(key string, entry assets.Entry, facts steps.Facts) []steps.Problem {
	missing := lacks(entry, facts)
	if missing == "" {
		return nil
	}
	return []steps.Problem{{Key: key, Text: fmt.Sprintf("%s: %s", entry.Name, missing), Hint: "leave it out on this machine"}}
}

// moduleWarnings compares the settings of the modules with the hardware.
func moduleWarnings(facts steps.Facts, chosen steps.Answers) []steps.Problem {
	var problems []steps.Problem
	if router := chosen.Modules.TravelRouter; router != nil && len(facts.Network.Links) > 0 {
		const key = "modules.travelRouter.apInterface"
		place := slices.IndexFunc(facts.Network.Links, func(link steps.Link) bool { return link.Name == router.APInterface })
		switch {
		case router.APInterface == "":
		case place < 0:
			problems = append(problems, steps.Problem{
				Key: key, Text: fmt.Sprintf("this machine has no interface %s", router.APInterface),
				Hint: "an adapter that is plugged in later is fine",
			})
		case facts.Network.Links[place].Kind != "wifi":
			problems = append(problems, steps.Problem{
				Key: key, Text: fmt.Sprintf("%s is no Wi-Fi interface", router.APInterface), Hint: "an access point needs a radio",
			})
		}
	}
	if guests := chosen.Modules.Virtualization; guests != nil && len(facts.Devices) > 0 {
		for _, id := range guests.GPUPassthrough {
			if !slices.ContainsFunc(facts.Devices, func(device steps.Device) bool { return device.VendorID+":"+device.DeviceID == id }) {
				problems = append(problems, steps.Problem{
					Key: "modules.virtualization.gpuPassthrough", Text: fmt.Sprintf("this machine has no device %s for a guest", id),
					Hint: "mnemonix detect lists its devices",
				})
			}
		}
	}
	return problems
}

// holds says whether every member of the condition holds.
func holds(when assets.When, facts steps.Facts, chosen steps.Answers) bool {
	if len(when.HostTypes) > 0 && !slices.Contains(when.HostTypes, chosen.Host.Type) {
		return false
	}
	if len(when.Systems) > 0 && !slices.Contains(when.Systems, chosen.Host.System) {
		return false
	}
	if when.MoreFeaturesThan > 0 && len(chosen.Features) <= when.MoreFeaturesThan {
		return false
	}
	layout, _ := assets.Load().Layout(chosen.Disk.Layout)
	for _, condition := range []struct {
		want *bool
		is   bool
	}{
		{when.Screen, hasScreen(facts, chosen)},
		{when.GPU, hasGPU(facts)},
		{when.KVM, hasKVM(facts)},
		{when.Encrypted, layout.Encryption != "never"},
		{when.SigningKeys, chosen.HoldsOperatorKeys()},
		{when.SSHKeys, anyoneSignsIn(chosen)},
	} {
		if condition.want != nil && *condition.want != condition.is {
			return false
		}
	}
	return true
}

func anyoneSignsIn(chosen steps.Answers) bool {
	return slices.ContainsFunc(chosen.Users, func(user steps.User) bool { return len(user.SSHKeys) > 0 })
}
