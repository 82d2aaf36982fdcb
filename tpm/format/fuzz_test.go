package format_test

import (
	"bytes"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"filippo.io/age/plugin"
)

func FuzzTSS2(f *testing.F) {
	for _, pin := range []bool{false, true} {
		file, err := tss2(f, derive.SSH, pin).Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		key, err := format.ParseTSS2(file)
		if err != nil {
			return
		}
		again, err := key.Marshal()
		if err != nil {
			t.Fatalf("read, and not written: %v", err)
		}
		if back, err := format.ParseTSS2(again); err != nil || !bytes.Equal(back.Private, key.Private) || back.Description != key.Description {
			t.Fatalf("came back as %+v, %v", back, err)
		}
	})
}

func FuzzAgeTPMIdentity(f *testing.F) {
	_, data, err := plugin.ParseIdentity(ageIdentity(f, true).String())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:3])
	f.Fuzz(func(t *testing.T, data []byte) {
		identity, err := format.ParseAgeTPMIdentityData(data)
		if err != nil {
			return
		}
		if _, again, err := plugin.ParseIdentity(identity.String()); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%x was written as %x, %v", data, again, err)
		}
	})
}

func FuzzAgeRecipient(f *testing.F) {
	key := hostKey(f, derive.Age).ECDH()
	f.Add(format.AgeRecipient(key))
	f.Add(format.AgeRecipientTPM(key))
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := format.ParseAgeRecipient(text); err == nil && len(key.Bytes()) != 65 {
			t.Fatalf("%q gives a point of %d bytes", text, len(key.Bytes()))
		}
	})
}

func FuzzPublicKeys(f *testing.F) {
	keys, err := format.NewPublicKeys(root(f), "slax", nil)
	if err != nil {
		f.Fatal(err)
	}
	text, err := keys.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := format.ParsePublicKeys(text)
		if err != nil {
			return
		}
		if _, err := keys.Marshal(); err != nil {
			t.Fatalf("read, and not written: %v", err)
		}
	})
}

func FuzzLUKSToken(f *testing.F) {
	f.Add([]byte(`{"type":"mnemonix","keyslots":["1"],"label":"mnemonix/v1/host/slax/luks","ids":["73d43a86a422e5df","73d43a86a422e5df"]}`))
	f.Add([]byte(`{"type":"systemd-recovery","keyslots":["1"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		token, err := format.ParseLUKSToken(text)
		if err != nil {
			return
		}
		again, err := token.Marshal()
		if err != nil {
			t.Fatalf("read, and not written: %v", err)
		}
		if back, err := format.ParseLUKSToken(again); err != nil || *back != *token {
			t.Fatalf("came back as %+v, %v", back, err)
		}
	})
}

func FuzzSSHPublic(f *testing.F) {
	label, err := derive.User(derive.SSH, 0)
	line, err := format.SSHPublic(pair(f, label, err).ECDSA(), "alice@snix")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add("ecdsa-sha2-nistp256 AAAA x y z")
	f.Fuzz(func(t *testing.T, line string) {
		key, comment, err := format.ParseSSHPublic(line)
		if err != nil {
			return
		}
		again, err := format.SSHPublic(key, comment)
		if err != nil {
			t.Fatalf("read, and not written: %v", err)
		}
		if back, also, err := format.ParseSSHPublic(again); err != nil || !back.Equal(key) || also != comment {
			t.Fatalf("%q became %q: %v", line, again, err)
		}
	})
}
