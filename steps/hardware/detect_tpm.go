package hardware

import (
	"encoding/binary"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

// lookTPM reads what the kernel knows of the security chip, without sending
// it a command.
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
	tpm.Vendor = tpmVendor(reader, folder)
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
		identifier := probe.Clean(binary.BigEndian.AppendUint32(nil, uint32(number)))
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
