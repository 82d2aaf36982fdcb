package rig_test

import (
	"os"
	"path/filepath"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

// A digest sees every byte of its range and none beside it, and a hole is the
// same as zeros.
func TestDigestOf(t *testing.T) {
	const size, start, length = 1 << 20, 10_000, 300_000
	sum := func(write map[int64]string) string {
		t.Helper()
		file, err := os.Create(filepath.Join(t.TempDir(), "disk"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := file.Truncate(size); err != nil {
			t.Fatal(err)
		}
		for at, text := range write {
			if _, err := file.WriteAt([]byte(text), at); err != nil {
				t.Fatal(err)
			}
		}
		digest, err := rig.DigestOf(file, start, length)
		if err != nil {
			t.Fatal(err)
		}
		return digest
	}
	empty := sum(nil)
	for _, same := range []map[int64]string{
		{200_000: "\x00\x00"},
		{start - 1: "x", start + length: "x"},
	} {
		if sum(same) != empty {
			t.Errorf("%v changes the digest", same)
		}
	}
	seen := map[string]int64{empty: -1}
	for _, at := range []int64{start, start + 1, 12_287, 12_288, 150_000, start + length - 1} {
		digest := sum(map[int64]string{at: "x"})
		if before, ok := seen[digest]; ok {
			t.Errorf("a byte at %d is taken for one at %d", at, before)
		}
		seen[digest] = at
	}
}
