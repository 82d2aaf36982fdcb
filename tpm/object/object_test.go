package object_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/object"
	"github.com/google/go-tpm/tpm2"
)

// The two points of the specification's vectors whose coordinate begins with a
// zero byte.
const (
	zeroX = "04009b3f982d86c48e3fc9a595426c22fb1f0d06e0e6421997196e9ab4afef88a1832f31aae3f52a608089edbe5e61db1b7dfe4ee1784f90453ad5cff0347eda6a"
	zeroY = "04ad44f439fb247ddd84f2981717e2c9962d3f069c4d837ec941a6a1315ef6e39f00bfb2435c6c27eafba61ab6d448e6884e42dbe3a96ac3c471b003b938559c2f"
)

func point(t testing.TB, text string) *ecdh.PublicKey {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdh.P256().NewPublicKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// The public area written out by hand from TPM 2.0 part 2, 12.2.4.
func TestPublicAreaByHand(t *testing.T) {
	x, y := zeroX[2:66], zeroX[66:]
	for name, c := range map[string]struct {
		use  object.Use
		pin  bool
		want string
	}{
		//                                         ecc  sha256 attrib.  policy sym  scheme hash curve kdf
		"signing":           {object.Signing, false, "0023" + "000b" + "00040440" + "0000" + "0010" + "0018" + "000b" + "0003" + "0010"},
		"signing with PIN":  {object.Signing, true, "0023" + "000b" + "00040040" + "0000" + "0010" + "0018" + "000b" + "0003" + "0010"},
		"agreement":         {object.Agreement, false, "0023" + "000b" + "00020440" + "0000" + "0010" + "0019" + "000b" + "0003" + "0010"},
		"agreement and PIN": {object.Agreement, true, "0023" + "000b" + "00020040" + "0000" + "0010" + "0019" + "000b" + "0003" + "0010"},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := object.New(c.use, point(t, zeroX), c.pin)
			if err != nil {
				t.Fatal(err)
			}
			want := "0058" + c.want + "0020" + x + "0020" + y
			if got := hex.EncodeToString(o.Sized()); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			again, err := object.Parse(o.Sized())
			if err != nil || again.Use != c.use || again.PIN != c.pin || !again.Key.Equal(o.Key) || !bytes.Equal(again.Name, o.Name) {
				t.Errorf("parsed as %+v, %v", again, err)
			}
			if len(o.Name) != 34 || o.Name[0] != 0 || o.Name[1] != 0x0b {
				t.Errorf("name %x", o.Name)
			}
		})
	}
}

func TestParseAcceptsOneSpelling(t *testing.T) {
	o, err := object.New(object.Signing, point(t, zeroY), false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range o.Sized() {
		for _, flip := range []byte{1, 0x80, 0xff} {
			changed := o.Sized()
			changed[i] ^= flip
			got, err := object.Parse(changed)
			if err == nil && !bytes.Equal(got.Sized(), changed) {
				t.Fatalf("byte %d changed by %#x was read as %+v", i, flip, got)
			}
			if err != nil && !errors.Is(err, object.ErrForeign) {
				t.Fatalf("byte %d: %v", i, err)
			}
		}
	}
	stripped := o.Public
	stripped.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
		X: tpm2.TPM2BECCParameter{Buffer: o.Key.Bytes()[1:33]},
		Y: tpm2.TPM2BECCParameter{Buffer: bytes.TrimLeft(o.Key.Bytes()[33:], "\x00")},
	})
	if _, err := object.Parse(tpm2.Marshal(tpm2.New2B(stripped))); !errors.Is(err, object.ErrForeign) {
		t.Errorf("a stripped coordinate was accepted: %v", err)
	}
	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := object.New(object.Signing, x25519.PublicKey(), false); !errors.Is(err, object.ErrForeign) {
		t.Errorf("a key of another curve was accepted: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, use := range []object.Use{object.Signing, object.Agreement} {
		o, err := object.New(use, point(f, zeroX), use == object.Signing)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(o.Sized())
	}
	f.Fuzz(func(t *testing.T, sized []byte) {
		if o, err := object.Parse(sized); err == nil && !bytes.Equal(o.Sized(), sized) {
			t.Fatalf("%x was read as %x", sized, o.Sized())
		}
	})
}

func TestUseOf(t *testing.T) {
	for purpose, want := range map[derive.Purpose]object.Use{derive.SSH: object.Signing, derive.Sign: object.Signing, derive.Age: object.Agreement} {
		if got, err := object.UseOf(purpose); err != nil || got != want {
			t.Errorf("%s: %v, %v", purpose, got, err)
		}
	}
	if _, err := object.UseOf(derive.LUKS); err == nil {
		t.Error("a LUKS passphrase got a place in the TPM")
	}
}

// CheckParent with every attribute wrong once, and with forged names.
func TestCheckParent(t *testing.T) {
	names := func(public tpm2.TPMTPublic, hierarchy tpm2.TPMHandle) (name, qualified []byte) {
		n, err := tpm2.ObjectName(&public)
		if err != nil {
			t.Fatal(err)
		}
		q, err := object.Qualified(public.NameAlg, hierarchy, n.Buffer)
		if err != nil {
			t.Fatal(err)
		}
		return n.Buffer, q
	}
	good := object.StorageTemplate()
	name, qualified := names(good, tpm2.TPMRHOwner)
	if err := object.CheckParent(&good, name, qualified); err != nil {
		t.Fatal(err)
	}
	rsa := tpm2.RSASRKTemplate
	rsaName, rsaQualified := names(rsa, tpm2.TPMRHOwner)
	if err := object.CheckParent(&rsa, rsaName, rsaQualified); err != nil {
		t.Errorf("an RSA storage root key was refused: %v", err)
	}
	for what, change := range map[string]func(*tpm2.TPMAObject){
		"fixedTPM":            func(a *tpm2.TPMAObject) { a.FixedTPM = false },
		"fixedParent":         func(a *tpm2.TPMAObject) { a.FixedParent = false },
		"sensitiveDataOrigin": func(a *tpm2.TPMAObject) { a.SensitiveDataOrigin = false },
		"restricted":          func(a *tpm2.TPMAObject) { a.Restricted = false },
		"decrypt":             func(a *tpm2.TPMAObject) { a.Decrypt = false },
		"sign":                func(a *tpm2.TPMAObject) { a.SignEncrypt = true },
	} {
		bad := object.StorageTemplate()
		change(&bad.ObjectAttributes)
		badName, badQualified := names(bad, tpm2.TPMRHOwner)
		if err := object.CheckParent(&bad, badName, badQualified); !errors.Is(err, object.ErrNotStorageRoot) {
			t.Errorf("wrong %s: %v", what, err)
		}
	}
	_, endorsement := names(good, tpm2.TPMRHEndorsement)
	for what, c := range map[string]struct{ name, qualified []byte }{
		"another hierarchy":    {name, endorsement},
		"an empty qualified":   {name, nil},
		"the name itself":      {name, name},
		"another key's name":   {rsaName, rsaQualified},
		"another key's proof":  {name, rsaQualified},
		"no name":              {nil, qualified},
		"a name that is short": {name[:33], qualified},
	} {
		if err := object.CheckParent(&good, c.name, c.qualified); !errors.Is(err, object.ErrNotStorageRoot) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestStorageKind(t *testing.T) {
	ecc, rsa := object.StorageTemplate(), tpm2.RSASRKTemplate
	if got := object.StorageKind(&ecc); got != "ECC P-256" {
		t.Error(got)
	}
	if got := object.StorageKind(&rsa); got != "RSA 2048" {
		t.Error(got)
	}
}
