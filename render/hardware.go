package render

import (
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

const hardwareComment = `What the hardware of this machine needs to start, as mnemonix found it. nixos-generate-config
--show-hardware-config --no-filesystems says the same in more words; file systems are in disko.nix.`

// hardwareConfiguration is hosts/NAME/hardware-configuration.nix: what
// nixos-generate-config printed on the machine, or else the same from facts.
func hardwareConfiguration(facts steps.Facts, host steps.Answers) (string, error) {
	if captured := strings.TrimSpace(facts.HardwareConfiguration); captured != "" {
		return captured + "\n", nil
	}
	body := Set(
		At(Strings(InitrdModules(facts)...), "boot", "initrd", "availableKernelModules"),
	)
	add := func(value Value, path ...string) { body.attrs = append(body.attrs, At(value, path...)) }
	guest := facts.Machine.Hypervisor
	if guest == "kvm" {
		// What the profile qemu-guest.nix of nixpkgs loads early.
		add(Strings("virtio_balloon", "virtio_console", "virtio_rng", "virtio_gpu"), "boot", "initrd", "kernelModules")
	}
	if module := virtualizationModule(facts); module != "" {
		add(Strings(module), "boot", "kernelModules")
	}
	add(Bool(true), "hardware", "enableRedistributableFirmware")
	if vendor := facts.CPU.Vendor; guest == "" && (vendor == "amd" || vendor == "intel") {
		add(Bool(true), "hardware", "cpu", vendor, "updateMicrocode")
	}
	switch guest {
	case "kvm":
		add(Bool(true), "services", "qemuGuest", "enable")
	case "microsoft":
		add(Bool(true), "virtualisation", "hypervGuest", "enable")
	case "oracle":
		add(Bool(true), "virtualisation", "virtualbox", "guest", "enable")
	case "vmware":
		add(Bool(true), "virtualisation", "vmware", "guest", "enable")
	}
	add(String(host.Host.System), "nixpkgs", "hostPlatform")
	return Module(hardwareComment, body)
}

// virtualizationModule is KVM's part for this processor.
func virtualizationModule(facts steps.Facts) string {
	switch facts.CPU.Virtualization {
	case "svm":
		return "kvm-amd"
	case "vmx":
		return "kvm-intel"
	}
	return ""
}

// InitrdModules are the kernel modules that the initrd needs to reach the
// disks and a keyboard, sorted: the drivers of the storage and USB
// controllers, and what drives the kinds of disks behind them. It is what
// nixos-generate-config lists as boot.initrd.availableKernelModules.
func InitrdModules(facts steps.Facts) []string {
	var modules []string
	for _, device := range facts.Devices {
		if device.Bus == "pci" && (device.Class == "storage" || device.Class == "usb") && device.Driver != "" {
			modules = append(modules, moduleOf(device.Driver))
		}
	}
	for _, disk := range facts.Disks {
		modules = append(modules, diskModules[disk.Transport]...)
	}
	if facts.Machine.Hypervisor == "kvm" {
		// A guest may get its disks over another bus at the next start.
		modules = append(modules, "virtio_blk", "virtio_pci", "virtio_scsi")
	}
	slices.Sort(modules)
	return slices.Compact(modules)
}

// diskModules drive disks of a kind.
var diskModules = map[string][]string{
	"nvme":   {"nvme"},
	"sata":   {"sd_mod"},
	"sas":    {"sd_mod"},
	"ata":    {"sd_mod"},
	"scsi":   {"sd_mod"},
	"usb":    {"usb_storage", "sd_mod"},
	"mmc":    {"mmc_block"},
	"virtio": {"virtio_pci", "virtio_blk"},
}

// moduleOf is the module that holds a driver: the driver's name with
// underscores, but for those that are called otherwise.
func moduleOf(driver string) string {
	switch driver {
	case "xhci_hcd":
		return "xhci_pci"
	case "ehci_hcd", "ehci-pci":
		return "ehci_pci"
	case "ohci_hcd", "ohci-pci":
		return "ohci_pci"
	case "virtio-pci":
		return "virtio_pci"
	}
	return strings.ReplaceAll(driver, "-", "_")
}
