package answers

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

func plainText(s *secret.Secret) string {
	var text string
	s.Use(func(view []byte) { text = string(view) })
	return text
}

func TestSecrets(t *testing.T) {
	given := `{"words": "abandon ability", "wordsPassphrase": "", "diskPassphrase": "correct horse\n",
		"userPassword": "tw\u006f \"quotes\" \\ \u00e9 \ud83d\udd11", "pin": "1234\n\n",
		"wifi.home-net": "psk one", "wifi": {"caf\u00e9": "psk two"}, "services.sonarr": "key", "services": {"radarr": "other"}}` + "\n"
	secrets, err := Secrets(iotest.OneByteReader(strings.NewReader(given)))
	if err != nil {
		t.Fatal(err)
	}
	defer secrets.Wipe()
	for name, want := range map[string]string{
		"words": "abandon ability", "wordsPassphrase": "", "diskPassphrase": "correct horse",
		"userPassword": "two \"quotes\" \\ é 🔑", "pin": "1234\n",
		"wifi.home-net": "psk one", "wifi.café": "psk two", "services.sonarr": "key", "services.radarr": "other",
	} {
		if got := plainText(secrets.Named(name)); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if secrets.Named("wordsPassphrase") == nil {
		t.Error("an empty passphrase that was given counts as not given")
	}
	if secrets.Named("wifi.office") != nil {
		t.Error("a network that was not given has a key")
	}
}

func TestSecretsRefused(t *testing.T) {
	const canary = "hunter2"
	for name, given := range map[string]string{
		"nothing":             "",
		"no object":           `"hunter2"`,
		"a list":              `["hunter2"]`,
		"unknown member":      `{"password": "hunter2"}`,
		"member as its value": `{"hunter2": "x"}`,
		"not a text":          `{"pin": 1234}`,
		"null":                `{"pin": null}`,
		"no end":              `{"pin": "hunter2`,
		"no brace":            `{"pin": "hunter2"`,
		"two objects":         `{"pin": "hunter2"} {}`,
		"twice":               `{"pin": "hunter2", "pin": "hunter2"}`,
		"twice in two forms":  `{"wifi.a": "hunter2", "wifi": {"a": "hunter2"}}`,
		"comma at the end":    `{"pin": "hunter2",}`,
		"no comma":            `{"pin": "hunter2" "words": "x"}`,
		"bad escape":          `{"pin": "hunter2\x"}`,
		"half a pair":         `{"pin": "hunter2\ud83d"}`,
		"nul":                 `{"pin": "hunter2\u0000"}`,
		"line feed":           "{\"pin\": \"hunter2\n\"}",
		"not UTF-8":           "{\"pin\": \"hunter2\xff\"}",
		"empty network":       `{"wifi.": "hunter2"}`,
		"service with a dot":  `{"services.a.b": "hunter2"}`,
		"too deep":            `{"wifi": {"wifi": {"a": "hunter2"}}}`,
		"too long":            `{"pin": "` + strings.Repeat("hunter2", MaxSecrets/7) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			secrets, err := Secrets(strings.NewReader(given))
			if err == nil {
				t.Fatal("accepted")
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error shows a secret: %v", err)
			}
			if secrets.PIN != nil || secrets.Wifi != nil {
				t.Error("something was kept")
			}
		})
	}
	broken := errors.New("broken pipe")
	if _, err := Secrets(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}

// What encoding/json writes is read back, whatever the text.
func TestSecretsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.ReplaceAll(rapid.String().Draw(t, "text"), "\x00", "")
		given, err := json.Marshal(map[string]string{"diskPassphrase": text + "\n"})
		if err != nil {
			t.Fatal(err)
		}
		secrets, err := Secrets(strings.NewReader(string(given)))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		defer secrets.Wipe()
		if got := plainText(secrets.DiskPassphrase); got != text {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

// Where both accept, encoding/json and this reader agree.
func FuzzSecrets(f *testing.F) {
	f.Add(`{"pin": "1234"}`)
	f.Add(`{"wifi": {"a": "\ud83d\udd11"}, "words": "x\n"}`)
	f.Add(`{"services.a": "\u00e9"}`)
	f.Fuzz(func(t *testing.T, given string) {
		secrets, err := Secrets(strings.NewReader(given))
		if err != nil {
			return
		}
		defer secrets.Wipe()
		var value map[string]any
		decoder := json.NewDecoder(strings.NewReader(given))
		if err := decoder.Decode(&value); err != nil {
			t.Fatalf("%q is accepted and is no JSON: %v", given, err)
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			t.Fatalf("%q has a rest", given)
		}
		if text, isText := value["pin"].(string); isText && plainText(secrets.PIN) != strings.TrimSuffix(text, "\n") {
			t.Fatalf("%q became %q", text, plainText(secrets.PIN))
		}
	})
}
