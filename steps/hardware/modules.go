package hardware

import (
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// InitrdModules are the kernel modules that the initrd needs to reach the
// disks and a keyboard, sorted: the controllers that are there, and the kinds
// of disks behind them. It is what nixos-generate-config would list as
// boot.initrd.availableKernelModules.
func InitrdModules(facts steps.Facts) []string {
	var modules []string
	for _, device := range facts.Devices {
		if device.Bus == "pci" && (device.Class == "storage" || device.Class == "usb") && device.Driver != "" {
			modules = append(modules, moduleOf(device.Driver))
		}
	}
	for _, disk := range facts.Disks {
		switch disk.Transport {
		case "nvme":
			modules = append(modules, "nvme")
		case "sata", "sas", "ata":
			modules = append(modules, "sd_mod")
		case "usb":
			modules = append(modules, "usb_storage", "sd_mod")
		case "mmc":
			modules = append(modules, "mmc_block")
		case "virtio":
			modules = append(modules, "virtio_pci", "virtio_blk")
		}
	}
	slices.Sort(modules)
	return slices.Compact(modules)
}

// moduleOf is the module that holds a driver: the driver's name with
// underscores, but for those that are called otherwise.
func moduleOf(driver string) string {
	switch driver {
	case "xhci_hcd":
		return "xhci_pci"
	case "ehci_hcd":
		return "ehci_pci"
	case "ohci_hcd":
		return "ohci_pci"
	}
	return strings.ReplaceAll(driver, "-", "_")
}
