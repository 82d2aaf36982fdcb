package hardware

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps"
)

func TestParseCPU(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		want  steps.CPU
		guest bool
	}{
		"x86": {
			text: "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) N100\nmicrocode\t: 0x1c\nflags\t\t: fpu vmx\n\nprocessor\t: 1\nvendor_id\t: GenuineIntel\nmodel name\t: other\nflags\t\t: fpu vmx\n",
			want: steps.CPU{Vendor: "intel", Model: "Intel(R) N100", Microcode: "0x1c", Threads: 2, Virtualization: "vmx"},
		},
		"guest": {
			text:  "processor: 0\nvendor_id: AuthenticAMD\nflags: svm hypervisor\n",
			want:  steps.CPU{Vendor: "amd", Threads: 1, Virtualization: "svm"},
			guest: true,
		},
		"arm": {
			text: "processor\t: 0\nCPU implementer\t: 0x41\n\nprocessor\t: 1\nCPU implementer\t: 0x41\n\nHardware\t: BCM2835\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n",
			want: steps.CPU{Vendor: "arm", Model: "Raspberry Pi 4 Model B Rev 1.4", Threads: 2},
		},
		"s390 counts no processor by name": {text: "vendor_id       : IBM/S390\n# processors    : 2\nprocessor 0: version = FF\n", want: steps.CPU{Vendor: "IBM/S390"}},
		"nothing":                          {},
	} {
		got := parseCPU([]byte(test.text))
		if diff := cmp.Diff(test.want, got.CPU); diff != "" || got.guest != test.guest {
			t.Errorf("%s: guest %v\n%s", name, got.guest, diff)
		}
	}
}

func TestParseMemory(t *testing.T) {
	got := parseMemory([]byte("MemTotal:       16072448 kB\nMemAvailable:   8 kB\nSwapTotal: -3 kB\nHugePages_Total:       0\nbroken\n"))
	if diff := cmp.Diff(steps.Memory{Total: 16072448 << 10, Available: 8 << 10}, got); diff != "" {
		t.Error(diff)
	}
}

// option is a boot entry as the firmware keeps it.
func option(name string) []byte {
	data := []byte{7, 0, 0, 0, 1, 0, 0, 0, 4, 0}
	for _, unit := range utf16.Encode([]rune(name + "\x00")) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return append(data, 0x7f, 0xff, 4, 0)
}

func TestParseLoadOption(t *testing.T) {
	for _, name := range []string{"Windows Boot Manager", "Linux 健二", "x"} {
		if got, err := parseLoadOption(option(name)); err != nil || got != name {
			t.Errorf("got %q, %v, want %q", got, err, name)
		}
	}
	for _, data := range [][]byte{nil, {7, 0, 0}, option("endless")[:20]} {
		if got, err := parseLoadOption(data); err == nil {
			t.Errorf("%v: got %q and no error", data, got)
		}
	}
}

func TestParseIDs(t *testing.T) {
	const list = "#\n# List\n8086  Intel Corporation\n\t7d55  Meteor Lake-P [Intel Arc Graphics]\n\t\t8086 7d55  a subsystem\n\t7d55 short\n10DE  NVIDIA Corporation\n\t2704  AD103\nC 03  Display controller\n\t00  VGA\nAT 0100  USB Streaming\n"
	wanted := map[string]bool{"8086": true, "8086:7d55": true, "10de": true, "10de:9999": true}
	want := map[string]string{"8086": "Intel Corporation", "8086:7d55": "Meteor Lake-P [Intel Arc Graphics]", "10de": "NVIDIA Corporation"}
	if diff := cmp.Diff(want, parseIDs([]byte(list), wanted)); diff != "" {
		t.Error(diff)
	}
}

func FuzzParsers(f *testing.F) {
	f.Add([]byte("processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: vmx hypervisor\n"))
	f.Add([]byte("MemTotal:       16072448 kB\n"))
	f.Add(option("Windows Boot Manager"))
	f.Add([]byte("8086  Intel Corporation\n\t7d55  Meteor Lake-P\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if cpu := parseCPU(data); cpu.Threads < 0 || strings.ContainsRune(cpu.Model, '\n') {
			t.Errorf("a processor that cannot be: %+v", cpu)
		}
		parseMemory(data)
		if name, err := parseLoadOption(data); err == nil && strings.ContainsAny(name, "\x00\x1b") {
			t.Errorf("a boot entry with control characters: %q", name)
		}
		for id, name := range parseIDs(data, map[string]bool{"8086": true, "8086:7d55": true}) {
			if id != "8086" && id != "8086:7d55" || strings.ContainsRune(name, '\x1b') {
				t.Errorf("nobody wanted %q: %q", id, name)
			}
		}
	})
}
