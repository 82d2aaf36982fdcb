package hardware

import (
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// withFirmware are drivers whose devices do nothing without files from
// linux-firmware, by the beginnings of their names.
// Source: kernel, MODULE_FIRMWARE of these drivers.
var withFirmware = []string{
	"amdgpu", "amdxdna", "ath10k", "ath11k", "ath12k", "brcmfmac", "btusb", "i915", "intel_vpu", "iwlwifi", "mt76", "mt79", "radeon", "rtl8", "rtw", "xe",
}

// firmwarePackage is the package of nixpkgs with the files that the driver of
// a device loads. Both come with hardware.enableRedistributableFirmware.
func firmwarePackage(device steps.Device) string {
	if device.Class == "audio" {
		// sof-audio-pci-intel-tgl, snd_sof_amd_renoir
		if strings.HasPrefix(device.Driver, "sof-") || strings.HasPrefix(device.Driver, "snd_sof") {
			return "sof-firmware"
		}
		return ""
	}
	for _, beginning := range withFirmware {
		if strings.HasPrefix(device.Driver, beginning) {
			return "linux-firmware"
		}
	}
	return ""
}

// nvidiaChips are the drivers for the families of NVIDIA's chips, by the
// beginning of the chip's name in pci.ids. NVIDIA's open modules drive chips
// from Turing on; driver 580 is the last for Maxwell to Volta, 470 for
// Kepler, 390 for Fermi.
// Source: NVIDIA, Unix Drivers: Legacy GPU list, and Open GPU Kernel Modules.
var nvidiaChips = []struct{ chip, driver string }{
	{"TU", "nvidia-open"},
	{"GA", "nvidia-open"},
	{"AD", "nvidia-open"},
	{"GH", "nvidia-open"},
	{"GB", "nvidia-open"},
	{"GM", "nvidia"},
	{"GP", "nvidia"},
	{"GV", "nvidia"},
	{"GK", "nvidia-470"},
	{"GF", "nvidia-390"},
	{"NV", "nouveau"},
	{"G7", "nouveau"},
	{"G8", "nouveau"},
	{"G9", "nouveau"},
	{"GT2", "nouveau"},
	{"MCP", "nouveau"},
	{"C", "nouveau"},
}

// firstTuring is the lowest number of a device with a Turing chip, and
// firstMaxwell that of a Maxwell; the numbers grow with the families.
const (
	firstTuring  = 0x1e00
	firstMaxwell = 0x1340
)

// videoDriver is what NixOS needs for graphics, or nothing for what is none.
func videoDriver(device steps.Device) string {
	if device.Class != "gpu" {
		return ""
	}
	switch device.VendorID {
	case makerNVIDIA:
		return nvidiaDriver(device)
	case makerAMD:
		if device.Driver == "radeon" {
			return "radeon"
		}
		return "amdgpu"
	}
	return "modesetting" // what the kernel's own driver offers is enough
}

func nvidiaDriver(device steps.Device) string {
	for _, family := range nvidiaChips {
		if strings.HasPrefix(device.Name, family.chip) {
			return family.driver
		}
	}
	number, err := strconv.ParseUint(device.DeviceID, 16, 16)
	switch {
	case err != nil || number < firstMaxwell:
		return "nouveau"
	case number < firstTuring:
		return "nvidia"
	}
	return "nvidia-open"
}
