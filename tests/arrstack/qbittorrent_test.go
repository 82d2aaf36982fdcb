// Package arrstack tests the helper programs of the media automation as the services start them.
package arrstack

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha512"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

var passwordLine = regexp.MustCompile(`(?m)^WebUI\\Password_PBKDF2="@ByteArray\(([^:]+):([^)]+)\)"$`)

// qBittorrent keeps PBKDF2-HMAC-SHA512 with 100000 rounds, a salt of 16 bytes and a key of 64 bytes
// (src/base/utils/password.cpp of qBittorrent).
func TestQbittorrentPassword(t *testing.T) {
	t.Parallel()
	python := need.Program(t, "python3")
	script := filepath.Join("..", "..", "assets", "flake", "modules", "arr-stack-qbittorrent.py")
	if _, err := os.ReadFile(script); err != nil {
		t.Fatal(err)
	}
	for name, settings := range map[string]string{
		"as the service writes them": "[LegalNotice]\nAccepted=true\n\n[Preferences]\nWebUI\\Username=admin\n",
		"without the section":        "[LegalNotice]\nAccepted=true\n",
		"with an old password":       "[Preferences]\nWebUI\\Password_PBKDF2=\"@ByteArray(old:old)\"\nWebUI\\Username=admin\n\n[Core]\nx=1\n",
		"empty":                      "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "qBittorrent.conf")
			secret := "0123456789abcdef0123456789abcdef"
			for path, text := range map[string]string{file: settings, filepath.Join(dir, "apiKey"): secret + "\n"} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			command := exec.CommandContext(t.Context(), python, "-I", "-B", script, file)
			command.Env = []string{"CREDENTIALS_DIRECTORY=" + dir}
			if output, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found := passwordLine.FindAllSubmatch(text, -1)
			if len(found) != 1 {
				t.Fatalf("%d passwords in\n%s", len(found), text)
			}
			salt, err := base64.StdEncoding.DecodeString(string(found[0][1]))
			if err != nil || len(salt) != 16 {
				t.Fatalf("salt %q: %v", found[0][1], err)
			}
			want, err := pbkdf2.Key(sha512.New, secret, salt, 100_000, 64)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := base64.StdEncoding.DecodeString(string(found[0][2])); err != nil || !bytes.Equal(got, want) {
				t.Errorf("the hash is not the one of the password: %v", err)
			}
			// In its section, and everything else is still there.
			_, section, _ := strings.Cut(string(text), "[Preferences]\n")
			section, _, _ = strings.Cut(section, "\n[")
			if !passwordLine.MatchString(section) {
				t.Errorf("the password is not in [Preferences]:\n%s", text)
			}
			for line := range strings.Lines(settings) {
				if !strings.Contains(line, "Password_PBKDF2") && !strings.Contains(string(text), line) {
					t.Errorf("lost %q", line)
				}
			}
			if strings.Contains(string(text), secret) {
				t.Error("the password stands in the file")
			}
		})
	}
}
