package steps_test

import (
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

func TestRedact(t *testing.T) {
	secrets := &steps.Secrets{
		DiskPassphrase: secret.FromString("correct horse"), PIN: secret.FromString("1234"),
		Wifi: map[string]*secret.Secret{"home": secret.FromString("hunter22hunter")},
	}
	defer secrets.Wipe()
	for text, want := range map[string]string{
		"":                                "",
		"nothing of it":                   "nothing of it",
		"bad passphrase: correct horse.":  "bad passphrase: [redacted].",
		"correct horsecorrect horse":      "[redacted][redacted]",
		"xcorrect horsex":                 "x[redacted]x",
		"PIN 1234 is wrong, 1234":         "PIN [redacted] is wrong, [redacted]",
		"12345 of 91234 bytes, 1234":      "12345 of 91234 bytes, [redacted]",
		"psk=hunter22hunter":              "psk=[redacted]",
		"a1234 1234a 12341234 (1234) end": "a1234 1234a 12341234 ([redacted]) end",
	} {
		if got := string(secrets.Redact([]byte(text))); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	var none *steps.Secrets
	if got := none.Redact([]byte("x")); string(got) != "x" {
		t.Errorf("no secrets made %q", got)
	}
}
