package hardware

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tests/machine"
)

// facts detects on a machine that was changed a little.
func facts(t *testing.T, change func(*machine.Machine)) steps.Facts {
	t.Helper()
	m := machine.New("host", "6.12.60")
	change(m)
	root := t.TempDir()
	if err := m.Write(root); err != nil {
		t.Fatal(err)
	}
	var facts steps.Facts
	Step{}.Detect(context.Background(), run.NewReal(root, nil))(&facts)
	return facts
}

func TestFirmware(t *testing.T) {
	const vars = "/sys/firmware/efi/efivars/"
	got := facts(t, func(m *machine.Machine) {
		m.UEFI(true, false, "first", "second", "third")
		m.File(vars+"BootOrder"+globalGUID, "\x07\x00\x00\x00\x02\x00\x09\x00\x00\x00")
	})
	want := steps.Firmware{Kind: "uefi", Bits: 64, SecureBoot: true, BootEntries: []string{"third", "first", "second"}}
	if diff := cmp.Diff(want, got.Firmware); diff != "" {
		t.Errorf("boot order with an entry that does not exist:\n%s", diff)
	}

	got = facts(t, func(m *machine.Machine) {
		m.Files("/sys/firmware/efi", map[string]string{"fw_platform_size": "32"})
		m.File(vars+"SecureBoot"+globalGUID, "\x06\x00\x00\x00")
	})
	if got.Firmware.Bits != 32 || got.Firmware.SecureBoot || !absent(got, "firmware", "SecureBoot has 4 bytes instead of 5") {
		t.Errorf("a variable without a value: %+v, %v", got.Firmware, got.Absent)
	}

	if got = facts(t, func(*machine.Machine) {}); got.Firmware.Kind != "bios" || absent(got, "firmware", "") {
		t.Errorf("no UEFI: %+v, %v", got.Firmware, got.Absent)
	}
}

func absent(facts steps.Facts, probe, reason string) bool {
	for _, one := range facts.Absent {
		if one.Probe == probe && strings.Contains(one.Reason, reason) {
			return true
		}
	}
	return false
}

func TestTPM(t *testing.T) {
	const sys = "/sys/class/tpm/tpm0/"
	for name, test := range map[string]struct {
		change func(*machine.Machine)
		want   steps.TPM
	}{
		"2.0":        {func(m *machine.Machine) { m.TPM("MSFT0101") }, steps.TPM{Present: true, Version: "2.0", Device: "/dev/tpmrm0", Usable: true}},
		"2.0 by STM": {func(m *machine.Machine) { m.TPM("STM0125") }, steps.TPM{Present: true, Version: "2.0", Device: "/dev/tpmrm0", Usable: true, Vendor: "STMicroelectronics"}},
		"1.2": {func(m *machine.Machine) {
			m.File(sys+"tpm_version_major", "1\n")
			m.File(sys+"device/caps", "Manufacturer: 0x49465800\nTCG version: 1.2\nFirmware version: 3.17\n")
		}, steps.TPM{Present: true, Version: "1.2", Vendor: "Infineon", Firmware: "3.17", Problem: "it is a TPM 1.2, which knows no elliptic curves"}},
		"without a resource manager": {
			func(m *machine.Machine) { m.File(sys+"tpm_version_major", "2\n") },
			steps.TPM{Present: true, Version: "2.0", Problem: "the kernel offers no resource manager for the TPM (/dev/tpmrm0)"},
		},
		"that tells its firmware": {
			func(m *machine.Machine) { m.TPM("MSFT0101"); m.TPMSays("IFX SLB9672", "15.22.16832.0") },
			steps.TPM{Present: true, Version: "2.0", Device: "/dev/tpmrm0", Usable: true, Vendor: "Infineon", Firmware: "15.22.16832.0"},
		},
		"of a maker that nobody knows": {
			func(m *machine.Machine) { m.TPM("MSFT0101"); m.TPMSays("ACME\x1b[31m One", "1.2") },
			steps.TPM{Present: true, Version: "2.0", Device: "/dev/tpmrm0", Usable: true, Vendor: "ACME[31m One", Firmware: "1.2"},
		},
		"of no known version": {func(m *machine.Machine) { m.File(sys+"dev", "10:224\n") }, steps.TPM{Present: true, Problem: "the kernel does not say which version the TPM has"}},
		"without a driver": {
			func(m *machine.Machine) { m.File("/sys/firmware/acpi/tables/TPM2", "") },
			steps.TPM{Problem: "the firmware names a TPM 2.0, but no driver of this kernel took it"},
		},
		"none": {func(*machine.Machine) {}, steps.TPM{Problem: "this machine has no TPM that the kernel knows"}},
	} {
		if diff := cmp.Diff(test.want, facts(t, test.change).TPM); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestHypervisor(t *testing.T) {
	for _, test := range []struct{ vendor, product, flags, want, chassis string }{
		{"QEMU", "Standard PC (Q35 + ICH9, 2009)", "hypervisor", "kvm", ""},
		{"VMware, Inc.", "VMware20,1", "hypervisor", "vmware", ""},
		{"Microsoft Corporation", "Virtual Machine", "hypervisor", "microsoft", ""},
		{"Microsoft Corporation", "Surface Pro 9", "vmx", "", "laptop"},
		{"innotek GmbH", "VirtualBox", "hypervisor", "oracle", ""},
		{"Amazon EC2", "m7i.large", "hypervisor", "kvm", ""},
		{"Amazon EC2", "m7i.metal-24xl", "vmx", "", "laptop"},
		{"Google", "Google Compute Engine", "hypervisor", "kvm", ""},
		{"Google", "Eve", "vmx", "", "laptop"},
		{"Nobody", "Nothing", "hypervisor", "other", ""},
		{"Dell Inc.", "XPS 15 9520", "vmx", "", "laptop"},
	} {
		got := facts(t, func(m *machine.Machine) {
			m.CPU("GenuineIntel", "x", "", test.flags, 1)
			m.DMI(test.vendor, test.product, "", "", "10")
		}).Machine
		if got.Hypervisor != test.want || got.Chassis != test.chassis {
			t.Errorf("%s %s: got %q, %q", test.vendor, test.product, got.Hypervisor, got.Chassis)
		}
	}
}

func TestPlaceholdersAreNoNames(t *testing.T) {
	got := facts(t, func(m *machine.Machine) {
		m.DMI("To Be Filled By O.E.M.", "System Product Name", "Default string", "B650M", "3")
	}).Machine
	if diff := cmp.Diff(steps.Machine{Board: "B650M", Chassis: "desktop"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestInstalledSystems(t *testing.T) {
	got := facts(t, func(m *machine.Machine) { m.File("/etc/nixos/hosts/host/answers.yaml", "version: 1\n") })
	if got.Live.Managed != "/etc/nixos" || got.Live.Installer {
		t.Errorf("a managed machine: %+v", got.Live)
	}
	got = facts(t, func(m *machine.Machine) {
		m.File("/etc/nixos/hosts/host/answers.yaml", "version: 1\n")
		m.LiveNixOS("/dev/sda1", "8:1")
	})
	if got.Live.Managed != "" || !got.Live.Installer {
		t.Errorf("a live medium manages nothing: %+v", got.Live)
	}
	if got = facts(t, func(m *machine.Machine) { m.File("/etc/nixos/hosts/other/answers.yaml", "") }); got.Live.Managed != "" {
		t.Errorf("the flake of other machines: %+v", got.Live)
	}
}

func TestPower(t *testing.T) {
	got := facts(t, func(m *machine.Machine) {
		m.Battery(34, false)
		m.Files("/sys/class/power_supply/hidpp_battery_0", map[string]string{"type": "Battery", "scope": "Device", "capacity": "90"})
	}).Power
	if diff := cmp.Diff(steps.Power{Battery: true, Percent: 34}, got); diff != "" {
		t.Errorf("a laptop with a mouse:\n%s", diff)
	}
	got = facts(t, func(m *machine.Machine) {
		m.Files("/sys/class/power_supply/hidpp_battery_0", map[string]string{"type": "Battery", "scope": "Device", "capacity": "90"})
	}).Power
	if diff := cmp.Diff(steps.Power{Mains: true}, got); diff != "" {
		t.Errorf("a desktop with a mouse:\n%s", diff)
	}
}

func TestUSBDevices(t *testing.T) {
	const hub = "pci0000:00/0000:00:14.0/usb1/"
	got := facts(t, func(m *machine.Machine) {
		m.USB(hub+"1-1", "046d:c52b", "Logitech", "USB Receiver", "030101:usbhid")
		m.USB(hub+"1-2", "0bda:8153", "Realtek", "USB 10/100/1000 LAN", "ffff00:r8152")
		m.Net(hub+"1-2/1-2:1.0", "enx001122334455", "00:11:22:33:44:55", true, -1)
		m.USB(hub+"1-3", "0e8d:7961", "MediaTek Inc.", "Wireless_Device", "ffffff:mt7921u")
		m.Net(hub+"1-3/1-3:1.0", "wlx001122334466", "00:11:22:33:44:66", false, 1)
		m.USB(hub+"1-4", "04f3:0c4b", "ELAN", "ELAN:Fingerprint", "ff0000:")
		m.USB(hub+"1-5", "04f3:2b7c", "ELAN", "Touchscreen", "030000:usbhid")
		m.USB(hub+"1-6", "05ac:8104", "Acme", "Headset", "010100:snd-usb-audio", "010200:snd-usb-audio")
	}).Devices
	classes := map[string]string{}
	for _, device := range got {
		classes[device.Slot] = device.Class + " " + device.Driver
	}
	want := map[string]string{"1-2": "ethernet r8152", "1-3": "wifi mt7921u", "1-4": "fingerprint ", "1-6": "audio snd-usb-audio"}
	if diff := cmp.Diff(want, classes); diff != "" {
		t.Error(diff)
	}
}
