package hardware

import (
	"fmt"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Makers of PCI devices. Source: hwdata, pci.ids.
const (
	makerAMD    = "1002"
	makerIntel  = "8086"
	makerNVIDIA = "10de"
)

func deviceAdvice(device steps.Device) string {
	switch device.Class {
	case "gpu":
		switch device.VendorID {
		case makerNVIDIA:
			return nvidiaAdvice(device.VideoDriver)
		case makerAMD:
			if device.VideoDriver == "radeon" {
				return "old AMD graphics: the kernel's radeon and hardware.graphics.enable are all it needs"
			}
			return "AMD graphics: the kernel's amdgpu and hardware.graphics.enable are all it needs"
		case makerIntel:
			return "Intel graphics: hardware.graphics.extraPackages = [ intel-media-driver ] for video"
		}
	case "npu":
		return "a neural processor: its firmware comes with hardware.enableRedistributableFirmware"
	case "wifi":
		return "Wi-Fi: its firmware comes with hardware.enableRedistributableFirmware"
	case "bluetooth":
		return "Bluetooth: hardware.bluetooth.enable"
	case "fingerprint":
		return "a fingerprint reader: services.fprintd.enable, if its model is one that libfprint knows"
	case "audio":
		if strings.HasPrefix(device.Driver, "sof-") {
			return "audio by Sound Open Firmware: hardware.firmware = [ sof-firmware ], which enableRedistributableFirmware brings"
		}
	}
	return ""
}

// nvidiaAdvice is how NixOS names the driver that NVIDIA has for a family of
// chips. Source: nixpkgs, nixos/modules/hardware/video/nvidia.nix.
func nvidiaAdvice(driver string) string {
	const options = "NVIDIA graphics: services.xserver.videoDrivers = [ \"nvidia\" ] with "
	legacy, isLegacy := strings.CutPrefix(driver, "nvidia-")
	switch {
	case driver == "nvidia-open":
		return options + "hardware.nvidia.open = true (the driver is unfree)"
	case driver == "nvidia":
		return options + "hardware.nvidia.open = false (the driver is unfree)"
	case isLegacy:
		return options + "hardware.nvidia.package = config.boot.kernelPackages.nvidiaPackages.legacy_" + legacy + " (the driver is unfree)"
	}
	return "NVIDIA graphics of an old family: the kernel's nouveau is what still drives them"
}

func deviceWarning(device steps.Device) (steps.Problem, bool) {
	name := strings.TrimSpace(device.Vendor + " " + device.Name)
	if name == "" {
		name = device.VendorID + ":" + device.DeviceID
	}
	switch {
	case device.Class == "wifi" && device.Driver == "":
		return steps.Problem{
			Text: "no driver took the Wi-Fi device " + name,
			Hint: "use a cable or a USB adapter for the installation; older Broadcom chips need the unfree broadcom-sta",
		}, true
	case device.Hidden > 0:
		return steps.Problem{
			Text: fmt.Sprintf("the storage controller %s hides NVMe disks (%d): Linux cannot see what is behind Intel RST", name, device.Hidden),
			Hint: "set the controller to AHCI in the firmware; a Windows that is to stay has to be told before: bcdedit /set safeboot minimal, and back afterwards",
		}, true
	case device.Class == "storage" && device.Bus == "pci" && device.Driver == "":
		return steps.Problem{
			Text: "no driver took the storage controller " + name + ": its disks are not in the list",
			Hint: "Intel RST or RAID mode hides disks: set the controller to AHCI or NVMe in the firmware",
		}, true
	}
	return steps.Problem{}, false
}
