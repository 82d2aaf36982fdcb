package steps

// FactsVersion is the version of the Facts format.
const FactsVersion = 1

// Facts is what the machine is. It is read once, before the first question,
// and may be recorded and replayed on any other machine.
type Facts struct {
	Version  int      `json:"version"`            // of this format: 1
	System   string   `json:"system"`             // as Nix spells it: x86_64-linux, aarch64-linux
	Kernel   string   `json:"kernel,omitempty"`   // its version: 6.12.60
	Hostname string   `json:"hostname,omitempty"` // of the running system
	Machine  Machine  `json:"machine"`
	CPU      CPU      `json:"cpu"`
	Memory   Memory   `json:"memory"`
	Firmware Firmware `json:"firmware"`
	TPM      TPM      `json:"tpm"`
	Devices  []Device `json:"devices"`
	Disks    []Disk   `json:"disks"`
	Network  Network  `json:"network"`
	Locale   Locale   `json:"locale"` // what the running system uses now
	Live     Live     `json:"live"`
	Power    Power    `json:"power"`
	Clock    Clock    `json:"clock"`
	Sensors  []Sensor `json:"sensors,omitempty"`

	// What is made of disks and partitions, and what is mounted from them.
	Volumes   []Volume `json:"volumes,omitempty"`
	Mounts    []Mount  `json:"mounts,omitempty"`
	SwapFiles []string `json:"swapFiles,omitempty"` // files that are swapped to: /swap/swapfile

	// HardwareConfiguration is what nixos-generate-config
	// --show-hardware-config --no-filesystems printed, where that program
	// exists. It is captured here so that planning runs nothing.
	HardwareConfiguration string `json:"hardwareConfiguration,omitempty"`

	// Absent lists the probes that found nothing and why, so that "not
	// there" and "could not look" never read the same.
	Absent []Absence `json:"absent,omitempty"`
}

// Absence is a probe that could not answer.
type Absence struct {
	Probe  string `json:"probe"`  // what was asked for, with the disks that it is about: "health of disks: sda"
	Reason string `json:"reason"` // why it has no answer
}

// Machine is what DMI (SMBIOS) says of the machine as a whole.
type Machine struct {
	Vendor     string `json:"vendor,omitempty"`     // LENOVO; empty where the maker left a placeholder
	Product    string `json:"product,omitempty"`    // 21K3CTO1WW
	Version    string `json:"version,omitempty"`    // ThinkPad T14 Gen 4
	Board      string `json:"board,omitempty"`      // the name of the main board
	Chassis    string `json:"chassis,omitempty"`    // laptop, desktop, server, appliance or empty
	Hypervisor string `json:"hypervisor,omitempty"` // kvm, vmware, microsoft, oracle, xen, ..., other, or empty on a real machine
}

// CPU is the processor, from /proc/cpuinfo.
type CPU struct {
	Vendor         string `json:"vendor,omitempty"`         // amd, intel, arm or what cpuinfo says
	Model          string `json:"model,omitempty"`          // as it calls itself
	Microcode      string `json:"microcode,omitempty"`      // the version that runs: 0xa704107
	Threads        int    `json:"threads"`                  // that the kernel uses
	Virtualization string `json:"virtualization,omitempty"` // vmx, svm or empty
}

// Memory is /proc/meminfo, in bytes.
type Memory struct {
	Total     uint64 `json:"total"`     // without what the firmware and the kernel keep
	Available uint64 `json:"available"` // now, without swapping
	Swap      uint64 `json:"swap"`      // that is on now

	// Pressure is the share of the last minute, in percent, in which a
	// program waited for memory: the kernel's own sensor of low memory.
	Pressure float64 `json:"pressure,omitempty"`
}

// Firmware is how the machine was started.
type Firmware struct {
	Kind        string   `json:"kind"`                  // uefi or bios
	Bits        int      `json:"bits,omitempty"`        // of the firmware: 64 or 32
	SecureBoot  bool     `json:"secureBoot"`            // it is enforced
	SetupMode   bool     `json:"setupMode"`             // keys can be enrolled by whoever starts the machine
	BootEntries []string `json:"bootEntries,omitempty"` // their names, in the order in which they are tried
	Version     string   `json:"version,omitempty"`     // as its maker counts: N2IET96W (1.74)
	Date        string   `json:"date,omitempty"`        // when it was made, as in DMI: 12/20/2022
}

// TPM is the machine's security chip, as far as the kernel tells.
type TPM struct {
	Present bool   `json:"present"`           // the kernel knows one
	Version string `json:"version,omitempty"` // 2.0 or 1.2
	Device  string `json:"device,omitempty"`  // /dev/tpmrm0
	Vendor  string `json:"vendor,omitempty"`  // who made it
	// Firmware is the version of the chip's firmware, in four numbers, where
	// it told: 600.18.0.0.
	Firmware string `json:"firmware,omitempty"`
	Usable   bool   `json:"usable"`            // version 2.0 and the device can be opened
	Problem  string `json:"problem,omitempty"` // why it is not usable
}

// Device is one PCI or USB device that matters to a configuration.
type Device struct {
	Bus      string `json:"bus"`              // pci or usb
	Slot     string `json:"slot"`             // 0000:03:00.0
	Class    string `json:"class"`            // gpu, npu, wifi, ethernet, bluetooth, audio, fingerprint, storage (a controller or a drive) or usb (a controller)
	VendorID string `json:"vendorId"`         // four hexadecimal digits, as in hwdata
	DeviceID string `json:"deviceId"`         // four hexadecimal digits
	Vendor   string `json:"vendor,omitempty"` // its name in hwdata, or what it says itself
	Name     string `json:"name,omitempty"`   // likewise
	Driver   string `json:"driver,omitempty"` // of the kernel, that has it now; empty: none

	// Firmware is the package of nixpkgs with the files that its driver
	// loads: sof-firmware, linux-firmware. Empty: none is known.
	Firmware string `json:"firmware,omitempty"`
	// VideoDriver is what NixOS needs for these graphics: nvidia-open,
	// nvidia, nvidia-470, nvidia-390, nouveau, amdgpu, radeon, modesetting.
	VideoDriver string `json:"videoDriver,omitempty"`
	// Hidden is how many NVMe disks a storage controller keeps to itself, as
	// Intel's RST does in the mode RAID.
	Hidden int `json:"hidden,omitempty"`
}

// Network is the links of the machine and whether the world is in reach.
type Network struct {
	Links  []Link `json:"links"`
	Online bool   `json:"online"` // there is a default route over a link with a carrier
}

// Link is one network interface.
type Link struct {
	Name        string `json:"name"`                  // eno1
	Kind        string `json:"kind"`                  // ethernet, wifi, cellular or other
	Up          bool   `json:"up"`                    // it is in use
	Driver      string `json:"driver,omitempty"`      // of the kernel
	AccessPoint bool   `json:"accessPoint,omitempty"` // the radio can be an access point
}

// Live is the medium that the running system was started from.
type Live struct {
	Installer bool   `json:"installer"`         // an installer or rescue medium, not an installed system
	Managed   string `json:"managed,omitempty"` // folder of the flake, on a machine that mnemonix manages
	Medium    string `json:"medium,omitempty"`  // by-id name of the disk of the medium
}

// Power is mains or battery.
type Power struct {
	Battery bool `json:"battery"`           // there is one, and not that of a mouse
	Percent int  `json:"percent,omitempty"` // how full it is
	Health  int  `json:"health,omitempty"`  // percent of what it held when it was new
	Mains   bool `json:"mains"`             // the machine is plugged in
}

// Clock is the clock that runs while the machine is off.
type Clock struct {
	Hardware string `json:"hardware,omitempty"` // what it says, as RFC 3339 in UTC; empty: there is none
	Local    bool   `json:"local,omitempty"`    // the running system keeps it in local time
}

// Sensor is one temperature that the kernel measures.
type Sensor struct {
	Name     string `json:"name"`               // k10temp Tctl, nvme Composite
	Celsius  int    `json:"celsius"`            // now
	Critical int    `json:"critical,omitempty"` // from here on the part is in danger
}
