package hardware

import (
	"cmp"
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Ask shows what was found; there is nothing to answer.
func (Step) Ask(facts steps.Facts, _ steps.Answers) []steps.Question {
	questions := []steps.Question{{Kind: steps.KindReport, Title: "This machine", Lines: Report(facts)}}
	var warnings []string
	for _, problem := range Warnings(facts) {
		warnings = append(warnings, problem.String())
	}
	if len(warnings) > 0 {
		questions = append(questions, steps.Question{Kind: steps.KindReport, Title: "Please note", Lines: warnings})
	}
	if advice := Advice(facts); len(advice) > 0 {
		questions = append(questions, steps.Question{Kind: steps.KindReport, Title: "What follows from it", Lines: advice})
	}
	return questions
}

// Report says in a few lines what the machine is.
func Report(facts steps.Facts) []string {
	lines := []string{
		"machine    " + machineLine(facts.Machine),
		"processor  " + cpuLine(facts.CPU),
		"memory     " + memoryLine(facts.Memory),
		"firmware   " + firmwareLine(facts.Firmware),
		"TPM        " + tpmLine(facts.TPM),
	}
	for _, kind := range []struct{ class, title string }{
		{"gpu", "graphics"},
		{"npu", "neural"},
		{"wifi", "Wi-Fi"},
		{"ethernet", "Ethernet"},
		{"bluetooth", "Bluetooth"},
		{"audio", "audio"},
		{"fingerprint", "finger"},
	} {
		for _, device := range facts.Devices {
			if device.Class == kind.class {
				lines = append(lines, fmt.Sprintf("%-10s %s", kind.title, deviceLine(device)))
			}
		}
	}
	for _, disk := range facts.Disks {
		lines = append(lines, "disk       "+diskLine(disk))
	}
	if len(facts.Disks) == 0 {
		lines = append(lines, "disk       none was found")
	}
	return append(lines, "power      "+powerLine(facts.Power))
}

func machineLine(machine steps.Machine) string {
	product := cmp.Or(strings.TrimSpace(machine.Product+" "+machine.Version), machine.Board)
	name := strings.TrimSpace(machine.Vendor + " " + product)
	if strings.HasPrefix(strings.ToLower(product), strings.ToLower(machine.Vendor)) { // HP ProDesk of HP
		name = product
	}
	name = cmp.Or(name, "its maker left no name")
	switch {
	case machine.Hypervisor == "other":
		return name + ", a virtual machine"
	case machine.Hypervisor != "":
		return name + ", a virtual machine of " + machine.Hypervisor
	case machine.Chassis != "":
		return name + ", " + machine.Chassis
	}
	return name
}

func cpuLine(cpu steps.CPU) string {
	line := cmp.Or(cpu.Model, cpu.Vendor, "unknown")
	if cpu.Threads > 0 {
		line += fmt.Sprintf(", %d threads", cpu.Threads)
	}
	if cpu.Virtualization != "" {
		line += ", " + cpu.Virtualization
	}
	return line
}

func memoryLine(memory steps.Memory) string {
	if memory.Total == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%s, %s available", sizeText(memory.Total), sizeText(memory.Available))
}

func firmwareLine(firmware steps.Firmware) string {
	switch {
	case firmware.Kind == "":
		return "unknown"
	case firmware.Kind != "uefi":
		return "BIOS: not started by UEFI"
	}
	line := "UEFI"
	if firmware.Bits != 0 {
		line += fmt.Sprintf(", %d bit", firmware.Bits)
	}
	switch {
	case firmware.SetupMode:
		line += ", Secure Boot in setup mode"
	case firmware.SecureBoot:
		line += ", Secure Boot on"
	default:
		line += ", Secure Boot off"
	}
	if len(firmware.BootEntries) > 0 {
		line += "; boots " + strings.Join(firmware.BootEntries, ", ")
	}
	return line
}

func tpmLine(tpm steps.TPM) string {
	switch {
	case !tpm.Present:
		return "none: " + cmp.Or(tpm.Problem, "nobody could look")
	case !tpm.Usable:
		return "not usable: " + tpm.Problem
	case tpm.Vendor != "":
		return tpm.Version + " by " + tpm.Vendor
	}
	return tpm.Version
}

func deviceLine(device steps.Device) string {
	name := strings.TrimSpace(device.Vendor + " " + device.Name)
	name = cmp.Or(name, device.VendorID+":"+device.DeviceID)
	if device.Driver == "" {
		return name + ", no driver"
	}
	return name + ", driver " + device.Driver
}

func diskLine(disk steps.Disk) string {
	line := diskName(disk)
	if disk.Transport != "" {
		line += ", " + disk.Transport
	}
	var systems []string
	for _, partition := range disk.Partitions {
		if system := partition.Content.System; system != "" && !strings.Contains(strings.Join(systems, ", "), system) {
			systems = append(systems, system)
		}
	}
	switch {
	case disk.LiveMedium:
		line += ", the medium that this system runs from"
	case len(systems) > 0:
		line += ", holds " + strings.Join(systems, ", ")
	case len(disk.Partitions) == 1:
		line += ", one partition"
	case len(disk.Partitions) > 1:
		line += fmt.Sprintf(", %d partitions", len(disk.Partitions))
	case disk.Content.Empty():
		line += ", empty"
	default:
		line += ", " + disk.Content.Kind
	}
	if disk.ReadOnly {
		line += ", read-only"
	}
	if disk.Wear > 0 {
		line += fmt.Sprintf(", %d %% of its life used", disk.Wear)
	}
	return line
}

func powerLine(power steps.Power) string {
	switch {
	case power.Battery && power.Mains:
		return fmt.Sprintf("mains, battery at %d %%", power.Percent)
	case power.Battery:
		return fmt.Sprintf("battery at %d %%", power.Percent)
	}
	return "mains"
}
