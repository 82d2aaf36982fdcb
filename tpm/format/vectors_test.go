package format_test

import (
	"encoding/json"
	"os"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// The recipients, SSH lines and fingerprints of the known answers, through the
// very functions that write our files.
func TestKnownAnswers(t *testing.T) {
	data, err := os.ReadFile("../derive/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var known struct {
		Vectors []struct {
			Mnemonic, Passphrase string
			Keys                 []struct {
				Label, Age1tag, Age1tpm string
				SSH                     string `json:"ssh_authorized_key"`
				Fingerprint             string `json:"ssh_fingerprint"`
			}
		}
	}
	if err := json.Unmarshal(data, &known); err != nil {
		t.Fatal(err)
	}
	recipients, lines := 0, 0
	for _, v := range known.Vectors {
		m, err := words.Parse(secret.FromString(v.Mnemonic))
		if err != nil {
			t.Fatal(err)
		}
		root, err := derive.New(m, secret.FromString(v.Passphrase))
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range v.Keys {
			label, _, err := derive.ParseLabel(k.Label)
			if err != nil {
				t.Fatal(err)
			}
			pair, err := root.P256(label)
			if err != nil {
				t.Fatal(err)
			}
			if k.Age1tag != "" {
				recipients++
				if got := format.AgeRecipient(pair.ECDH()); got != k.Age1tag {
					t.Errorf("%s: %s, want %s", k.Label, got, k.Age1tag)
				}
				if got := format.AgeRecipientTPM(pair.ECDH()); got != k.Age1tpm {
					t.Errorf("%s: %s, want %s", k.Label, got, k.Age1tpm)
				}
			}
			if k.SSH != "" {
				lines++
				if got, err := format.SSHPublic(pair.ECDSA(), ""); err != nil || got != k.SSH {
					t.Errorf("%s: %s, %v", k.Label, got, err)
				}
				if got, err := format.SSHFingerprint(pair.ECDSA()); err != nil || got != k.Fingerprint {
					t.Errorf("%s: %s, %v", k.Label, got, err)
				}
			}
		}
	}
	if recipients < 10 || lines < 10 {
		t.Fatalf("only %d recipients and %d SSH keys were compared", recipients, lines)
	}
}
