package format_test

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/pem"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/internal/tpmtest"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"filippo.io/age"
	"filippo.io/age/plugin"
	"filippo.io/age/tag"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
	"pgregory.net/rapid"
)

func reveal(s *secret.Secret) (text string) {
	s.Use(func(view []byte) { text = string(view) })
	return text
}

func TestTSS2RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := &format.TSS2Key{
			Description: rapid.String().Draw(t, "description"),
			EmptyAuth:   rapid.Bool().Draw(t, "empty auth"),
			Parent:      rapid.Uint32().Draw(t, "parent"),
			Public:      wrapped(rapid.IntRange(1, 600).Draw(t, "public")),
			Private:     wrapped(rapid.IntRange(1, 600).Draw(t, "private")),
		}
		file, err := key.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := format.ParseTSS2(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(key, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestTSS2Refuses(t *testing.T) {
	good, err := tss2(t, derive.SSH, false).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(good)
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for name, file := range map[string]string{
		"empty":           "",
		"no PEM":          "hello",
		"another type":    encode("PRIVATE KEY", block.Bytes),
		"torn":            string(good[:len(good)/2]),
		"no end":          strings.Replace(string(good), "-----END TSS2 PRIVATE KEY-----", "", 1),
		"torn inside":     encode("TSS2 PRIVATE KEY", block.Bytes[:len(block.Bytes)-1]),
		"more inside":     encode("TSS2 PRIVATE KEY", append(bytes.Clone(block.Bytes), 0)),
		"more after":      string(good) + "x",
		"two":             string(good) + string(good),
		"text before":     "x\n" + string(good),
		"headers":         strings.Replace(string(good), "KEY-----\n", "KEY-----\nA: b\n\n", 1),
		"importable":      encode("TSS2 PRIVATE KEY", bytes.Replace(block.Bytes, []byte{0x0a, 0x01, 0x03}, []byte{0x0a, 0x01, 0x04}, 1)),
		"wrong size":      encode("TSS2 PRIVATE KEY", bytes.Replace(block.Bytes, wrapped(126)[:4], []byte{0, 125, 0, 7}, 1)),
		"empty sequence":  encode("TSS2 PRIVATE KEY", []byte{0x30, 0}),
		"an integer only": encode("TSS2 PRIVATE KEY", []byte{2, 1, 1}),
	} {
		if key, err := format.ParseTSS2([]byte(file)); !errors.Is(err, format.ErrTSS2) {
			t.Errorf("%s: %+v, %v", name, key, err)
		}
	}
	bad := *tss2(t, derive.SSH, false)
	bad.Private = bad.Private[:10]
	if _, err := bad.Marshal(); err == nil {
		t.Error("a torn TPM2B_PRIVATE was written")
	}
	bad = *tss2(t, derive.SSH, false)
	bad.Description = "\xff"
	if _, err := bad.Marshal(); err == nil {
		t.Error("a description in no UTF-8 was written")
	}
}

// age itself reads our recipients, and what it encrypts names our key.
func TestRecipientIsAges(t *testing.T) {
	key := hostKey(t, derive.Age).ECDH()
	theirs, err := tag.ParseRecipient(format.AgeRecipient(key))
	if err != nil {
		t.Fatal(err)
	}
	if theirs.String() != format.AgeRecipient(key) {
		t.Errorf("age writes %s", theirs)
	}
	for _, text := range []string{format.AgeRecipient(key), format.AgeRecipientTPM(key)} {
		if got, err := format.ParseAgeRecipient(text); err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", text, err)
		}
	}
	x25519, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	compressed := theirs.Bytes()
	off := bytes.Clone(compressed)
	for { // to an X that is on no point
		if _, err := tag.NewClassicRecipient(off); err != nil {
			break
		}
		off[32]++
	}
	for name, text := range map[string]string{
		"empty":        "",
		"x25519":       x25519.Recipient().String(),
		"other plugin": plugin.EncodeRecipient("yubikey", compressed),
		"short":        plugin.EncodeRecipient("tag", compressed[:32]),
		"long":         plugin.EncodeRecipient("tag", append(bytes.Clone(compressed), 0)),
		"off curve":    plugin.EncodeRecipient("tag", off),
		"checksum":     strings.Replace(theirs.String(), "1q", "1p", 1),
	} {
		if _, err := format.ParseAgeRecipient(text); !errors.Is(err, format.ErrAge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAgeTPMIdentity(t *testing.T) {
	for _, pin := range []bool{false, true} {
		identity := ageIdentity(t, pin)
		lines := format.IdentityLines(identity.File(hostKey(t, derive.Age).ECDH()))
		if len(lines) != 1 || lines[0] != identity.String() {
			t.Fatalf("lines %q", lines)
		}
		again, err := format.ParseAgeTPMIdentity(lines[0])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(identity, again); diff != "" {
			t.Error(diff)
		}
		_, data, err := plugin.ParseIdentity(lines[0])
		if err != nil {
			t.Fatal(err)
		}
		for cut := range data {
			if got, err := format.ParseAgeTPMIdentityData(data[:cut]); !errors.Is(err, format.ErrAge) {
				t.Fatalf("cut to %d bytes: %+v, %v", cut, got, err)
			}
		}
		for what, bad := range map[string][]byte{
			"more after": append(bytes.Clone(data), 0),
			"version 1":  append([]byte{1}, data[1:]...),
			"PIN flag 2": append([]byte{2, 2}, data[2:]...),
		} {
			if _, err := format.ParseAgeTPMIdentityData(bad); !errors.Is(err, format.ErrAge) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if _, err := format.ParseAgeTPMIdentity(plugin.EncodeIdentity("yubikey", []byte{2, 0})); !errors.Is(err, format.ErrAge) {
		t.Error("another plugin's identity was read")
	}
}

func TestAgeSoftwareIdentity(t *testing.T) {
	key := hostKey(t, derive.Age)
	file := format.AgeSoftwareFile(key.ECDH(), key.Private())
	lines := format.IdentityLines([]byte(reveal(file)))
	if len(lines) != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	name, data, err := plugin.ParseIdentity(lines[0])
	if err != nil || name != format.PluginSoftware {
		t.Fatalf("plugin %q, %v", name, err)
	}
	scalar, err := format.ParseAgeSoftwareData(data)
	if err != nil || !scalar.Equal(key.Private()) {
		t.Fatalf("the scalar came back differently: %v", err)
	}
	for _, bad := range [][]byte{nil, data[:32], append([]byte{2}, data[1:]...), append(bytes.Clone(data), 0)} {
		if _, err := format.ParseAgeSoftwareData(bad); !errors.Is(err, format.ErrAge) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	protected, err := format.AgeEncryptedFile(file, secret.FromString("hunter2"), 10)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(protected, []byte("age-encryption.org/v1\n-> scrypt ")) {
		t.Errorf("begins with %q", protected[:40])
	}
	opened, err := format.OpenAgeEncryptedFile(protected, secret.FromString("hunter2"))
	if err != nil || !opened.Equal(file) {
		t.Errorf("opened differently: %v", err)
	}
	if _, err := format.OpenAgeEncryptedFile(protected, secret.FromString("hunter3")); err == nil {
		t.Error("opened with a wrong passphrase")
	}
	if _, err := format.AgeEncryptedFile(file, nil, 10); err == nil {
		t.Error("protected with an empty passphrase")
	}
}

func TestSSH(t *testing.T) {
	key := userKey(t, derive.SSH)
	line, err := format.SSHPublic(key.ECDSA(), "alice@slax")
	if err != nil {
		t.Fatal(err)
	}
	again, comment, err := format.ParseSSHPublic(line)
	if err != nil || !again.Equal(key.ECDSA()) || comment != "alice@slax" {
		t.Errorf("%v, %q, %v", again, comment, err)
	}
	if _, err := format.SSHPublic(key.ECDSA(), "a\nssh-ed25519 AAAA"); err == nil {
		t.Error("a comment added a second line")
	}
	for name, bad := range map[string]string{
		"empty": "", "options": "no-pty " + line, "two": line + "\n" + line, "torn": line[:60],
		"ed25519": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHV3VvFdQcyZQzCLqlAFpTHKlyGSbpvO9VNTmfXQTJEh",
	} {
		if _, _, err := format.ParseSSHPublic(bad); !errors.Is(err, format.ErrSSH) {
			t.Errorf("%s: %v", name, err)
		}
	}
	signer, err := key.Signer()
	if err != nil {
		t.Fatal(err)
	}
	file, err := format.SSHPrivate(signer, "alice@slax", nil)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ssh.ParseRawPrivateKey([]byte(reveal(file)))
	if err != nil {
		t.Fatal(err)
	}
	if private, ok := parsed.(*ecdsa.PrivateKey); !ok || !private.Equal(signer) {
		t.Errorf("came back as %T", parsed)
	}
}

// OpenSSH itself opens a protected key with its passphrase and not without.
func TestSSHProtectedKey(t *testing.T) {
	program := tpmtest.Tool(t, "ssh-keygen")
	key := userKey(t, derive.SSH)
	signer, err := key.Signer()
	if err != nil {
		t.Fatal(err)
	}
	file, err := format.SSHPrivate(signer, "alice@slax", secret.FromString("hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	path := tpmtest.Write(t, "id_ecdsa", []byte(reveal(file)))
	want, err := format.SSHPublic(key.ECDSA(), "alice@slax")
	if err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command(program, "-y", "-P", "hunter2", "-f", path).Output()
	if err != nil || string(got) != want+"\n" {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := exec.Command(program, "-y", "-P", "hunter3", "-f", path).Output(); err == nil {
		t.Errorf("a wrong passphrase gave %s", got)
	}
}

func TestLUKSTokens(t *testing.T) {
	label, err := derive.Host("slax", derive.LUKS, 2)
	if err != nil {
		t.Fatal(err)
	}
	token := &format.LUKSToken{Keyslot: 31, Label: label, IDs: root(t).IDs()}
	text, err := token.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := format.ParseLUKSToken(text)
	if err != nil || *again != *token {
		t.Fatalf("%+v, %v", again, err)
	}
	// cryptsetup prints members in its own order and with blanks.
	shuffled := fmt.Sprintf(`{ "ids": [ %q, %q ], "label":"%s", "keyslots":["31"], "type":"mnemonix" }`+"\n", token.IDs.Words, token.IDs.WordsWithPassphrase, label)
	if again, err := format.ParseLUKSToken([]byte(shuffled)); err != nil || *again != *token {
		t.Errorf("%+v, %v", again, err)
	}
	for name, bad := range map[string]string{
		"empty":          "",
		"null":           "null",
		"list":           "[]",
		"recovery":       `{"type":"systemd-recovery","keyslots":["1"]}`,
		"unknown member": strings.Replace(string(text), `"type"`, `"x":1,"type"`, 1),
		"no slots":       strings.Replace(string(text), `["31"]`, `null`, 1),
		"slot 32":        strings.Replace(string(text), `"31"`, `"32"`, 1),
		"slot 031":       strings.Replace(string(text), `"31"`, `"031"`, 1),
		"two slots":      strings.Replace(string(text), `"31"`, `"30","31"`, 1),
		"ssh label":      strings.Replace(string(text), `/luks`, `/ssh`, 1),
		"one id":         strings.Replace(string(text), `,"`+token.IDs.Words+`"`, ``, 1),
		"capital id":     strings.Replace(string(text), token.IDs.Words, strings.ToUpper(token.IDs.Words), 1),
		"more after":     string(text) + "x",
	} {
		if got, err := format.ParseLUKSToken([]byte(bad)); !errors.Is(err, format.ErrToken) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	unassigned := *token
	unassigned.Keyslot = format.NoKeyslot
	text, err = unassigned.Marshal()
	if err != nil || !strings.Contains(string(text), `"keyslots":[],`) {
		t.Errorf("%s, %v", text, err)
	}
	if again, err := format.ParseLUKSToken(text); err != nil || *again != unassigned {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := format.RecoveryToken(format.NoKeyslot); err == nil {
		t.Error("wrote a token for no slot")
	}
	for _, slot := range []int{-2, 32} {
		if _, err := format.RecoveryToken(slot); err == nil {
			t.Errorf("wrote a token for slot %d", slot)
		}
		if _, err := (&format.LUKSToken{Keyslot: slot, Label: label}).Marshal(); err == nil {
			t.Errorf("wrote our token for slot %d", slot)
		}
	}
}

func TestPublicKeys(t *testing.T) {
	keys, err := format.NewPublicKeys(root(t), "slax", nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := keys.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := format.ParsePublicKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keys, again); diff != "" {
		t.Error(diff)
	}
	other, err := format.NewPublicKeys(root(t), "slax", format.Generations{
		"mnemonix/v1/host/slax/ssh": 1, "mnemonix/v1/host/slax/age": 1, "mnemonix/v1/host/slax/wireguard": 1,
		"mnemonix/v1/user/ssh": 1, "mnemonix/v1/user/age": 1, "mnemonix/v1/user/sign": 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if other.Host.SSH == keys.Host.SSH || other.Host.Age == keys.Host.Age || other.Host.WireGuard == keys.Host.WireGuard ||
		other.User.SSH == keys.User.SSH || other.User.Age == keys.User.Age || other.User.Sign == keys.User.Sign {
		t.Error("a generation changed nothing")
	}
	replace := func(old, with string) string {
		if !strings.Contains(string(text), old) {
			t.Fatalf("%q does not occur", old)
		}
		return strings.Replace(string(text), old, with, 1)
	}
	for name, bad := range map[string]string{
		"empty":               "",
		"version 2":           replace(`"version": 1`, `"version": 2`),
		"unknown member":      replace(`"name"`, `"x": 1, "name"`),
		"capital name":        replace(`"slax"`, `"Slax"`),
		"torn":                string(text[:len(text)/2]),
		"more":                string(text) + "{}",
		"another fingerprint": replace(keys.User.SSH.Fingerprint, keys.Host.SSH.Fingerprint),
		"another key":         replace(keys.Host.SSH.Public, keys.User.SSH.Public),
		"other recipient":     replace(keys.Host.Age.Recipient, keys.User.Age.Recipient),
		"other older one":     replace(keys.Host.Age.RecipientTPM, keys.User.Age.RecipientTPM),
		"short id":            replace(keys.IDs.Words, keys.IDs.Words[:8]),
		"wireguard":           replace(keys.Host.WireGuard.Public, "AAAA"),
		"comment":             replace(keys.User.SSH.Public, keys.User.SSH.Public+" x"),
		"generation":          replace(`"generations": {}`, `"generations": {"mnemonix/v1/user/ssh": -1}`),
		"generation of other": replace(`"generations": {}`, `"generations": {"mnemonix/v1/host/snix/ssh": 1}`),
		"generation label":    replace(`"generations": {}`, `"generations": {"mnemonix/v1/user/ssh@1": 1}`),
	} {
		if _, err := format.ParsePublicKeys([]byte(bad)); !errors.Is(err, format.ErrPublicKeys) {
			t.Errorf("%s: %v", name, err)
		}
	}
	keys.SRK = &format.StorageKey{Name: "000bzz"}
	if _, err := keys.Marshal(); err == nil {
		t.Error("a wrong name of the SRK was written")
	}
	if _, err := format.NewPublicKeys(root(t), "Slax", nil); err == nil {
		t.Error("a capital name was accepted")
	}
	if _, err := format.NewPublicKeys(root(t), "slax", format.Generations{"mnemonix/v1/host/slax/wireguard": -1}); err == nil {
		t.Error("a negative generation was accepted")
	}
}
