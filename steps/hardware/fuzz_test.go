package hardware

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// strange is a recorded machine whose files hold what nobody expects there.
type strange struct{ *run.Fake }

func (strange) Root() string { return "/strange" }

// strangeFiles are the files that are read, each with something of its kind.
var strangeFiles = []struct{ name, content string }{
	{"/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) N100\nmicrocode\t: 0x1c\nflags\t\t: vmx hypervisor\n"},
	{"/proc/meminfo", "MemTotal:       16072448 kB\nMemAvailable:   8 kB\n"},
	{"/proc/pressure/memory", "some avg10=0.00 avg60=1.52 avg300=0.35 total=38117\n"},
	{"/sys/class/dmi/id/sys_vendor", "LENOVO\n"},
	{"/sys/class/dmi/id/product_name", "21K3CTO1WW\n"},
	{"/sys/class/dmi/id/chassis_type", "10\n"},
	{"/sys/class/dmi/id/bios_version", "R2FET36W (1.16 )\n"},
	{"/sys/firmware/efi/fw_platform_size", "64\n"},
	{"/sys/firmware/efi/efivars/SecureBoot" + globalGUID, "\x06\x00\x00\x00\x01"},
	{"/sys/firmware/efi/efivars/SetupMode" + globalGUID, "\x06\x00\x00\x00\x00"},
	{"/sys/firmware/efi/efivars/BootOrder" + globalGUID, "\x07\x00\x00\x00\x01\x00\x00\x00"},
	{"/sys/firmware/efi/efivars/Boot0001" + globalGUID, string(option("Windows Boot Manager"))},
	{"/sys/class/tpm/tpm0/tpm_version_major", "1\n"},
	{"/sys/class/tpm/tpm0/device/caps", "Manufacturer: 0x49465800\nFirmware version: 6.40\n"},
	{"/sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n"},
	{"/sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n"},
	{"/sys/bus/pci/devices/0000:01:00.0/device", "0x2704\n"},
	{"/sys/bus/pci/devices/0000:02:00.0/class", "0x010601\n"},
	{"/sys/bus/pci/devices/0000:02:00.0/remapped_nvme", "1\n"},
	{"/sys/bus/usb/devices/1-4/idVendor", "06cb\n"},
	{"/sys/bus/usb/devices/1-4/product", "Fingerprint\n"},
	{"/sys/bus/usb/devices/1-4:1.0/bInterfaceClass", "ff\n"},
	{"/usr/share/hwdata/pci.ids", "10de  NVIDIA Corporation\n\t2704  AD103\n"},
	{"/sys/class/power_supply/BAT0/type", "Battery\n"},
	{"/sys/class/power_supply/BAT0/capacity", "87\n"},
	{"/sys/class/power_supply/BAT0/energy_full", "46900000\n"},
	{"/sys/class/power_supply/BAT0/energy_full_design", "52500000\n"},
	{"/sys/class/rtc/rtc0/since_epoch", "1765000000\n"},
	{"/etc/adjtime", "0.0 0 0.0\n0\nLOCAL\n"},
	{"/sys/class/hwmon/hwmon0/name", "k10temp\n"},
	{"/sys/class/hwmon/hwmon0/temp1_input", "48000\n"},
	{"/sys/class/hwmon/hwmon0/temp1_crit", "100000\n"},
	{"/sys/class/hwmon/hwmon0/temp1_label", "Tctl\n"},
	{"/proc/sys/kernel/hostname", "nixos\n"},
	{"/proc/sys/kernel/osrelease", "6.12.60\n"},
	{"/etc/os-release", "ID=nixos\nVARIANT_ID=installer\n"},
	{"/tools/tpm.json", `{"vendor":"AMD","firmware":"6.32.0.6"}`},
}

// FuzzMachine puts anything into any file that is read of a machine. Nothing
// stops the wizard, and nothing that moves the cursor of a terminal comes
// into a fact.
func FuzzMachine(f *testing.F) {
	for i, file := range strangeFiles {
		f.Add(uint(i), []byte(file.content))
		f.Add(uint(i), []byte("\x1b[2J\u009b2J\xff\n-1\n99999999999999999999\n"+file.content))
	}
	f.Fuzz(func(t *testing.T, which uint, content []byte) {
		machine := run.NewFake()
		for i, file := range strangeFiles {
			if machine.Put(file.name, file.content); uint(i) == which%uint(len(strangeFiles)) {
				machine.Put(file.name, string(content))
			}
		}
		facts := steps.Facts{Version: steps.FactsVersion}
		Step{}.Detect(context.Background(), strange{machine})(&facts)
		sensible(t, facts)
	})
}

func sensible(t *testing.T, facts steps.Facts) {
	t.Helper()
	power := facts.Power
	if power.Percent < 0 || power.Percent > 100 || power.Health < 0 || power.Health > 200 || facts.CPU.Threads < 0 || facts.Memory.Pressure > 100 {
		t.Errorf("numbers that cannot be: %+v, %+v, %+v", power, facts.CPU, facts.Memory)
	}
	facts.HardwareConfiguration = "" // a file of many lines, which is shown as such
	text, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		if said, isText := token.(string); isText && strings.ContainsFunc(said, unicode.IsControl) {
			t.Errorf("a fact moves the cursor: %q", said)
		}
	}
	for _, line := range slices.Concat(Report(facts), Advice(facts)) {
		if strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("a line of the report moves the cursor: %q", line)
		}
	}
	_ = Warnings(facts)
}
