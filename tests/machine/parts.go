package machine

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode/utf16"
)

// CPU writes /proc/cpuinfo of an x86 processor.
func (m *Machine) CPU(vendor, model, microcode, flags string, threads int) {
	var info strings.Builder
	for i := range threads {
		fmt.Fprintf(&info, "processor\t: %d\nvendor_id\t: %s\nmodel name\t: %s\n", i, vendor, model)
		if microcode != "" {
			fmt.Fprintf(&info, "microcode\t: %s\n", microcode)
		}
		fmt.Fprintf(&info, "flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep mtrr sse sse2 ht syscall nx lm aes %s\nbogomips\t: 6587.34\n\n", flags)
	}
	m.File("/proc/cpuinfo", info.String())
}

// Memory writes /proc/meminfo of a machine with that many KiB.
func (m *Machine) Memory(kib uint64) {
	m.File("/proc/meminfo", fmt.Sprintf("MemTotal:       %8d kB\nMemFree:        %8d kB\nMemAvailable:   %8d kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n",
		kib, kib/10*7, kib/10*8))
}

// Swap is how much swap is on.
func (m *Machine) Swap(kib uint64) {
	m.File("/proc/meminfo", strings.Replace(m.files["/proc/meminfo"], "SwapTotal:             0 kB", fmt.Sprintf("SwapTotal:      %8d kB", kib), 1))
}

// DMI writes what SMBIOS says of the machine.
func (m *Machine) DMI(vendor, product, version, board, chassis string) {
	m.Files("/sys/devices/virtual/dmi/id", map[string]string{
		"sys_vendor": vendor, "product_name": product, "product_version": version, "board_name": board, "chassis_type": chassis,
	})
	m.Link("/sys/class/dmi/id", "/sys/devices/virtual/dmi/id")
}

const (
	efi        = "/sys/firmware/efi"
	globalGUID = "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
)

// UEFI writes the firmware's variables; the entries are in boot order.
func (m *Machine) UEFI(secureBoot, setupMode bool, entries ...string) {
	m.Files(efi, map[string]string{"fw_platform_size": "64"})
	bit := map[bool]string{false: "\x00", true: "\x01"}
	m.variable("SecureBoot", 6, bit[secureBoot])
	m.variable("SetupMode", 6, bit[setupMode])
	order := ""
	for i, entry := range entries {
		number := uint16(i)
		order += string(binary.LittleEndian.AppendUint16(nil, number))
		option := binary.LittleEndian.AppendUint32(nil, 1)
		option = binary.LittleEndian.AppendUint16(option, 4)
		for _, unit := range utf16.Encode([]rune(entry + "\x00")) {
			option = binary.LittleEndian.AppendUint16(option, unit)
		}
		option = append(option, 0x7f, 0xff, 0x04, 0x00) // the end of a path that leads nowhere
		m.variable(fmt.Sprintf("Boot%04X", number), 7, string(option))
	}
	m.variable("BootOrder", 7, order)
}

func (m *Machine) variable(name string, attributes byte, value string) {
	m.File(efi+"/efivars/"+name+globalGUID, string([]byte{attributes, 0, 0, 0})+value)
}

// TPM writes a TPM 2.0 with that id in ACPI.
func (m *Machine) TPM(hid string) {
	device := "/sys/devices/platform/" + hid + ":00"
	m.Files(device+"/tpm/tpm0", map[string]string{"tpm_version_major": "2"})
	m.Files(device+"/tpmrm/tpmrm0", map[string]string{"dev": "253:65536"})
	m.Link("/sys/class/tpm/tpm0", device+"/tpm/tpm0")
	m.Link(device+"/tpm/tpm0/device", device)
	m.Link("/sys/class/tpmrm/tpmrm0", device+"/tpmrm/tpmrm0")
	m.Files("/sys/devices/LNXSYSTM:00/LNXSYBUS:00/"+hid+":00", map[string]string{"hid": hid})
	m.Link(device+"/firmware_node", "/sys/devices/LNXSYSTM:00/LNXSYBUS:00/"+hid+":00")
}

// PCI adds a PCI device below /sys/devices; names come from udev's database.
func (m *Machine) PCI(at, class, id, driver, vendor, name string) {
	folder := "/sys/devices/" + at
	slot := path.Base(at)
	vendorID, deviceID, _ := strings.Cut(id, ":")
	m.Files(folder, map[string]string{"class": "0x" + class, "vendor": "0x" + vendorID, "device": "0x" + deviceID})
	m.Link("/sys/bus/pci/devices/"+slot, folder)
	if driver != "" {
		m.Link(folder+"/driver", "/sys/bus/pci/drivers/"+driver)
	}
	if m.Udev && vendor != "" {
		m.File("/run/udev/data/+pci:"+slot, "I:1932445\nE:ID_MODEL_FROM_DATABASE="+name+"\nE:ID_VENDOR_FROM_DATABASE="+vendor+"\nV:1\n")
	}
}

// USB adds a USB device; an interface is class, subclass and protocol and the
// driver behind a colon: "e00101:btusb".
func (m *Machine) USB(at, id, vendor, product string, interfaces ...string) {
	folder := "/sys/devices/" + at
	slot := path.Base(at)
	vendorID, productID, _ := strings.Cut(id, ":")
	files := map[string]string{"idVendor": vendorID, "idProduct": productID}
	if vendor != "" {
		files["manufacturer"] = vendor
	}
	if product != "" {
		files["product"] = product
	}
	m.Files(folder, files)
	m.Link("/sys/bus/usb/devices/"+slot, folder)
	for i, text := range interfaces {
		class, driver, _ := strings.Cut(text, ":")
		name := slot + ":1." + strconv.Itoa(i)
		m.Files(folder+"/"+name, map[string]string{
			"bInterfaceClass": class[:2], "bInterfaceSubClass": class[2:4], "bInterfaceProtocol": class[4:],
		})
		m.Link("/sys/bus/usb/devices/"+name, folder+"/"+name)
		if driver != "" {
			m.Link(folder+"/"+name+"/driver", "/sys/bus/usb/drivers/"+driver)
		}
	}
}

// Net adds a network link of the device at that place; a radio has a number.
func (m *Machine) Net(at, name, address string, up bool, radio int) {
	folder := "/sys/devices/" + at + "/net/" + name
	state, carrier := "down", "0"
	if up {
		state, carrier = "up", "1"
	}
	event := "INTERFACE=" + name + "\nIFINDEX=2"
	if radio >= 0 {
		event = "DEVTYPE=wlan\n" + event
		phy := "phy" + strconv.Itoa(radio)
		m.Files("/sys/devices/"+at+"/ieee80211/"+phy, map[string]string{"index": strconv.Itoa(radio)})
		m.Link(folder+"/phy80211", "/sys/devices/"+at+"/ieee80211/"+phy)
	}
	m.Files(folder, map[string]string{"type": "1", "operstate": state, "carrier": carrier, "address": address, "uevent": event})
	m.Link(folder+"/device", "/sys/devices/"+at)
	m.Link("/sys/class/net/"+name, folder)
}

// Loopback is in every machine and no link of it.
func (m *Machine) Loopback() {
	folder := "/sys/devices/virtual/net/lo"
	m.Files(folder, map[string]string{"type": "772", "operstate": "unknown", "carrier": "1", "address": "00:00:00:00:00:00", "uevent": "INTERFACE=lo\nIFINDEX=1"})
	m.Link("/sys/class/net/lo", folder)
}

// Route makes that link the default route.
func (m *Machine) Route(link string) {
	m.File("/proc/net/route", "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"+
		link+"\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"+
		link+"\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n")
}

// BIOS writes which firmware the machine has.
func (m *Machine) BIOS(version, date string) {
	m.Files("/sys/devices/virtual/dmi/id", map[string]string{"bios_version": version, "bios_date": date})
}

// TPMSays is what a TPM 2.0 answers when it is asked who it is.
func (m *Machine) TPMSays(vendor, firmware string) {
	m.File("/tools/tpm.json", fmt.Sprintf("{\"vendor\": %s, \"firmware\": %s}\n", quoted(vendor), quoted(firmware)))
}

func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// Sensor adds a temperature to the chip of that number; critical 0: none.
func (m *Machine) Sensor(chip int, name, label string, celsius, critical int) {
	folder := "/sys/devices/virtual/hwmon/hwmon" + strconv.Itoa(chip)
	files := map[string]string{"name": name, "temp1_input": strconv.Itoa(celsius * 1000)}
	if label != "" {
		files["temp1_label"] = label
	}
	if critical > 0 {
		files["temp1_crit"] = strconv.Itoa(critical * 1000)
	}
	m.Files(folder, files)
	m.Link("/sys/class/hwmon/hwmon"+strconv.Itoa(chip), folder)
}

// Clock writes what the clock of the machine says, in seconds since 1970.
func (m *Machine) Clock(seconds int64) {
	m.Files("/sys/devices/pnp0/00:02/rtc/rtc0", map[string]string{"since_epoch": strconv.FormatInt(seconds, 10)})
	m.Link("/sys/class/rtc/rtc0", "/sys/devices/pnp0/00:02/rtc/rtc0")
}

// BatteryWear writes what the battery holds now and held when it was new.
func (m *Machine) BatteryWear(full, design int) {
	m.Files("/sys/devices/LNXSYSTM:00/LNXSYBUS:00/PNP0A08:00/PNP0C0A:00/power_supply/BAT0", map[string]string{
		"energy_full": strconv.Itoa(full), "energy_full_design": strconv.Itoa(design),
	})
}

// Battery writes a battery and its mains adapter.
func (m *Machine) Battery(percent int, mains bool) {
	folder := "/sys/devices/LNXSYSTM:00/LNXSYBUS:00/PNP0A08:00"
	status := "Discharging"
	if mains {
		status = "Charging"
	}
	m.Files(folder+"/PNP0C0A:00/power_supply/BAT0", map[string]string{"type": "Battery", "capacity": strconv.Itoa(percent), "status": status})
	m.Files(folder+"/ACPI0003:00/power_supply/AC", map[string]string{"type": "Mains", "online": flag(mains)})
	m.Link("/sys/class/power_supply/BAT0", folder+"/PNP0C0A:00/power_supply/BAT0")
	m.Link("/sys/class/power_supply/AC", folder+"/ACPI0003:00/power_supply/AC")
}

// LiveNixOS makes the running system that of NixOS' minimal medium, on that
// partition or disk.
func (m *Machine) LiveNixOS(device, number string) {
	m.File("/proc/cmdline", "BOOT_IMAGE=/boot/bzImage init=/nix/store/3x1nl2b8yr4f9cqhvj0k5w7d6mzsap1g-nixos-system-nixos-25.11/init  root=LABEL="+liveLabel+" boot.shell_on_fail nohibernate loglevel=4\n")
	m.File("/etc/os-release", "ANSI_COLOR=\"0;38;2;126;186;228\"\nBUILD_ID=\"25.11.20251204.8c2d9e5\"\nID=nixos\nNAME=NixOS\nPRETTY_NAME=\"NixOS 25.11 (Xantusia)\"\nVARIANT=\"NixOS minimal installer\"\nVARIANT_ID=installer\nVERSION_ID=\"25.11\"\n")
	m.File("/etc/NIXOS", "")
	m.File("/etc/locale.conf", "LANG=en_US.UTF-8\n")
	m.File("/etc/vconsole.conf", "KEYMAP=us\nFONT=\n")
	m.links["/etc/localtime"] = "/etc/zoneinfo/UTC"
	m.mount("0:24", "/", "tmpfs", "tmpfs")
	if device != "" {
		m.mount(number, "/iso", "iso9660", device)
	}
	m.mount("7:0", "/nix/.ro-store", "squashfs", "/dev/loop0")
}

const liveLabel = "nixos-minimal-25.11-x86_64"

// Stick adds a USB stick with NixOS' medium, and boots from it.
func (m *Machine) Stick(at string) {
	const size = 30765219840
	m.Disk(Disk{
		Name: "sda", At: at, Model: "SanDisk Ultra Fit", Serial: "4C530001120708114413", Size: size, Removable: true,
		Table: "dos", TableUUID: "0b9a7e4c",
		Lies: Lies{Kind: "iso9660", Version: "Joliet Extension", Label: liveLabel, UUID: "1980-01-01-00-00-00-00"},
		Parts: []Part{
			{Number: 1, Start: 0, Size: 1451229184, Type: "0x0", Lies: Lies{Kind: "iso9660", Version: "Joliet Extension", Label: liveLabel, UUID: "1980-01-01-00-00-00-00", Used: 1451229184, Mounts: []string{"/iso"}}},
			{Number: 2, Start: 150528, Size: 3145728, Type: "0xef", Lies: Lies{Kind: "vfat", Version: "FAT12", Label: "EFIBOOT", UUID: "1234-5678"}},
		},
	})
	folder := strings.TrimSuffix(at, path.Base(at))
	for path.Base(folder) != "" && !strings.HasPrefix(path.Base(folder), "usb") && len(folder) > 1 {
		if base := path.Base(folder); strings.Contains(base, "-") && !strings.Contains(base, ":") {
			m.USB(strings.TrimSuffix(folder, "/"), "0781:5583", "SanDisk", "Ultra Fit", "080650:usb-storage")
			m.File("/sys/devices/"+folder+"/serial", "4C530001120708114413\n")
			break
		}
		folder = path.Dir(strings.TrimSuffix(folder, "/"))
	}
	m.LiveNixOS("", "")
}
