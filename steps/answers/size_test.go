package answers

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]uint64{
		"1B": 1, "512B": 512, "1kB": 1000, "1KiB": 1024, "512MiB": 512 << 20, "30GB": 30e9,
		"32GiB": 32 << 30, "2TB": 2e12, "1TiB": 1 << 40, "7PiB": 7 << 50, "8191PiB": 8191 << 50,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "1", "GiB", "0GiB", "01GiB", "-1GiB", "+1GiB", "1.5GiB", "1 GiB", " 1GiB", "1GiB ", "1gib", "1G", "1K", "1KB",
		"1e3B", "0x10B", "1GiBB", "8192PiB", "18446744073709551616B", "99999999999999999999PiB", "٣GiB", "auto", "1GiB\n",
	} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q: accepted as %d", text, got)
		}
	}
}

func TestFormatSizeReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Uint64Range(1, 1<<63-1).Draw(t, "size")
		if rapid.Bool().Draw(t, "round") {
			size = size >> 40 << 30 & (1<<63 - 1)
		}
		if size == 0 {
			return
		}
		if got, err := ParseSize(FormatSize(size)); err != nil || got != size {
			t.Fatalf("%d is written %s and read %d, %v", size, FormatSize(size), got, err)
		}
	})
}

func FuzzParseSize(f *testing.F) {
	for _, text := range []string{"32GiB", "30GB", "1B", "9223372036854775807B", "0B", "1.5GiB", "8191PiB"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		size, err := ParseSize(text)
		if err != nil {
			if size != 0 || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%d with the error %q", size, err)
			}
			return
		}
		if size == 0 || size > 1<<63-1 {
			t.Fatalf("%q is %d", text, size)
		}
		again, err := ParseSize(FormatSize(size))
		if err != nil || again != size {
			t.Fatalf("%q is %d, written %q and read %d, %v", text, size, FormatSize(size), again, err)
		}
	})
}
