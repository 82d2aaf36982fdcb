package hardware

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
)

// lookTPM reads what the kernel knows of the security chip, without sending
// it a command; askTPM asks the chip itself.
func lookTPM(reader run.Reader) (steps.Finding, error) {
	const folder = "/sys/class/tpm/tpm0"
	if !probe.Exists(reader, folder) {
		tpm := steps.TPM{Problem: "this machine has no TPM that the kernel knows"}
		// The firmware's table is there when the chip is; then it is the
		// kernel's driver that is missing.
		if probe.Exists(reader, "/sys/firmware/acpi/tables/TPM2") {
			tpm.Problem = "the firmware names a TPM 2.0, but no driver of this kernel took it"
		}
		return func(facts *steps.Facts) { facts.TPM = tpm }, &probe.NotHere{Name: folder}
	}
	tpm := steps.TPM{Present: true}
	switch probe.Text(reader, folder+"/tpm_version_major") {
	case "2":
		tpm.Version = "2.0"
	case "1":
		tpm.Version = "1.2"
	}
	tpm.Vendor, tpm.Firmware = tpmVendor(reader, folder), tpm12Firmware(reader, folder)
	switch {
	case tpm.Version == "1.2":
		tpm.Problem = "it is a TPM 1.2, which knows no elliptic curves"
	case tpm.Version == "":
		tpm.Problem = "the kernel does not say which version the TPM has"
	case !probe.Exists(reader, "/sys/class/tpmrm/tpmrm0"):
		tpm.Problem = "the kernel offers no resource manager for the TPM (/dev/tpmrm0)"
	case !probe.Recorded(reader) && !probe.Exists(reader, "/dev/tpmrm0"):
		tpm.Problem = "the kernel knows the TPM, but /dev/tpmrm0 does not exist"
	default:
		tpm.Device, tpm.Usable = "/dev/tpmrm0", true
	}
	return func(facts *steps.Facts) { facts.TPM = tpm }, nil
}

// tpmVendors are the makers' identifiers in TPM 1.2's capabilities and in the
// hardware ids of ACPI. Source: TCG TPM Vendor ID Registry.
var tpmVendors = map[string]string{
	"AMD": "AMD", "ATML": "Atmel", "GOOG": "Google", "IBM": "IBM", "IFX": "Infineon", "INTC": "Intel",
	"MSFT": "Microsoft", "NTC": "Nuvoton", "NTZ": "Nationz", "SMSC": "SMSC", "STM": "STMicroelectronics",
}

// tpmVendor is the maker, where the kernel can tell it: TPM 1.2 lists it
// among its capabilities; of TPM 2.0 only the id in ACPI is known, and
// MSFT0101 is every maker's.
func tpmVendor(reader run.Reader, folder string) string {
	for line := range strings.Lines(probe.Text(reader, folder+"/device/caps")) {
		value, found := strings.CutPrefix(line, "Manufacturer: 0x")
		if !found {
			continue
		}
		number, err := strconv.ParseUint(strings.TrimSpace(value), 16, 32)
		if err != nil {
			continue
		}
		identifier := probe.Shown(string(binary.BigEndian.AppendUint32(nil, uint32(number))))
		if name, known := tpmVendors[identifier]; known {
			return name
		}
		return identifier
	}
	id := probe.Text(reader, folder+"/device/firmware_node/hid")
	if strings.HasPrefix(id, "MSFT") {
		return ""
	}
	for prefix, name := range tpmVendors {
		if strings.HasPrefix(id, prefix) {
			return name
		}
	}
	return ""
}

// tpm12Firmware is the version that a TPM 1.2 lists among its capabilities.
func tpm12Firmware(reader run.Reader, folder string) string {
	for line := range strings.Lines(probe.Text(reader, folder+"/device/caps")) {
		if version, found := strings.CutPrefix(line, "Firmware version: "); found {
			return strings.TrimSpace(version)
		}
	}
	return ""
}

// tpmRecord is where a record keeps what the TPM said of itself.
const tpmRecord = "/tools/tpm.json"

// tpmSaid is what a TPM 2.0 says of itself.
type tpmSaid struct {
	Vendor   string `json:"vendor"`
	Firmware string `json:"firmware"`
}

// askTPM asks a TPM 2.0 who made it and which firmware it runs: the kernel
// tells neither. The commands read and change nothing, and go through the
// kernel's resource manager, so that nobody else is disturbed.
func askTPM(reader run.Reader) (steps.Finding, error) {
	nothing := func(*steps.Facts) {}
	var said tpmSaid
	if probe.Recorded(reader) {
		if err := probe.Kept(reader, tpmRecord, &said); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
			return nothing, err
		}
	} else {
		if probe.Text(reader, "/sys/class/tpm/tpm0/tpm_version_major") != "2" {
			return nothing, nil // there is none, or an old one: the probe tpm says so
		}
		chip, err := device.Open(device.Auto)
		if err != nil {
			return nothing, err
		}
		defer func() { _ = chip.Close() }()
		status, err := device.ReadStatus(chip)
		if err != nil {
			return nothing, err
		}
		said = tpmSaid{Vendor: status.Vendor, Firmware: status.Firmware}
		probe.Keep(reader, tpmRecord, said)
	}
	return func(facts *steps.Facts) {
		if !facts.TPM.Present {
			return
		}
		facts.TPM.Firmware = probe.OneLine(probe.Clean([]byte(said.Firmware)))
		identifier, _, _ := strings.Cut(said.Vendor, " ")
		if facts.TPM.Vendor == "" {
			facts.TPM.Vendor = cmp.Or(tpmVendors[identifier], probe.OneLine(probe.Clean([]byte(said.Vendor))))
		}
	}, nil
}
