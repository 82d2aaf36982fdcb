package tools_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// windowsImage is an NTFS file system of 12 MiB that mkntfs and ntfs-3g made,
// without its table of capitals. In each are 60 files in the root folder and
// 60 in Windows, so that both spread over several blocks. On win11 a Windows
// sleeps; the one on win10 was woken, and its clusters have 512 bytes.
func windowsImage(t testing.TB, name string) []byte {
	t.Helper()
	return unpacked(t, "ntfs", name)
}

// unpacked is the head of a device of that kind and name in testdata.
func unpacked(t testing.TB, kind, name string) []byte {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join("testdata", kind, name+".img.gz"))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

// readFrom reads a device that is in memory, and counts the bytes.
func readFrom(device []byte, count *uint64) tools.ReadAt {
	return func(offset, size uint64) ([]byte, error) {
		*count += size
		length := uint64(len(device))
		if offset > length {
			return nil, io.EOF
		}
		return bytes.Clone(device[offset:min(length, offset+size)]), nil
	}
}

func lookInto(device []byte) (tools.NTFS, error) {
	var count uint64
	return tools.LookIntoNTFS(readFrom(device, &count))
}

func TestLookIntoNTFS(t *testing.T) {
	win11, win10 := windowsImage(t, "win11"), windowsImage(t, "win10")
	replaced := func(image []byte, old, new string) []byte {
		if count := bytes.Count(image, []byte(old)); count != 1 {
			t.Fatalf("%q is %d times in the image", old, count)
		}
		return bytes.Replace(image, []byte(old), []byte(new), 1)
	}
	for name, test := range map[string]struct {
		device []byte
		want   tools.NTFS
	}{
		"asleep":           {win11, tools.NTFS{Hibernated: true, Build: "10.0.26100"}},
		"asleep, capitals": {replaced(win11, "hibr", "HIBR"), tools.NTFS{Hibernated: true, Build: "10.0.26100"}},
		"never slept":      {replaced(win11, "hibr", "\x00\x00\x00\x00"), tools.NTFS{Build: "10.0.26100"}},
		"woken":            {win10, tools.NTFS{Build: "10.0.19041"}},
		"dirty":            {dirty(t, win10), tools.NTFS{Dirty: true, Build: "10.0.19041"}},
	} {
		var count uint64
		got, err := tools.LookIntoNTFS(readFrom(test.device, &count))
		if err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, test.want)
		}
		if count > 128<<10 {
			t.Errorf("%s: %d bytes were read for it", name, count)
		}
	}
}

// dirty sets the flag in $VOLUME_INFORMATION, which holds the version 3.1.
func dirty(t *testing.T, image []byte) []byte {
	t.Helper()
	changed := bytes.Clone(image)
	mark := []byte("\x00\x00\x00\x00\x00\x00\x00\x00\x03\x01\x00\x00\x00\x00\x00\x00")
	start := bytes.Index(changed, []byte("\x70\x00\x00\x00\x28\x00\x00\x00")) // the attribute's head
	at := start + bytes.Index(changed[start:], mark)
	if start < 0 || at < start {
		t.Fatal("the image has no flags of the volume")
	}
	changed[at+10] |= 1
	return changed
}

func TestLookIntoNTFSRefuses(t *testing.T) {
	whole := windowsImage(t, "win11")
	change := func(at int, values ...byte) []byte {
		device := bytes.Clone(whole)
		copy(device[at:], values)
		return device
	}
	table := bytes.Index(whole, []byte("FILE0"))
	for name, test := range map[string]struct {
		device []byte
		want   string
	}{
		"nothing":               {nil, "no boot sector"},
		"FAT":                   {change(3, []byte("MSDOS5.0")...), "no boot sector"},
		"sectors of 3 bytes":    {change(11, 3, 0), "sectors have no size"},
		"clusters of 3 sectors": {change(13, 3), "clusters have no size"},
		"huge clusters":         {change(13, 0x81), "clusters have no size"},
		"no size":               {change(0x28, 0, 0, 0, 0, 0, 0, 0, 0), "no size"},
		"records of 1 byte":     {change(0x40, 0xff), "records of its table"},
		"a table elsewhere":     {change(0x30, 0xff, 0xff, 0xff, 0x7f), "beyond the end"},
		"a table that is none":  {change(table, []byte("BAAD")...), "no record"},
		"half written":          {change(table+510, 0x5a, 0x5a), "written by half"},
		"cut short":             {whole[:table+100], "ends before it"},
	} {
		if got, err := lookInto(test.device); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	broken := errors.New("input/output error")
	if _, err := tools.LookIntoNTFS(func(uint64, uint64) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("a device that cannot be read: %v", err)
	}
}

// TestBrokenNTFS changes bytes of the tables: what comes back may be an error,
// but never a panic, and never more reading than there is.
func TestBrokenNTFS(t *testing.T) {
	whole := windowsImage(t, "win10")
	table := bytes.Index(whole, []byte("FILE0"))
	rapid.Check(t, func(t *rapid.T) {
		device := bytes.Clone(whole)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			at := rapid.OneOf(rapid.IntRange(11, 0x48), rapid.IntRange(table, table+64<<10), rapid.IntRange(0, len(whole)-1)).Draw(t, "at")
			device[at] = rapid.Byte().Draw(t, "value")
		}
		var count uint64
		_, _ = tools.LookIntoNTFS(readFrom(device, &count))
		if count > 64<<20 {
			t.Fatalf("%d bytes were read", count)
		}
	})
}

func FuzzLookIntoNTFS(f *testing.F) {
	f.Add(windowsImage(f, "win10")[:64<<10])
	f.Add([]byte("\xebR\x90NTFS    "))
	f.Fuzz(func(_ *testing.T, device []byte) {
		got, err := lookInto(device)
		if err != nil && got != (tools.NTFS{}) {
			panic("both an answer and an error")
		}
	})
}

func TestWindowsName(t *testing.T) {
	for build, want := range map[string]string{
		"10.0.26100": "Windows 11", "10.0.22000": "Windows 11", "10.0.19041": "Windows 10", "6.1.7601": "Windows 7", "6.3.9600": "Windows 8.1", "": "Windows", "x": "Windows",
	} {
		if got := tools.WindowsName(build); got != want {
			t.Errorf("%q: got %q, want %q", build, got, want)
		}
	}
}
