package format_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The phrase of the published vectors that is made for tests.
const phrase = "muscle crucial dynamic immense roof raw dirt feed laugh spell clown column kangaroo rocket liberty start dog load approve identify ball mosquito escape panic"

func root(t testing.TB) *derive.Root {
	t.Helper()
	m, err := words.Parse(secret.FromString(phrase))
	if err != nil {
		t.Fatal(err)
	}
	r, err := derive.New(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func pair(t testing.TB, label derive.Label, err error) *derive.KeyPair {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	p, err := root(t).P256(label)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func userKey(t testing.TB, purpose derive.Purpose) *derive.KeyPair {
	label, err := derive.User(purpose, 0)
	return pair(t, label, err)
}

func hostKey(t testing.TB, purpose derive.Purpose) *derive.KeyPair {
	label, err := derive.Host("slax", purpose, 0)
	return pair(t, label, err)
}

// wrapped stands for what a TPM made: it is random in life and fixed here.
func wrapped(length int) []byte {
	b := []byte{byte(length >> 8), byte(length)}
	for i := range length {
		b = append(b, byte(i*7))
	}
	return b
}

func tss2(t testing.TB, purpose derive.Purpose, pin bool) *format.TSS2Key {
	t.Helper()
	o, err := object.New(object.Signing, userKey(t, purpose).ECDH(), pin)
	if err != nil {
		t.Fatal(err)
	}
	return &format.TSS2Key{
		Description: "alice@slax", EmptyAuth: !pin, Parent: uint32(object.ParentHandle),
		Public: o.Sized(), Private: wrapped(126),
	}
}

func ageIdentity(t testing.TB, pin bool) *format.AgeTPMIdentity {
	t.Helper()
	o, err := object.New(object.Agreement, hostKey(t, derive.Age).ECDH(), pin)
	if err != nil {
		t.Fatal(err)
	}
	return &format.AgeTPMIdentity{PIN: pin, Public: o.Sized(), Private: wrapped(126), ParentName: wrapped(34)}
}

// Every format that has no random part, byte for byte.
func TestGolden(t *testing.T) {
	marshal := func(text []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	line := func(text string, err error) []byte { return marshal([]byte(text+"\n"), err) }
	label, err := derive.Host("slax", derive.LUKS, 1)
	if err != nil {
		t.Fatal(err)
	}
	public, err := format.NewPublicKeys(root(t), "slax", format.Generations{"mnemonix/v1/host/slax/age": 1})
	if err != nil {
		t.Fatal(err)
	}
	public.SRK = format.NewStorageKey(append([]byte{0, 0x0b}, wrapped(30)...))
	var software []byte
	scalar := hostKey(t, derive.Age)
	format.AgeSoftwareFile(scalar.ECDH(), scalar.Private()).Use(func(view []byte) { software = bytes.Clone(view) })
	for name, got := range map[string][]byte{
		"ssh.tpm":              marshal(tss2(t, derive.SSH, false).Marshal()),
		"ssh-pin.tpm":          marshal(tss2(t, derive.SSH, true).Marshal()),
		"ssh.pub":              line(format.SSHPublic(userKey(t, derive.SSH).ECDSA(), "alice@slax")),
		"age-identity.txt":     ageIdentity(t, false).File(hostKey(t, derive.Age).ECDH()),
		"age-identity-pin.txt": ageIdentity(t, true).File(hostKey(t, derive.Age).ECDH()),
		"age-software.txt":     software,
		"token-recovery.json":  marshal(format.RecoveryToken(1)),
		"token-mnemonix.json":  marshal((&format.LUKSToken{Keyslot: 1, Label: label, IDs: root(t).IDs()}).Marshal()),
		"keys-slax.json":       marshal(public.Marshal()),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
