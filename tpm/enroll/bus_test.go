package enroll_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/device"
	"codeberg.org/mnemonix/mnemonix/tpm/enroll"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
	"codeberg.org/mnemonix/mnemonix/tpm/internal/tpmtest"
	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"github.com/google/go-tpm/tpm2"
	"golang.org/x/crypto/pbkdf2"
)

// secrets lists everything that must not be seen on the bus, in a log or in a
// file, computed here without the code under test where that is possible.
func secrets(t testing.TB, r enroll.Request) map[string][]byte {
	t.Helper()
	all := map[string][]byte{"phrase": []byte(phrase)}
	for _, word := range strings.Fields(phrase) {
		if len(word) > 5 { // short ones occur by chance
			all["word "+word] = []byte(word)
		}
	}
	seed := pbkdf2.Key([]byte(phrase), []byte("mnemonic"), 2048, 64, sha512.New)
	prk, err := hkdf.Extract(sha256.New, seed, []byte("mnemonix/v1"))
	if err != nil {
		t.Fatal(err)
	}
	all["seed"], all["PRK"] = seed, prk
	for _, slot := range enroll.Slots(true) {
		label, err := slot.Label(r.Name, nil)
		if err != nil {
			t.Fatal(err)
		}
		scalar, err := hkdf.Expand(sha256.New, prk, label.String()+"\x00\x00", 32)
		if err != nil {
			t.Fatal(err)
		}
		all["scalar of "+string(slot)] = scalar
	}
	r.PIN.Use(func(view []byte) { all["PIN"] = bytes.Clone(view) })
	recovery, err := r.Root.RecoveryPassphrase(r.Name, 0)
	if err != nil {
		t.Fatal(err)
	}
	recovery.Use(func(view []byte) { all["recovery passphrase"] = bytes.Clone(view) })
	return all
}

func TestNoSecretOnTheBus(t *testing.T) {
	machine := tpmtest.Start(t)
	recorder := &tpmtest.Recorder{TPM: machine}
	r := request(t, pin)
	result := enrolled(t, recorder, r)
	r.Present = files(result)
	enrolled(t, recorder, r) // and again, with the keys in use
	for name, what := range secrets(t, r) {
		if forms := recorder.Find(what); forms != nil {
			t.Errorf("%s crossed the bus: %v", name, forms)
		}
		for _, file := range result.Files {
			if forms := tpmtest.Forms(slices.Concat(file.Private, file.Public), what); forms != nil {
				t.Errorf("%s stands in the file of %s: %v", name, file.Slot, forms)
			}
		}
	}
}

// The positive control: a PIN sent as other programs send it is found, and so
// is a key that is imported without an outer wrap.
func TestTheRecorderFinds(t *testing.T) {
	machine := tpmtest.Start(t)
	r := request(t, pin)
	result := enrolled(t, machine, r)
	recorder := &tpmtest.Recorder{TPM: machine}
	parsed, err := format.ParseTSS2(result.Files[2].Private)
	if err != nil {
		t.Fatal(err)
	}
	public, err := tpm2.Unmarshal[tpm2.TPM2BPublic](parsed.Public)
	if err != nil {
		t.Fatal(err)
	}
	private, err := tpm2.Unmarshal[tpm2.TPM2BPrivate](parsed.Private)
	if err != nil {
		t.Fatal(err)
	}
	parent, err := device.FindParent(machine)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := tpm2.Load{ParentHandle: parent.Handle(), InPrivate: *private, InPublic: *public}.Execute(recorder)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tpm2.Sign{
		KeyHandle:  tpm2.AuthHandle{Handle: loaded.ObjectHandle, Name: loaded.Name, Auth: tpm2.PasswordAuth([]byte(pin))},
		Digest:     tpm2.TPM2BDigest{Buffer: make([]byte, 32)},
		Validation: tpm2.TPMTTKHashCheck{Tag: tpm2.TPMSTHashCheck, Hierarchy: tpm2.TPMRHNull},
	}.Execute(recorder)
	if err != nil {
		t.Fatal(err)
	}
	if forms := recorder.Find([]byte(pin)); !slices.Equal(forms, []string{"raw"}) {
		t.Errorf("a PIN in clear was found as %v", forms)
	}
	for before := range 4 {
		text := base64.StdEncoding.EncodeToString([]byte("abc"[:before] + pin + "more"))
		if forms := tpmtest.Forms([]byte(text), []byte(pin)); len(forms) == 0 || !strings.HasPrefix(forms[0], "base64") {
			t.Errorf("a PIN in base64 after %d bytes was found as %v", before, forms)
		}
	}
	if forms := tpmtest.Forms([]byte(hex.EncodeToString([]byte("a"+pin))), []byte(pin)); !slices.Equal(forms, []string{"hex"}) {
		t.Errorf("a PIN in hexadecimal was found as %v", forms)
	}
}

// Four commands a key: import, load, use, flush. One looks at the storage root
// key, four more make it, two open and close the session that carries a PIN.
func TestCommandCount(t *testing.T) {
	for _, c := range []struct {
		name     string
		operator bool
		pin      string
		first    int
		later    int
		again    int
	}{
		{"the machine's two keys", false, "", 5 + 2*4, 1 + 2*4, 1 + 2*3},
		{"all five keys without a PIN", true, "", 5 + 5*4, 1 + 5*4, 1 + 5*3},
		{"all five keys with a PIN", true, pin, 5 + 5*4 + 2, 1 + 5*4 + 2, 1 + 5*3 + 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			machine := tpmtest.Start(t)
			r := request(t, c.pin)
			r.Operator = c.operator
			for i, want := range []int{c.first, c.later, c.again} {
				recorder := &tpmtest.Recorder{TPM: machine}
				result := enrolled(t, recorder, r)
				if i == 1 {
					r.Present = files(result)
				}
				codes := recorder.Codes()
				// A command that the TPM asks for again counts once.
				if got := len(slices.CompactFunc(slices.Clone(recorder.Commands), bytes.Equal)); got != want {
					t.Errorf("run %d: %d commands, want %d: %#x", i, got, want, codes)
				}
			}
		})
	}
}

// Being stopped after any command, and then run again, ends as if nothing had
// happened.
func TestStoppedAnywhere(t *testing.T) {
	machine := tpmtest.Start(t)
	r := request(t, pin)
	r.Operator = full // five keys take a while
	keys, least := len(enroll.Slots(full)), map[bool]int{false: 13, true: 27}[full]
	want := enrolled(t, tpmtest.Start(t), r)
	switchedOff := errors.New("switched off")
	for after := 0; ; after++ {
		machine.Clear(t)
		result, err := enroll.Enroll(&tpmtest.Stopped{TPM: machine, After: after, Err: switchedOff}, r)
		if err == nil {
			if after < least {
				t.Errorf("%d commands were enough for %d keys", after, keys)
			}
			return
		}
		if !errors.Is(err, switchedOff) || result != nil {
			t.Fatalf("stopped after %d: a result: %v, error: %v", after, result != nil, err)
		}
		for _, handle := range machine.Loaded(t) { // as a restart does
			if err := device.Flush(machine, handle); err != nil {
				t.Fatal(err)
			}
		}
		got := enrolled(t, machine, r)
		if got.Keys.Host != want.Keys.Host || got.Keys.User != want.Keys.User || len(got.Files) != keys {
			t.Fatalf("stopped after %d, then enrolled differently", after)
		}
	}
}

// A transport that lies gets an error, or its lie had no meaning (a byte too
// many after an answer): then every file is that of a key which is in the TPM.
// There is never a panic. Every answer is cut short at several places, emptied,
// filled with noise and exchanged for an answer of another command.
func TestLyingTransport(t *testing.T) {
	machine := tpmtest.Start(t)
	r := request(t, pin)
	r.PIN = secret.FromString("0815")
	result := enrolled(t, machine, r)
	r.Present = files(result)
	delete(r.Present, enroll.UserSSH)
	delete(r.Present, enroll.HostAge)
	recorder := &tpmtest.Recorder{TPM: machine}
	enrolled(t, recorder, r)
	grave := []string{"nothing", "half", "noise", "TPM 1.2"}
	changes := map[string]func([]byte) []byte{
		"nothing":       func([]byte) []byte { return nil },
		"a header":      func(b []byte) []byte { return framed(b[:10]) },
		"half":          func(b []byte) []byte { return b[:len(b)/2] },
		"half, framed":  func(b []byte) []byte { return framed(b[:max(10, len(b)/2)]) },
		"one short":     func(b []byte) []byte { return framed(b[:len(b)-1]) },
		"one more":      func(b []byte) []byte { return framed(append(b, 0)) },
		"noise":         func(b []byte) []byte { return noise(b, 10) },
		"sizes of 2^16": func(b []byte) []byte { return noise(b, len(b)-len(b)/3) },
		"an old answer": func([]byte) []byte { return bytes.Clone(recorder.Responses[0]) },
		"TPM 1.2":       func([]byte) []byte { return []byte{0, 0xc4, 0, 0, 0, 10, 0, 0, 0, 0x1e} },
	}
	met := map[tpm2.TPMCC]bool{}
	for at, code := range recorder.Codes() {
		if met[code] && !full {
			continue // each command once
		}
		met[code] = true
		for name, change := range changes {
			lie := change(bytes.Clone(recorder.Responses[at]))
			got, err := enroll.Enroll(&tpmtest.Changed{TPM: machine, At: at, Change: change}, r)
			if err == nil && slices.Contains(grave, name) && !bytes.Equal(lie, recorder.Responses[at]) {
				t.Errorf("answer %d (command %#x) exchanged for %s: no error", at, uint32(code), name)
			}
			for _, handle := range machine.Loaded(t) {
				if err := device.Flush(machine, handle); err != nil {
					t.Fatal(err)
				}
			}
			if err == nil {
				check := r
				check.Present = files(got)
				if verified := enrolled(t, machine, check); verified.Changed() || verified.Keys.SRK.Name != got.Keys.SRK.Name {
					t.Errorf("answer %d exchanged for %s gave files that are not the TPM's", at, name)
				}
			}
		}
	}
}

// framed corrects the length in the header.
func framed(response []byte) []byte {
	response = bytes.Clone(response)
	binary.BigEndian.PutUint32(response[2:], uint32(len(response)))
	return response
}

func noise(response []byte, from int) []byte {
	for i := from; i < len(response); i++ {
		response[i] ^= 0xff
	}
	return response
}

// full also runs what takes long.
var full = os.Getenv("MNEMONIX_FULL") == "1"

var update = flag.Bool("update", false, "record the seeds of FuzzTransport anew")

// The seeds of FuzzTransport are real answers, so that the fuzzer starts deep
// inside; recorded once, so that it needs no TPM.
func TestTransportSeeds(t *testing.T) {
	if !*update {
		t.Skip("only with -update")
	}
	machine := tpmtest.Start(t)
	r := request(t, "")
	r.Operator = false
	for _, name := range []string{"first", "again"} {
		recorder := &tpmtest.Recorder{TPM: machine}
		enrolled(t, recorder, r)
		if err := os.WriteFile("testdata/transport-"+name+".bin", joined(recorder.Responses), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzTransport feeds an enrolment answers from nowhere.
func FuzzTransport(f *testing.F) {
	for _, name := range []string{"first", "again"} {
		script, err := os.ReadFile("testdata/transport-" + name + ".bin")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(script)
	}
	r := request(f, "")
	r.Operator = false
	f.Fuzz(func(t *testing.T, script []byte) {
		result, err := enroll.Enroll(&tpmtest.Scripted{Responses: separated(script)}, r)
		if err == nil || result != nil {
			t.Fatal("answers from nowhere enrolled keys") // they sign no fresh digest
		}
		_, _ = device.ReadStatus(&tpmtest.Scripted{Responses: separated(script)})
	})
}

// joined puts answers one after the other, each with its length in two bytes.
func joined(responses [][]byte) []byte {
	var script []byte
	for _, response := range responses {
		script = append(binary.BigEndian.AppendUint16(script, uint16(len(response))), response...)
	}
	return script
}

func separated(script []byte) [][]byte {
	var responses [][]byte
	for len(script) >= 2 {
		size := min(int(binary.BigEndian.Uint16(script)), len(script)-2)
		responses, script = append(responses, script[2:2+size]), script[2+size:]
	}
	return responses
}

func BenchmarkEnrol(b *testing.B) {
	machine := tpmtest.Start(b)
	r := request(b, pin)
	for b.Loop() {
		enrolled(b, machine, r)
	}
}

// BenchmarkEnrolFirst also makes the storage root key.
func BenchmarkEnrolFirst(b *testing.B) {
	machine := tpmtest.Start(b)
	r := request(b, pin)
	for b.Loop() {
		b.StopTimer()
		machine.Clear(b)
		b.StartTimer()
		enrolled(b, machine, r)
	}
}
