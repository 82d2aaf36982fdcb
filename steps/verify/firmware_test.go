package verify_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
	"codeberg.org/mnemonix/mnemonix/steps/verify"
)

const (
	global = "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
	ours   = "0c3a2e1f-1122-3344-5566-778899aabbcc"
	other  = "ffffffff-1122-3344-5566-778899aabbcc"
)

// units are UTF-16 with a NUL behind.
func units(text string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text + "\x00")) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

// option is a variable with a boot entry, as the firmware has it.
func option(active bool, partition, file string) string {
	node := func(kind, sub byte, data []byte) []byte {
		return append(binary.LittleEndian.AppendUint16([]byte{kind, sub}, uint16(4+len(data))), data...)
	}
	// The first three numbers of a GUID are little-endian.
	signature := []byte{0x1f, 0x2e, 0x3a, 0x0c, 0x22, 0x11, 0x44, 0x33, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc}
	if partition == other {
		copy(signature, "\xff\xff\xff\xff")
	}
	drive := append(make([]byte, 20), signature...)
	nodes := append(node(4, 1, append(drive, 2, 2)), node(4, 4, units(file))...)
	nodes = append(nodes, node(0x7f, 0xff, nil)...)
	value := []byte{7, 0, 0, 0, 0, 0, 0, 0}
	if active {
		value[4] = 1
	}
	value = binary.LittleEndian.AppendUint16(value, uint16(len(nodes)))
	return string(append(append(value, units("Linux Boot Manager")...), nodes...))
}

func TestBootEntry(t *testing.T) {
	const (
		loader   = "/mnt/boot/EFI/systemd/systemd-bootx64.efi"
		fallback = "/mnt/boot/EFI/BOOT/BOOTX64.EFI"
		windows  = `\EFI\Microsoft\Boot\bootmgfw.efi`
		named    = `\EFI\systemd\systemd-bootx64.efi`
	)
	first := "/sys/firmware/efi/efivars/Boot0001" + global
	order := "/sys/firmware/efi/efivars/BootOrder" + global
	one, two := "\x07\x00\x00\x00\x01\x00", "\x07\x00\x00\x00\x02\x00"
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"the fallback is ours":    {map[string]string{loader: "x", fallback: "MZ#### LoaderInfo: systemd-boot 258 ####", first: option(true, ours, windows), order: one}, ""},
		"an entry is ours":        {map[string]string{loader: "x", fallback: "theirs", first: option(true, ours, named), order: one}, ""},
		"in other letters":        {map[string]string{loader: "x", first: option(true, ours, `\EFI\SYSTEMD\SYSTEMD-BOOTX64.EFI`), order: one}, ""},
		"none is":                 {map[string]string{loader: "x", fallback: "theirs", first: option(true, ours, windows), order: one}, "do not name"},
		"one is switched off":     {map[string]string{loader: "x", first: option(false, ours, named), order: one}, "do not name"},
		"one is in no order":      {map[string]string{loader: "x", first: option(true, ours, named), order: two}, "do not name"},
		"one is of another disk":  {map[string]string{loader: "x", first: option(true, other, named), order: one}, "do not name"},
		"a torn one":              {map[string]string{loader: "x", first: option(true, ours, named)[:60], order: one}, "do not name"},
		"the list cannot be read": {map[string]string{loader: "x", fallback: "theirs"}, ""},
		"a list without an order": {map[string]string{loader: "x", first: option(true, ours, windows)}, ""},
		"no loader":               {map[string]string{fallback: "x"}, "no boot loader"},
		"the fallback is empty":   {map[string]string{loader: "x", fallback: "", first: option(true, ours, windows), order: one}, "do not name"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := run.NewFake(run.Expected{Argv: tools.PartitionOf("/mnt/boot").Argv, Stdout: ours + "\n", Any: true})
			for file, content := range test.files {
				fake.Put(file, content)
			}
			err := verify.BootEntry(t.Context(), fake, "/mnt")
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("ended with %v, want %q", err, test.want)
			}
		})
	}
}

// Whatever firmware says, it is read without a fault.
func FuzzBootEntry(f *testing.F) {
	f.Add([]byte(option(true, ours, `\EFI\systemd\systemd-bootx64.efi`)))
	f.Fuzz(func(t *testing.T, value []byte) {
		fake := run.NewFake(run.Expected{Argv: tools.PartitionOf("/mnt/boot").Argv, Any: true})
		fake.Put("/mnt/boot/EFI/systemd/systemd-bootx64.efi", "x")
		fake.Put("/sys/firmware/efi/efivars/Boot0001"+global, string(value))
		fake.Put("/sys/firmware/efi/efivars/BootOrder"+global, "\x07\x00\x00\x00\x01\x00")
		_ = verify.BootEntry(t.Context(), fake, "/mnt")
	})
}
