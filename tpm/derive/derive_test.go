package derive

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"codeberg.org/mnemonix/mnemonix/tpm/words"
	"pgregory.net/rapid"
)

// The order of the group, SEC 2 / FIPS 186-4 D.1.2.3.
const order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

// sampled runs sample over candidates written in hexadecimal, the last one
// repeated, and gives the scalar that was taken and how many were looked at.
func sampled(t *testing.T, candidates ...string) (string, int, error) {
	t.Helper()
	asked := 0
	pair, err := sample(func(counter byte) (*secret.Secret, error) {
		if int(counter) != asked {
			t.Fatalf("asked for counter %d after %d", counter, asked)
		}
		text := candidates[min(asked, len(candidates)-1)]
		asked++
		raw, err := hex.DecodeString(text)
		return secret.New(raw), err
	})
	if err != nil {
		return "", asked, err
	}
	var taken string
	pair.Private().Use(func(view []byte) { taken = hex.EncodeToString(view) })
	return taken, asked, nil
}

// No label is known whose counter goes beyond 0, so rejection is tested with
// made-up outputs.
func TestRejectionSampling(t *testing.T) {
	zero, one := strings.Repeat("00", 32), strings.Repeat("00", 31)+"01"
	last := order[:62] + "50"
	above := order[:62] + "52"
	ones := strings.Repeat("ff", 32)
	for name, c := range map[string]struct {
		candidates []string
		want       string
		asked      int
	}{
		"smallest":       {[]string{one}, one, 1},
		"largest":        {[]string{last}, last, 1},
		"zero":           {[]string{zero, one}, one, 2},
		"the order":      {[]string{order, last}, last, 2},
		"above":          {[]string{above, ones, zero, one}, one, 4},
		"the last place": {append(repeat(ones, 255), one), one, 256},
	} {
		t.Run(name, func(t *testing.T) {
			got, asked, err := sampled(t, c.candidates...)
			if err != nil || got != c.want || asked != c.asked {
				t.Errorf("took %s after %d, %v", got, asked, err)
			}
		})
	}
	if got, asked, err := sampled(t, ones); err == nil || asked != 256 {
		t.Errorf("256 bad candidates gave %s after %d", got, asked)
	}
}

func repeat(text string, n int) []string {
	return strings.Fields(strings.Repeat(text+" ", n))
}

func TestLabels(t *testing.T) {
	good := func(l Label, err error) string {
		if err != nil {
			return err.Error()
		}
		return l.String()
	}
	for want, got := range map[string]string{
		"mnemonix/v1/user/ssh":                 good(User(SSH, 0)),
		"mnemonix/v1/user/age":                 good(User(Age, 0)),
		"mnemonix/v1/user/sign@2":              good(User(Sign, 2)),
		"mnemonix/v1/host/snix/ssh":            good(Host("snix", SSH, 0)),
		"mnemonix/v1/host/a/age@15":            good(Host("a", Age, 15)),
		"mnemonix/v1/host/h-1/luks":            good(Host("h-1", LUKS, 0)),
		"mnemonix/v1/host/1/wireguard@1":       good(Host("1", WireGuard, 1)),
		"mnemonix/v1/host/snix/service/sonarr": good(Service("snix", "sonarr", 0)),
		"mnemonix/v1/host/snix/service/a-1@3":  good(Service("snix", "a-1", 3)),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if l, parts, err := ParseLabel(want); err != nil || l.String() != want || parts == (Parts{}) {
			t.Errorf("ParseLabel(%s) = %s, %+v, %v", want, l, parts, err)
		}
	}
	bad := func(_ Label, err error) error { return err }
	for name, err := range map[string]error{
		"user luks":      bad(User(LUKS, 0)),
		"user wireguard": bad(User(WireGuard, 0)),
		"host sign":      bad(Host("snix", Sign, 0)),
		"made up":        bad(User("gpg", 0)),
		"empty host":     bad(Host("", SSH, 0)),
		"capitals":       bad(Host("Snix", SSH, 0)),
		"hyphen first":   bad(Host("-a", SSH, 0)),
		"hyphen last":    bad(Host("a-", SSH, 0)),
		"dot":            bad(Host("a.b", SSH, 0)),
		"slash":          bad(Host("a/service", SSH, 0)),
		"at":             bad(Host("a@1", SSH, 0)),
		"line feed":      bad(Host("a\n", SSH, 0)),
		"64 letters":     bad(Host(strings.Repeat("a", 64), SSH, 0)),
		"empty service":  bad(Service("a", "", 0)),
		"service slash":  bad(Service("a", "b/c", 0)),
		"service at":     bad(Service("a", "b@1", 0)),
		"negative":       bad(User(SSH, -1)),
		"far":            bad(User(SSH, MaxGeneration+1)),
	} {
		if !errors.Is(err, ErrLabel) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := CheckName(strings.Repeat("a", 63)); err != nil {
		t.Error(err)
	}
}

func FuzzParseLabel(f *testing.F) {
	for _, seed := range []string{
		"mnemonix/v1/user/ssh@1", "mnemonix/v1/host/h/service/s", "mnemonix/v1/id", "mnemonix/v2/user/ssh",
		"mnemonix/v1/user/ssh@0", "mnemonix/v1/user/ssh@01", "mnemonix/v1/user/ssh@+1", "mnemonix/v1/user/ssh@", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, _, err := ParseLabel(text)
		if err == nil && l.String() != text {
			t.Fatalf("%q was read as %q", text, l)
		}
		if err != nil && (!errors.Is(err, ErrLabel) || l != Label{}) {
			t.Fatalf("%q: %v, %v", text, l, err)
		}
	})
}

// Any words and any host name give valid keys, all of them distinct.
func TestKeysAreDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		phrase, err := words.Generate(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "extra"))
		if err != nil {
			t.Fatal(err)
		}
		passphrase := secret.FromString(rapid.String().Draw(t, "passphrase"))
		r, err := New(phrase, passphrase)
		if err != nil {
			t.Fatal(err)
		}
		name := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`).Draw(t, "name")
		seen := map[string]string{}
		add := func(label string, s *secret.Secret, err error) {
			if err != nil {
				t.Fatalf("%s: %v", label, err)
			}
			s.Use(func(view []byte) {
				if before, found := seen[string(view)]; found {
					t.Fatalf("%s and %s are the same", label, before)
				}
				seen[string(view)] = label
			})
		}
		for generation := range 2 {
			for _, purpose := range []Purpose{SSH, Age, Sign} {
				label, err := User(purpose, generation)
				if err != nil {
					t.Fatal(err)
				}
				pair, err := r.P256(label)
				if err != nil {
					t.Fatal(err)
				}
				add(label.String(), pair.Private(), nil)
			}
			for _, purpose := range []Purpose{SSH, Age} {
				label, err := Host(name, purpose, generation)
				if err != nil {
					t.Fatal(err)
				}
				pair, err := r.P256(label)
				if err != nil {
					t.Fatal(err)
				}
				add(label.String(), pair.Private(), nil)
			}
			luks, err := r.RecoveryPassphrase(name, generation)
			add("luks", luks, err)
			wireguard, err := r.WireGuard(name, generation)
			add("wireguard", wireguard.Private, err)
			service, err := r.ServiceKey(name, "ssh", generation)
			add("service", service, err)
		}
	})
}

// Deriving does not change what it derives from.
func TestDerivingTwice(t *testing.T) {
	phrase, err := words.Generate(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "x", "ǀ", "Übung①", strings.Repeat("long ", 60)} {
		passphrase := secret.FromString(text)
		first, err := New(phrase, passphrase)
		if err != nil {
			t.Fatal(err)
		}
		second, err := New(phrase, passphrase)
		if err != nil || first.IDs() != second.IDs() || !passphrase.Equal(secret.FromString(text)) {
			t.Errorf("%q: the second derivation differs: %v", text, err)
		}
	}
}

func TestWipedRootGivesNoKeys(t *testing.T) {
	phrase, err := words.Generate(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(phrase, nil)
	if err != nil {
		t.Fatal(err)
	}
	label, _ := User(SSH, 0)
	pair, err := r.P256(label)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", r, r, r), fmt.Sprintf("%v %+v %#v %x", pair, pair, pair, pair)} {
		if !strings.Contains(text, "[redacted]") || strings.Contains(text, "0x") {
			t.Errorf("prints %s", text)
		}
	}
	if _, err := pair.Signer(); err != nil {
		t.Error(err)
	}
	r.Wipe()
	pair.Wipe()
	if _, err := r.P256(label); err == nil {
		t.Error("a wiped root gave a key")
	}
	if _, err := r.P256(Label{}); err == nil {
		t.Error("the empty label gave a key")
	}
	if _, err := pair.Signer(); err == nil {
		t.Error("a wiped pair gave a signer")
	}
	phrase.Wipe()
	if _, err := New(phrase, nil); err == nil {
		t.Error("wiped words gave a root")
	}
}

// All keys of a host, without PBKDF2: must stay below 10 ms.
func BenchmarkAllKeysOfHost(b *testing.B) {
	phrase, err := words.Generate(nil)
	if err != nil {
		b.Fatal(err)
	}
	r, err := New(phrase, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, make := range []func() (Label, error){
			func() (Label, error) { return User(SSH, 0) },
			func() (Label, error) { return User(Age, 0) },
			func() (Label, error) { return User(Sign, 0) },
			func() (Label, error) { return Host("snix", SSH, 0) },
			func() (Label, error) { return Host("snix", Age, 0) },
		} {
			label, err := make()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := r.P256(label); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := r.RecoveryPassphrase("snix", 0); err != nil {
			b.Fatal(err)
		}
		if _, err := r.WireGuard("snix", 0); err != nil {
			b.Fatal(err)
		}
		for _, service := range []string{"sonarr", "radarr", "lidarr", "prowlarr"} {
			if _, err := r.ServiceKey("snix", service, 0); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkRoot(b *testing.B) {
	phrase, err := words.Generate(nil)
	if err != nil {
		b.Fatal(err)
	}
	passphrase := secret.FromString("TREZOR")
	for b.Loop() {
		if _, err := New(phrase, passphrase); err != nil {
			b.Fatal(err)
		}
	}
}
