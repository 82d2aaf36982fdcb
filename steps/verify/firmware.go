package verify

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

const (
	efiVariables = "/sys/firmware/efi/efivars"
	efiGlobal    = "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
)

var (
	bootVariable = regexp.MustCompile(`^Boot([0-9A-F]{4})` + efiGlobal + `$`)
	ourLoader    = regexp.MustCompile(`(?i)^systemd-boot(.+)\.efi$`)
)

// BootEntry looks whether the firmware finds the boot loader on the EFI system
// partition below target: by its own list, or by the name that it looks for on
// every disk. Where neither names ours the disk starts something else, or
// nothing. Firmware whose list cannot be read is not judged.
// Source: UEFI Specification 2.10, 3.1.1, 3.1.3, 3.5.1.1, 10.3.
func BootEntry(ctx context.Context, runner run.Runner, target string) error {
	esp := path.Join(target, "boot")
	loaders := named(runner, path.Join(esp, "EFI/systemd"), ourLoader)
	if len(loaders) == 0 {
		return fmt.Errorf("%s has no boot loader", esp)
	}
	for _, loader := range loaders {
		if fallback(runner, esp, loader) {
			return nil
		}
	}
	variables, errList := runner.ReadDir(efiVariables)
	order, errOrder := runner.ReadFile(path.Join(efiVariables, "BootOrder"+efiGlobal))
	if readable := errList == nil && errOrder == nil && len(order) >= 4; !readable {
		return nil
	}
	// Another disk may have had the same loader by the same name.
	partition := ""
	if result, err := runner.Run(ctx, run.Command{Argv: tools.PartitionOf(esp).Argv}); err == nil {
		partition = strings.ToLower(strings.TrimSpace(string(result.Stdout)))
	}
	for _, variable := range variables {
		match := bootVariable.FindStringSubmatch(variable.Name())
		if match == nil {
			continue
		}
		number, err := hex.DecodeString(match[1])
		if err != nil || !ordered(order[4:], binary.BigEndian.Uint16(number)) {
			continue
		}
		value, err := runner.ReadFile(path.Join(efiVariables, variable.Name()))
		if readable := err == nil; !readable {
			return nil
		}
		option, known := parseLoadOption(value)
		if known && option.active && (partition == "" || option.partition == "" || option.partition == partition) &&
			slices.ContainsFunc(loaders, func(loader string) bool {
				return strings.EqualFold(strings.ReplaceAll(option.file, `\`, "/"), strings.TrimPrefix(loader, esp))
			}) {
			return nil
		}
	}
	return errors.New("the firmware's boot entries do not name the boot loader of this disk, and what it starts without one, EFI/BOOT, is not ours")
}

// loaderMark stands in every systemd-boot.
// Source: systemd, src/boot/efi/boot.c, the section .sdmagic.
var loaderMark = []byte("#### LoaderInfo: systemd-boot ")

// fallback says whether the file that firmware starts from a disk of which it
// knows nothing is such a loader: whoever put it there, it starts what lies
// beside it. Two that are signed need not be the same byte by byte.
func fallback(reader run.Reader, esp, loader string) bool {
	architecture := ourLoader.FindStringSubmatch(path.Base(loader))[1]
	text, err := reader.ReadFile(path.Join(esp, "EFI/BOOT/BOOT"+strings.ToUpper(architecture)+".EFI"))
	return err == nil && bytes.Contains(text, loaderMark)
}

func ordered(order []byte, number uint16) bool {
	for ; len(order) >= 2; order = order[2:] {
		if binary.LittleEndian.Uint16(order) == number {
			return true
		}
	}
	return false
}

// loadOption is a boot entry of the firmware.
type loadOption struct {
	active    bool
	partition string // its GUID, in small letters; empty: none is named
	file      string // with backslashes
}

// parseLoadOption reads an EFI_LOAD_OPTION behind the four bytes that Linux
// puts before every variable. The numbers are those of device path nodes: a
// hard drive, a file and the end.
func parseLoadOption(value []byte) (option loadOption, known bool) {
	if len(value) < 10 {
		return option, false
	}
	value = value[4:]
	option.active = binary.LittleEndian.Uint32(value)&1 != 0
	length := int(binary.LittleEndian.Uint16(value[4:]))
	value = value[6:]
	for { // the description, up to its NUL
		if len(value) < 2 {
			return option, false
		}
		end := value[0] == 0 && value[1] == 0
		if value = value[2:]; end {
			break
		}
	}
	if length > len(value) {
		return option, false
	}
	for nodes := value[:length]; len(nodes) >= 4; {
		size := int(binary.LittleEndian.Uint16(nodes[2:]))
		if size < 4 || size > len(nodes) {
			return option, false
		}
		node := nodes[4:size]
		switch {
		case nodes[0] == 4 && nodes[1] == 1 && len(node) >= 38 && node[37] == 2:
			option.partition = guid(node[20:36])
		case nodes[0] == 4 && nodes[1] == 4:
			option.file += utf16Text(node)
		}
		nodes = nodes[size:]
	}
	return option, true
}

// guid prints an EFI_GUID, whose first three numbers are little-endian.
func guid(b []byte) string {
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint16(b[6:]), b[8:10], b[10:])
}

func utf16Text(b []byte) string {
	var units []uint16
	for ; len(b) >= 2 && (b[0] != 0 || b[1] != 0); b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	return string(utf16.Decode(units))
}
