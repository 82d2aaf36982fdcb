package features

import (
	"slices"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/steps"
)

// hardware says, by the name that the catalog gives a fact, whether the
// machine has it, and what to say when not.
var hardware = map[string]struct {
	there   func(steps.Facts) bool
	missing string
}{
	"two-disks":    {twoDisks, "it needs two disks, and this machine has fewer"},
	"access-point": {accessPoint, "it needs a Wi-Fi radio that can be an access point, and none was found"},
}

// lacks says what an entry needs and this machine does not have, or nothing.
func lacks(entry assets.Entry, facts steps.Facts) string {
	for _, name := range entry.Needs.Facts {
		if fact, known := hardware[name]; known && !fact.there(facts) {
			return fact.missing
		}
	}
	return ""
}

func twoDisks(facts steps.Facts) bool {
	count := 0
	for _, disk := range facts.Disks {
		if !disk.LiveMedium && !disk.ReadOnly && !disk.Removable {
			count++
		}
	}
	return count >= 2
}

func accessPoint(facts steps.Facts) bool {
	return slices.ContainsFunc(facts.Network.Links, func(link steps.Link) bool { return link.AccessPoint })
}

// hasGPU says whether there is a graphics device. A machine of which no
// device is known at all is given the benefit of the doubt.
func hasGPU(facts steps.Facts) bool {
	return len(facts.Devices) == 0 || slices.ContainsFunc(facts.Devices, func(device steps.Device) bool { return device.Class == "gpu" })
}

// hasKVM says whether the processor can run virtual machines; unknown counts
// as yes.
func hasKVM(facts steps.Facts) bool {
	return facts.CPU.Virtualization != "" || facts.CPU.Threads == 0 || facts.CPU.Vendor == "arm"
}

// hasScreen says whether somebody can look at the machine.
func hasScreen(facts steps.Facts, answers steps.Answers) bool {
	if answers.Desktop != "none" {
		return true
	}
	return !answers.HasFeature("headless") && answers.Host.Type != "server" && hasGPU(facts)
}
