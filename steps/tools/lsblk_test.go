package tools_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

func TestLsblkArguments(t *testing.T) {
	if got := tools.Lsblk("/"); strings.Contains(strings.Join(got, " "), "--sysroot") {
		t.Errorf("this machine: %v", got)
	}
	got := tools.Lsblk("/records/a b")
	want := []string{"lsblk", "--json", "--bytes", "--sysroot", "/records/a b", "--output"}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Error(diff)
	}
}

// TestParseLsblk reads the same disk as old and new versions write it.
func TestParseLsblk(t *testing.T) {
	want := []tools.BlockDevice{{
		Name: "sda", Path: "/dev/sda", Number: "8:0", Type: "disk", Size: 4009754624, LogicalSize: 512, PhysicalSize: 4096,
		Rotational: true, Model: "Flash", Children: []tools.BlockDevice{{
			Name: "sda1", Number: "8:1", Type: "part", Size: 1048576, Start: 1 << 20, PartNumber: 1, FSType: "swap",
			PartType: "0x82", Mountpoints: []string{"[SWAP]"}, Children: []tools.BlockDevice{},
		}},
	}}
	for name, text := range map[string]string{
		"2.33": `{"blockdevices": [{"name":"sda","path":"/dev/sda","maj:min":"  8:0  ","type":"disk","size":"4009754624","log-sec":"512","phy-sec":"4096","rota":"1","rm":"0","ro":"0","model":"Flash   ",
			"children":[{"name":"sda1","maj:min":"8:1","type":"part","size":"1048576","start":"2048","partn":"1","fstype":"swap","parttype":"0x82","mountpoint":"[SWAP]"}]}]}`,
		"2.41": `{"blockdevices": [{"name":"sda","path":"/dev/sda","maj:min":"8:0","type":"disk","size":4009754624,"log-sec":512,"phy-sec":4096,"rota":true,"rm":false,"ro":false,"model":"Flash","serial":null,
			"children":[{"name":"sda1","maj:min":"8:1","type":"part","size":1048576,"start":2048,"partn":1,"fstype":"swap","parttype":"0x82","mountpoints":["[SWAP]",null]}]}]}`,
	} {
		got, err := tools.ParseLsblk([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestParseLsblkRefuses(t *testing.T) {
	for _, text := range []string{"", "not JSON", "[]", "{}", `{"blockdevices": null}`, `{"blockdevices": [{"name": {"a": 1}}]}`, `{"blockdevices": [{"name":"sda"}`} {
		if got, err := tools.ParseLsblk([]byte(text)); err == nil {
			t.Errorf("%q: got %+v and no error", text, got)
		} else if !strings.Contains(err.Error(), "lsblk") {
			t.Errorf("%q: the error does not say what was read: %v", text, err)
		}
	}
}

// TestParseLsblkIsUnmoved has values that no disk can have.
func TestParseLsblkIsUnmoved(t *testing.T) {
	got, err := tools.ParseLsblk([]byte(`{"blockdevices": [{"name":"","size":1},
		{"name":"sdb","size":-5,"log-sec":"many","start":18446744073709551615,"rota":"maybe","partn":99999999999}]}`))
	want := []tools.BlockDevice{{Name: "sdb", PartNumber: 1 << 16, Children: []tools.BlockDevice{}}}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseLsblk(f *testing.F) {
	f.Add([]byte(`{"blockdevices": [{"name":"sda","size":"1","children":[{"name":"sda1","mountpoints":[null,"/"]}]}]}`))
	f.Add([]byte(`{"blockdevices": [{"name":1,"size":1e9,"rota":true}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := tools.ParseLsblk(data)
		if err != nil {
			return
		}
		var walk func([]tools.BlockDevice)
		walk = func(rows []tools.BlockDevice) {
			for _, row := range rows {
				if row.Name == "" || row.PartNumber < 0 || row.Start%512 != 0 {
					t.Errorf("a row that cannot be: %+v", row)
				}
				walk(row.Children)
			}
		}
		walk(rows)
	})
}

func TestParseIw(t *testing.T) {
	got := tools.ParseIw("Wiphy phy1\n\tmax # scan SSIDs: 20\n\tSupported interface modes:\n\t\t * IBSS\n\t\t * managed\n\t\t * AP\n\t\t * AP/VLAN\n\tBand 1:\n\t\t * 2412.0 MHz [1] (22.0 dBm)\n" +
		"Wiphy phy0\n\tSupported Ciphers:\n\t\t* CCMP-128 (00-0f-ac:4)\n\tSupported interface modes:\n\t\t * managed\n")
	want := map[string][]string{"phy1": {"IBSS", "managed", "AP", "AP/VLAN"}, "phy0": {"managed"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
