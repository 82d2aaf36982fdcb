package hardware

import (
	"cmp"
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Report says what the machine is: every fact that was found, a line each.
func Report(facts steps.Facts) []string {
	lines := []string{
		"machine    " + machineLine(facts.Machine),
		"processor  " + cpuLine(facts.CPU),
		"memory     " + memoryLine(facts.Memory),
		"firmware   " + firmwareLine(facts.Firmware),
	}
	for i, entry := range facts.Firmware.BootEntries {
		lines = append(lines, title(i, "boots")+entry)
	}
	lines = append(lines, "TPM        "+tpmLine(facts.TPM))
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
				lines = append(lines, title(0, kind.title)+deviceLine(device))
			}
		}
	}
	lines = append(lines, linkLines(facts.Network)...)
	for _, disk := range facts.Disks {
		lines = append(lines, diskLines(disk)...)
	}
	if len(facts.Disks) == 0 {
		lines = append(lines, "disk       none was found")
	}
	for i, volume := range facts.Volumes {
		lines = append(lines, title(i, "made of")+volumeLine(volume))
	}
	lines = append(lines, "power      "+powerLine(facts.Power))
	if facts.Clock.Hardware != "" {
		lines = append(lines, "clock      "+clockLine(facts.Clock))
	}
	for i, sensor := range facts.Sensors {
		lines = append(lines, title(i, "heat")+sensorLine(sensor))
	}
	return append(lines, "runs from  "+liveLine(facts))
}

// title is the column before a line; only the first of several has it.
func title(index int, text string) string {
	if index > 0 {
		text = ""
	}
	return fmt.Sprintf("%-11s", text)
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
	if cpu.Microcode != "" {
		line += ", microcode " + cpu.Microcode
	}
	return line
}

func memoryLine(memory steps.Memory) string {
	if memory.Total == 0 {
		return "unknown"
	}
	line := fmt.Sprintf("%s, %s available", sizeText(memory.Total), sizeText(memory.Available))
	if memory.Swap > 0 {
		line += fmt.Sprintf(", %s of swap", sizeText(memory.Swap))
	}
	if memory.Pressure >= 0.1 {
		line += fmt.Sprintf(", waited for %.1f %% of the last minute", memory.Pressure)
	}
	return line
}

func firmwareLine(firmware steps.Firmware) string {
	line := "UEFI"
	switch {
	case firmware.Kind == "":
		return "unknown"
	case firmware.Kind != "uefi":
		line = "BIOS: not started by UEFI"
	default:
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
	}
	if firmware.Version != "" {
		line += ", version " + firmware.Version
	}
	if firmware.Date != "" {
		line += ", of " + firmware.Date
	}
	return line
}

func tpmLine(tpm steps.TPM) string {
	line := tpm.Version
	switch {
	case !tpm.Present:
		return "none: " + cmp.Or(tpm.Problem, "nobody could look")
	case !tpm.Usable:
		line = "not usable: " + tpm.Problem
	}
	if tpm.Vendor != "" {
		line += " by " + tpm.Vendor
	}
	if tpm.Firmware != "" {
		line += ", firmware " + tpm.Firmware
	}
	return line
}

func deviceLine(device steps.Device) string {
	name := strings.TrimSpace(device.Vendor + " " + device.Name)
	line := cmp.Or(name, device.VendorID+":"+device.DeviceID)
	if device.Driver == "" {
		line += ", no driver"
	} else {
		line += ", driver " + device.Driver
	}
	if device.Firmware != "" {
		line += " with " + device.Firmware
	}
	if device.VideoDriver != "" && device.VideoDriver != device.Driver {
		line += ", NixOS: " + device.VideoDriver
	}
	return line
}

// linkKinds are the kinds of links as people call them.
var linkKinds = map[string]string{"wifi": "Wi-Fi", "ethernet": "Ethernet", "cellular": "cellular"}

func linkLines(network steps.Network) []string {
	var lines []string
	for i, link := range network.Links {
		line := fmt.Sprintf("%s, %s", link.Name, cmp.Or(linkKinds[link.Kind], "other"))
		if link.Driver != "" {
			line += ", driver " + link.Driver
		}
		if link.AccessPoint {
			line += ", can be an access point"
		}
		if link.Up {
			line += ", up"
		}
		lines = append(lines, title(i, "network")+line)
	}
	if network.Online {
		return append(lines, title(len(lines), "network")+"a default route is there")
	}
	return append(lines, title(len(lines), "network")+"no default route")
}

func powerLine(power steps.Power) string {
	line := "mains"
	switch {
	case power.Battery && power.Mains:
		line = fmt.Sprintf("mains, battery at %d %%", power.Percent)
	case power.Battery:
		line = fmt.Sprintf("battery at %d %%", power.Percent)
	}
	if power.Battery && power.Health > 0 {
		line += fmt.Sprintf(", which holds %d %% of what it held when it was new", power.Health)
	}
	return line
}

func clockLine(clock steps.Clock) string {
	if clock.Local {
		return clock.Hardware + ", kept in local time"
	}
	return clock.Hardware
}

func sensorLine(sensor steps.Sensor) string {
	line := fmt.Sprintf("%s %d degrees", cmp.Or(sensor.Name, "a sensor"), sensor.Celsius)
	if sensor.Critical > 0 {
		line += fmt.Sprintf(" of at most %d", sensor.Critical)
	}
	return line
}

func liveLine(facts steps.Facts) string {
	line := "an installed system"
	switch {
	case facts.Live.Installer && facts.Live.Medium != "":
		line = "the live medium " + facts.Live.Medium
	case facts.Live.Installer:
		line = "a live medium that is in memory or on a network"
	case facts.Live.Managed != "":
		line = "an installed system, managed in " + facts.Live.Managed
	}
	if facts.Kernel != "" {
		line += ", Linux " + facts.Kernel
	}
	if facts.System != "" {
		line += ", " + facts.System
	}
	return line
}
