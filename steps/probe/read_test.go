package probe_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps/probe"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"Samsung SSD 990 PRO 1TB                 \n": "Samsung SSD 990 PRO 1TB",
		"SERIAL\x00\x00\x00garbage":                  "SERIAL",
		"bell\x07 and escape\x1b[31m":                "bell and escape[31m",
		"caf\xc3\xa9 \xff":                           "café",
		" \n":                                        "",
	} {
		if got := probe.Clean([]byte(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestPairs(t *testing.T) {
	got := probe.Pairs("# comment=1\nID=nixos\nPRETTY_NAME=\"NixOS 25.11 (Xantusia)\"\nEMPTY=\nno pair\n=x\nQUOTE='a b'\nHALF=\"open\n")
	want := map[string]string{"ID": "nixos", "PRETTY_NAME": "NixOS 25.11 (Xantusia)", "EMPTY": "", "QUOTE": "a b", "HALF": "\"open"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseUdev(t *testing.T) {
	got := probe.ParseUdev([]byte("S:disk/by-id/nvme-A_1\nS:disk/by-path/pci-0000:01:00.0-nvme-1\nI:123\nE:ID_MODEL=A\nE:ID_X=a=b\nE:=broken\nG:systemd\n"))
	want := probe.Udev{
		Properties: map[string]string{"ID_MODEL": "A", "ID_X": "a=b"},
		Links:      []string{"disk/by-id/nvme-A_1", "disk/by-path/pci-0000:01:00.0-nvme-1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{`a\x20b`: "a b", `\x`: `\x`, `\x2`: `\x2`, `\xzz`: `\xzz`, `end\x41`: "endA", `red\x1b[31m\x0aline`: "red[31m line"} {
		if got := probe.Unescape(in); got != want {
			t.Errorf("Unescape(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{`/mnt/a\040b`: "/mnt/a b", `\04`: `\04`, `\999`: `\999`, `x\134`: `x\`} {
		if got := probe.Unoctal(in); got != want {
			t.Errorf("Unoctal(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseMounts(t *testing.T) {
	got := probe.ParseMounts([]byte("36 35 98:0 /mnt1 /mnt/a\\040b rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n" +
		"37 35 0:22 / /proc rw - proc proc rw\nbroken line\n38 35 8:1 / /x rw - \n"))
	want := []probe.Mount{
		{Number: "98:0", Place: "/mnt/a b", Kind: "ext3", Source: "/dev/root", Root: "/mnt1", Options: []string{"rw", "noatime", "rw", "errors=continue"}},
		{Number: "0:22", Place: "/proc", Kind: "proc", Source: "proc", Root: "/", Options: []string{"rw", "rw"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("E:ID_MODEL=A\\x20B\nS:disk/by-id/x\n")
	f.Add("36 35 98:0 /mnt1 /mnt/a\\040b rw - ext3 /dev/root rw\n")
	f.Add("DEVTYPE=wlan\nINTERFACE=wlp3s0\n")
	f.Fuzz(func(t *testing.T, text string) {
		if clean := probe.Clean([]byte(text)); !utf8.ValidString(clean) || strings.ContainsAny(clean, "\x00\x1b") {
			t.Errorf("Clean let %q through", clean)
		}
		for key := range probe.ParseUdev([]byte(text)).Properties {
			if key == "" || !strings.Contains(text, "E:"+key+"=") {
				t.Errorf("a property %q out of nothing", key)
			}
		}
		for _, mount := range probe.ParseMounts([]byte(text)) {
			if mount.Place == "" || mount.Number == "" {
				t.Errorf("a mount without a place or a number: %+v", mount)
			}
		}
		for key := range probe.Pairs(text) {
			if key == "" {
				t.Error("a pair without a key")
			}
		}
		if strings.ContainsAny(probe.Unescape(text), "\x1b\n\x00") {
			t.Errorf("Unescape made control characters of %q", text)
		}
		if len(probe.Unescape(text)) > len(text) || len(probe.Unoctal(text)) > len(text) {
			t.Error("what was unescaped is longer than before")
		}
	})
}
