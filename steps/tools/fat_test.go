package tools_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// fatImage is the head of a file system that mkfs.fat and mtools made. In each
// are the folders EFI/BOOT, EFI/Microsoft/Boot, EFI/systemd and "EFI/Linux
// Mint 22", a file of 300000 bytes, and one that was deleted.
func fatImage(t testing.TB, name string) []byte {
	t.Helper()
	return unpacked(t, "fat", name)
}

// TestParseFAT compares with the free bytes that mtools counted.
func TestParseFAT(t *testing.T) {
	for name, free := range map[string]uint64{
		"fat12": 3856384, "fat16": 33157120, "fat32-100M": 103720960, "fat32-1G": 1071292416, "fat32-4k": 535359488,
	} {
		got, err := tools.ParseFAT(fatImage(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Free != free || got.Size <= free || got.Size-got.Free < 300000 || got.Size-got.Free > 400000 {
			t.Errorf("%s: %d of %d bytes are free, want %d", name, got.Free, got.Size, free)
		}
		if diff := cmp.Diff([]string{"BOOT", "Linux Mint 22", "Microsoft", "systemd"}, got.Folders); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestParseFATRefuses(t *testing.T) {
	whole := fatImage(t, "fat32-100M")
	change := func(at int, values ...byte) []byte {
		head := bytes.Clone(whole)
		copy(head[at:], values)
		return head
	}
	for name, test := range map[string]struct {
		head []byte
		want string
	}{
		"nothing":                      {nil, "no boot sector"},
		"half a sector":                {whole[:300], "no boot sector"},
		"no signature":                 {change(510, 0, 0), "no boot sector"},
		"NTFS":                         {change(11, 0, 2, 8, 0, 0, 0), "not that of a FAT"},
		"sectors of 3 bytes":           {change(11, 3, 0), "not that of a FAT"},
		"clusters of 3 sectors":        {change(13, 3), "not that of a FAT"},
		"no sectors":                   {change(32, 0, 0, 0, 0), "no room"},
		"a table that was not read":    {whole[:4096], "larger than what was read"},
		"more clusters than its table": {change(32, 0xff, 0xff, 0xff, 0x00), "larger than what was read"},
	} {
		if got, err := tools.ParseFAT(test.head); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func FuzzParseFAT(f *testing.F) {
	f.Add(fatImage(f, "fat12")[:24<<10]) // tables, root and EFI
	f.Add(fatImage(f, "fat32-1G")[:512])
	f.Fuzz(func(t *testing.T, head []byte) {
		got, err := tools.ParseFAT(head)
		if err != nil {
			return
		}
		if got.Free > got.Size {
			t.Errorf("more is free than there is: %+v", got)
		}
		for _, folder := range got.Folders {
			if strings.ContainsAny(folder, "\x00\x1b\n") {
				t.Errorf("a name with control characters: %q", folder)
			}
		}
	})
}

func TestParseSmartctl(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want tools.Health
	}{
		"NVMe":           {`{"smart_status":{"passed":true},"nvme_smart_health_information_log":{"critical_warning":0,"percentage_used":97}}`, tools.Health{Known: true, Wear: 97}},
		"NVMe past it":   {`{"nvme_smart_health_information_log":{"critical_warning":4,"percentage_used":255}}`, tools.Health{Known: true, Wear: 255, Reason: "it has become unreliable"}},
		"ATA SSD":        {`{"smart_status":{"passed":true},"ata_smart_attributes":{"table":[{"id":177,"value":61,"raw":{"value":412}},{"id":9,"value":1}]}}`, tools.Health{Known: true, Wear: 39}},
		"ATA disk":       {`{"smart_status":{"passed":false},"ata_smart_attributes":{"table":[{"id":197,"value":100,"raw":{"value":24}}]}}`, tools.Health{Known: true, Failing: true, Reason: "its own test says that it is failing"}},
		"bad sectors":    {`{"smart_status":{"passed":true},"ata_smart_attributes":{"table":[{"id":197,"value":100,"raw":{"value":24}}]}}`, tools.Health{Known: true, Reason: "24 sectors could not be read"}},
		"new smartctl":   {`{"endurance_used":{"current_percent":12}}`, tools.Health{Known: true, Wear: 12}},
		"asleep":         {`{"smartctl":{"exit_status":2},"power_mode":{"ata_value":0}}`, tools.Health{}},
		"nonsense value": {`{"endurance_used":{"current_percent":-7}}`, tools.Health{Known: true}},
	} {
		got, err := tools.ParseSmartctl([]byte(test.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if _, err := tools.ParseSmartctl([]byte("Smartctl open device failed")); err == nil {
		t.Error("text that is no JSON was read")
	}
}
