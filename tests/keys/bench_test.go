package keys

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// BenchmarkShow is the time from starting keys show to its first byte, with
// PBKDF2 and everything else that comes before.
func BenchmarkShow(b *testing.B) {
	program, words := need.Built(b, "."), filepath.Join(b.TempDir(), "words")
	if err := os.WriteFile(words, []byte(phrase), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		input, err := os.Open(words)
		if err != nil {
			b.Fatal(err)
		}
		command := exec.Command(program, "keys", "show", "--host", "snix", "--words-fd", "3")
		command.ExtraFiles = []*os.File{input}
		output, err := command.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(output, make([]byte, 1)); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		_, _ = io.Copy(io.Discard, output)
		if err := command.Wait(); err != nil {
			b.Fatal(err)
		}
		_ = input.Close()
		b.StartTimer()
	}
}
