package hardware

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// lookDevices lists the PCI and USB devices that matter to a configuration.
func lookDevices(reader run.Reader) (steps.Finding, error) {
	pci, usb := pciDevices(reader), usbDevices(reader)
	nameDevices(reader, "pci", pci)
	nameDevices(reader, "usb", usb)
	var err error
	if !probe.Exists(reader, "/sys/bus/pci") && !probe.Exists(reader, "/sys/bus/usb") {
		err = &probe.NotHere{Name: "/sys/bus/pci"}
	}
	devices := append(append([]steps.Device{}, pci...), usb...)
	for i := range devices {
		devices[i].Firmware = firmwarePackage(devices[i])
		devices[i].VideoDriver = videoDriver(devices[i])
	}
	return func(facts *steps.Facts) { facts.Devices = devices }, err
}

func pciDevices(reader run.Reader) []steps.Device {
	const folder = "/sys/bus/pci/devices"
	var devices []steps.Device
	for _, slot := range probe.Names(reader, folder) {
		at := path.Join(folder, slot)
		device := steps.Device{
			Bus: "pci", Slot: slot,
			VendorID: hexID(probe.Text(reader, at+"/vendor")),
			DeviceID: hexID(probe.Text(reader, at+"/device")),
			Driver:   probe.Target(reader, at+"/driver"),
		}
		code, ok := probe.Number(reader, at+"/class")
		if !ok {
			continue
		}
		device.Class = pciClass(uint32(code&0xffffff), device)
		if device.Class == "" {
			continue
		}
		// Source: kernel, drivers/ata/ahci.c, remapped_nvme_show.
		if hidden, ok := probe.Number(reader, at+"/remapped_nvme"); ok && device.Class == "storage" {
			device.Hidden = int(min(hidden, 64))
		}
		udev := probe.ReadUdev(reader, "+pci:"+slot)
		device.Vendor = udev.Properties["ID_VENDOR_FROM_DATABASE"]
		device.Name = udev.Properties["ID_MODEL_FROM_DATABASE"]
		devices = append(devices, device)
	}
	return devices
}

// pciClass translates class, subclass and interface: 0xCCSSII. Empty: no
// configuration depends on it (bridges, memory, serial buses).
// Source: PCI Code and ID Assignment Specification 1.16.
func pciClass(code uint32, device steps.Device) string {
	switch class := code >> 16; {
	case class == 0x03:
		return "gpu"
	case class == 0x12, device.Driver == "amdxdna", device.Driver == "intel_vpu":
		return "npu"
	case code>>8 == 0x0200:
		return "ethernet"
	case code>>8 == 0x0280, code>>8 == 0x0d20, code>>8 == 0x0d21:
		return "wifi"
	case code>>8 == 0x0d11:
		return "bluetooth"
	case class == 0x01, code>>8 == 0x0805:
		return "storage"
	case code>>8 == 0x0401, code>>8 == 0x0403, code>>8 == 0x0480 && strings.HasPrefix(device.Driver, "snd_"):
		return "audio"
	case code>>8 == 0x0c03:
		return "usb"
	}
	return ""
}

// usbInterface is one function of a USB device.
type usbInterface struct {
	class  string // class, subclass and protocol: e00101
	driver string
	net    []string // network links that it makes
}

func usbDevices(reader run.Reader) []steps.Device {
	const folder = "/sys/bus/usb/devices"
	var devices []steps.Device
	names := probe.Names(reader, folder)
	for _, slot := range names {
		if strings.HasPrefix(slot, "usb") || strings.Contains(slot, ":") { // a root hub, an interface
			continue
		}
		at := path.Join(folder, slot)
		var functions []usbInterface
		for _, name := range names {
			if strings.HasPrefix(name, slot+":") {
				functions = append(functions, readInterface(reader, path.Join(folder, name)))
			}
		}
		device := steps.Device{
			Bus: "usb", Slot: slot,
			VendorID: hexID(probe.Text(reader, at+"/idVendor")),
			DeviceID: hexID(probe.Text(reader, at+"/idProduct")),
			Vendor:   probe.Line(reader, at+"/manufacturer"),
			Name:     probe.Line(reader, at+"/product"),
		}
		if device.VendorID == "" {
			continue
		}
		device.Class, device.Driver = usbClass(reader, device, functions)
		if device.Class != "" {
			devices = append(devices, device)
		}
	}
	return devices
}

func readInterface(reader run.Reader, at string) usbInterface {
	return usbInterface{
		class: probe.Text(reader, at+"/bInterfaceClass") + probe.Text(reader, at+"/bInterfaceSubClass") +
			probe.Text(reader, at+"/bInterfaceProtocol"),
		driver: probe.Target(reader, at+"/driver"),
		net:    probe.Names(reader, at+"/net"),
	}
}

// fingerprintMakers sell readers that say of themselves only "vendor
// specific"; touchpads of the same makers have another class.
var fingerprintMakers = []string{"04f3", "06cb", "08ff", "10a5", "138a", "147e", "1c7a", "27c6"}

// usbClass tells what a device is by its functions, and which driver has it.
// Source: USB-IF, Defined Class Codes.
func usbClass(reader run.Reader, device steps.Device, functions []usbInterface) (class, driver string) {
	for _, function := range functions {
		switch {
		case function.class == "e00101":
			class = "bluetooth"
		case len(function.net) > 0:
			class = linkKind(reader, function.net[0])
		case strings.HasPrefix(function.class, "08"):
			class = "storage"
		case strings.HasPrefix(function.class, "01") && class == "":
			class = "audio"
		case function.class == "ffffff" || strings.HasPrefix(function.class, "ff00"):
			if strings.Contains(strings.ToLower(device.Name), "fingerprint") || slices.Contains(fingerprintMakers, device.VendorID) {
				class = "fingerprint"
			}
		}
		driver = cmp.Or(driver, function.driver)
	}
	return class, driver
}

func linkKind(reader run.Reader, name string) string {
	link := "/sys/class/net/" + name
	if probe.Exists(reader, link+"/wireless") || probe.Exists(reader, link+"/phy80211") {
		return "wifi"
	}
	return "ethernet"
}

// hexID is four hexadecimal digits: 8086.
func hexID(text string) string {
	var number uint16
	if _, err := fmt.Sscanf(strings.TrimPrefix(text, "0x"), "%x", &number); err != nil {
		return ""
	}
	return fmt.Sprintf("%04x", number)
}
