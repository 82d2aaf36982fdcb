package tpmtest

import (
	"os"
	"path/filepath"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/key"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
	"github.com/google/go-tpm/tpm2/transport"
)

// Phrase is the random phrase of the published vectors, made for tests.
const Phrase = "muscle crucial dynamic immense roof raw dirt feed laugh spell clown column kangaroo rocket liberty start dog load approve identify ball mosquito escape panic"

// Root is what Phrase derives.
func Root(t testing.TB) *derive.Root {
	t.Helper()
	m, err := words.Parse(secret.FromString(Phrase))
	if err != nil {
		t.Fatal(err)
	}
	root, err := derive.New(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// Enrol enrols all keys of Phrase for the machine "slax"; pin may be empty.
func (m *Machine) Enrol(t testing.TB, pin string) map[enroll.Slot]enroll.File {
	t.Helper()
	result, err := enroll.Enroll(m, enroll.Request{
		Root: Root(t), Name: "slax", Operator: true, PIN: secret.FromString(pin), Comment: "alice@slax",
	})
	if err != nil {
		t.Fatal(err)
	}
	files := map[enroll.Slot]enroll.File{}
	for _, file := range result.Files {
		files[file.Slot] = file
	}
	return files
}

// Source opens this TPM and knows the PIN. asked counts the questions.
func (m *Machine) Source(pin string, asked *int) key.Source {
	return key.Source{
		Open: func() (transport.TPMCloser, error) { return device.Open(device.SocketStart + m.Socket) },
		PIN: func(string) (*secret.Secret, error) {
			if asked != nil {
				*asked++
			}
			return secret.FromString(pin), nil
		},
	}
}

// Write writes a file into a new folder and gives its path.
func Write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil { //nolint:forbidigo // for tests
		t.Fatal(err)
	}
	return path
}
