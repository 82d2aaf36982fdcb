package derive_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
	"golang.org/x/crypto/ssh"
)

// vectors are known answers that were computed without this code.
type vectors struct {
	Reject []struct{ Mnemonic, Why string }
	Accept []struct {
		Mnemonic, Why string
		SameAs        string `json:"same_as"`
	}
	Vectors []vector
	Edges   struct {
		Mnemonic string
		Keys     []key
	} `json:"leading_zero_edges"`
}

type vector struct {
	Name, Mnemonic, Passphrase string
	ID                         string
	IDEmpty                    string `json:"id_empty_passphrase"`
	Keys                       []key
	LUKS                       []struct{ Label, OKM, Passphrase string }
	WireGuard                  []struct{ Label, Private, Public string }
	Services                   []struct {
		Label  string
		APIKey string `json:"api_key"`
	}
}

type key struct {
	Label, D, X, Y string
	SSHKey         string `json:"ssh_authorized_key"`
	Fingerprint    string `json:"ssh_fingerprint"`
}

func load(t testing.TB) *vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	v := &vectors{}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
	if len(v.Vectors) != 4 || len(v.Reject) != 3 || len(v.Edges.Keys) != 2 {
		t.Fatalf("the vectors are not complete: %d, %d, %d", len(v.Vectors), len(v.Reject), len(v.Edges.Keys))
	}
	return v
}

func root(t testing.TB, phrase, passphrase string) *derive.Root {
	t.Helper()
	m, err := words.Parse(secret.FromString(phrase))
	if err != nil {
		t.Fatal(err)
	}
	r, err := derive.New(m, secret.FromString(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func reveal(s *secret.Secret) (text string) {
	s.Use(func(view []byte) { text = string(view) })
	return text
}

func TestVectors(t *testing.T) {
	for _, v := range load(t).Vectors {
		t.Run(v.Name, func(t *testing.T) {
			r := root(t, v.Mnemonic, v.Passphrase)
			if got := r.IDs(); got.WordsWithPassphrase != v.ID || got.Words != v.IDEmpty {
				t.Errorf("ids %+v, want %s and %s", got, v.IDEmpty, v.ID)
			}
			for _, k := range v.Keys {
				checkKey(t, r, k)
			}
			for _, l := range v.LUKS {
				parts := parse(t, l.Label)
				got, err := r.RecoveryPassphrase(parts.Host, parts.Generation)
				if err != nil || reveal(got) != l.Passphrase {
					t.Errorf("%s: %q, %v", l.Label, reveal(got), err)
				}
			}
			for _, w := range v.WireGuard {
				parts := parse(t, w.Label)
				got, err := r.WireGuard(parts.Host, parts.Generation)
				if err != nil || reveal(got.Private) != w.Private || got.Public != w.Public {
					t.Errorf("%s: %+v, %v", w.Label, got, err)
				}
			}
			for _, s := range v.Services {
				parts := parse(t, s.Label)
				got, err := r.ServiceKey(parts.Host, parts.Service, parts.Generation)
				if err != nil || reveal(got) != s.APIKey {
					t.Errorf("%s: %q, %v", s.Label, reveal(got), err)
				}
			}
		})
	}
}

func TestLeadingZeros(t *testing.T) {
	all := load(t)
	for _, v := range all.Vectors {
		if v.Name == all.Edges.Mnemonic {
			for _, k := range all.Edges.Keys {
				checkKey(t, root(t, v.Mnemonic, v.Passphrase), k)
			}
			return
		}
	}
	t.Fatalf("no vector is named %q", all.Edges.Mnemonic)
}

func parse(t *testing.T, text string) derive.Parts {
	t.Helper()
	_, parts, err := derive.ParseLabel(text)
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func checkKey(t *testing.T, r *derive.Root, want key) {
	t.Helper()
	label, _, err := derive.ParseLabel(want.Label)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := r.P256(label)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString([]byte(reveal(pair.Private()))); got != want.D {
		t.Errorf("%s: d = %s, want %s", want.Label, got, want.D)
	}
	if got := hex.EncodeToString(pair.ECDH().Bytes()); got != "04"+want.X+want.Y {
		t.Errorf("%s: point %s, want 04 %s %s", want.Label, got, want.X, want.Y)
	}
	point, err := pair.ECDSA().Bytes()
	if err != nil || hex.EncodeToString(point) != "04"+want.X+want.Y {
		t.Errorf("%s: the ECDSA key is %x, %v", want.Label, point, err)
	}
	if want.SSHKey == "" {
		return
	}
	public, err := ssh.NewPublicKey(pair.ECDSA())
	if err != nil {
		t.Fatal(err)
	}
	if got := public.Type() + " " + base64.StdEncoding.EncodeToString(public.Marshal()); got != want.SSHKey {
		t.Errorf("%s: %s, want %s", want.Label, got, want.SSHKey)
	}
	if got := ssh.FingerprintSHA256(public); want.Fingerprint != "" && got != want.Fingerprint {
		t.Errorf("%s: %s, want %s", want.Label, got, want.Fingerprint)
	}
}

func TestVectorsRejectAndAccept(t *testing.T) {
	all := load(t)
	for _, c := range all.Reject {
		if m, err := words.Parse(secret.FromString(c.Mnemonic)); err == nil || m != nil {
			t.Errorf("accepted: %s", c.Why)
		}
	}
	for _, c := range all.Accept {
		for _, v := range all.Vectors {
			if v.Name == c.SameAs && root(t, c.Mnemonic, v.Passphrase).IDs() != root(t, v.Mnemonic, v.Passphrase).IDs() {
				t.Errorf("not the same: %s", c.Why)
			}
		}
	}
}

// NFKD is all that happens to a passphrase: blanks and case count.
func TestPassphrase(t *testing.T) {
	phrase := strings.Repeat("abandon ", 23) + "art"
	base := root(t, phrase, "Übung①").IDs()
	if got := root(t, phrase, "U\u0308bung1").IDs(); got != base {
		t.Error("the decomposed form gives other keys")
	}
	for _, other := range []string{"übung①", " Übung①", "Übung① ", "Ubung1"} {
		if got := root(t, phrase, other).IDs(); got.WordsWithPassphrase == base.WordsWithPassphrase || got.Words != base.Words {
			t.Errorf("%q gives %+v", other, got)
		}
	}
}
