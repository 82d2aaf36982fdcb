package hardware

import (
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/probe"
	"codeberg.org/mnemonix/mnemonix/steps/run"
)

const (
	efiFolder  = "/sys/firmware/efi"
	efiVars    = efiFolder + "/efivars/"
	globalGUID = "-8be4df61-93ca-11d2-aa0d-00e098032b8c" // EFI_GLOBAL_VARIABLE, UEFI 2.10, 3.3
)

// lookFirmware tells UEFI from BIOS, and reads the state of Secure Boot and
// the boot entries from the firmware's variables.
func lookFirmware(reader run.Reader) (steps.Finding, error) {
	const dmi = "/sys/class/dmi/id/"
	firmware := steps.Firmware{
		Kind: "bios", Version: named(probe.Line(reader, dmi+"bios_version")), Date: probe.Line(reader, dmi+"bios_date"),
	}
	if !probe.Exists(reader, efiFolder) {
		return func(facts *steps.Facts) { facts.Firmware = firmware }, nil
	}
	firmware.Kind = "uefi"
	if bits, ok := probe.Number(reader, efiFolder+"/fw_platform_size"); ok && (bits == 32 || bits == 64) {
		firmware.Bits = int(bits)
	}
	var faults []error
	firmware.SecureBoot, faults = efiFlag(reader, "SecureBoot", faults)
	firmware.SetupMode, faults = efiFlag(reader, "SetupMode", faults)
	firmware.BootEntries = bootEntries(reader)
	return func(facts *steps.Facts) { facts.Firmware = firmware }, errors.Join(faults...)
}

// efiFlag reads a variable of one byte. One that does not exist is off: a
// firmware without Secure Boot has no such variable.
func efiFlag(reader run.Reader, name string, faults []error) (bool, []error) {
	if !probe.Exists(reader, efiVars+name+globalGUID) {
		return false, faults
	}
	data, err := reader.ReadFile(efiVars + name + globalGUID)
	if err != nil {
		return false, append(faults, fmt.Errorf("read the EFI variable %s: %w", name, err))
	}
	value, err := efiValue(data)
	if err != nil || len(value) != 1 {
		return false, append(faults, fmt.Errorf("the EFI variable %s has %d bytes instead of 5", name, len(data)))
	}
	return value[0] == 1, faults
}

// efiValue is a variable's value: the file begins with four bytes of
// attributes. Source: kernel, Documentation/filesystems/efivarfs.rst.
func efiValue(data []byte) ([]byte, error) {
	const attributes = 4
	if len(data) < attributes {
		return nil, fmt.Errorf("an EFI variable of %d bytes has no attributes", len(data))
	}
	return data[attributes:], nil
}

var bootEntry = regexp.MustCompile(`^Boot([0-9A-F]{4})` + globalGUID + `$`)

// bootEntries lists the names of the boot entries in the order in which the
// firmware tries them; entries outside that order come last.
func bootEntries(reader run.Reader) []string {
	names := map[uint16]string{}
	for _, file := range probe.Names(reader, efiVars) {
		match := bootEntry.FindStringSubmatch(file)
		if match == nil {
			continue
		}
		data, err := reader.ReadFile(efiVars + file)
		if err != nil {
			continue
		}
		var number uint16
		if _, err := fmt.Sscanf(match[1], "%04X", &number); err != nil {
			continue
		}
		if name, err := parseLoadOption(data); err == nil && name != "" {
			names[number] = name
		}
	}
	var list []string
	take := func(number uint16) {
		if name, found := names[number]; found {
			list = append(list, name)
			delete(names, number)
		}
	}
	if order, err := reader.ReadFile(efiVars + "BootOrder" + globalGUID); err == nil {
		value, _ := efiValue(order)
		for ; len(value) >= 2; value = value[2:] {
			take(binary.LittleEndian.Uint16(value))
		}
	}
	rest := make([]uint16, 0, len(names))
	for number := range names {
		rest = append(rest, number)
	}
	slices.Sort(rest)
	for _, number := range rest {
		take(number)
	}
	return list
}

// parseLoadOption reads the name of a boot entry: EFI_LOAD_OPTION has four
// bytes of attributes, two of the length of the path, and then the name in
// UTF-16 that ends with zero. Source: UEFI 2.10, 3.1.3 Load Options.
func parseLoadOption(data []byte) (string, error) {
	option, err := efiValue(data)
	const head = 6
	if err != nil || len(option) < head {
		return "", fmt.Errorf("a boot entry of %d bytes is too short", len(data))
	}
	var name []uint16
	for text := option[head:]; len(text) >= 2; text = text[2:] {
		unit := binary.LittleEndian.Uint16(text)
		if unit == 0 {
			return strings.Join(strings.Fields(probe.Clean([]byte(string(utf16.Decode(name))))), " "), nil
		}
		name = append(name, unit)
	}
	return "", errors.New("the name of a boot entry has no end")
}
