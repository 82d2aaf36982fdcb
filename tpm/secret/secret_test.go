package secret_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/iotest"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

const canary = "correct horse battery staple"

func text(s *secret.Secret) string {
	var out string
	s.Use(func(view []byte) { out = string(view) })
	return out
}

func TestNewTakesOwnership(t *testing.T) {
	given := []byte(canary)
	s := secret.New(given)
	if got := text(s); got != canary {
		t.Fatalf("Use saw %q", got)
	}
	if !bytes.Equal(given, make([]byte, len(canary))) {
		t.Fatalf("the given slice still holds %q", given)
	}
	if s.Len() != len(canary) {
		t.Fatalf("Len = %d", s.Len())
	}
}

func TestEveryVerbIsRedacted(t *testing.T) {
	s := secret.FromString(canary)
	type holder struct {
		Public  *secret.Secret
		Value   secret.Secret
		private *secret.Secret
		value   secret.Secret
	}
	h := holder{s, *s, s, *s}
	forbidden := []string{"correct", fmt.Sprintf("%x", "correct"), fmt.Sprintf("%X", "correct"), "99 111 114 114", "0x63, 0x6f"}
	for _, verb := range strings.Fields("%v %+v %#v %s %q %x %X %d %o %b %c %U %e %t %p %T %#x %-40s") {
		for _, value := range []any{s, *s, h, &h, []*secret.Secret{s}, map[string]any{"k": s}} {
			out := fmt.Sprintf(verb, value)
			for _, f := range forbidden {
				if strings.Contains(out, f) {
					t.Errorf("%s of %T shows the secret: %s", verb, value, out)
				}
			}
		}
		if out := fmt.Sprintf(verb, s); verb != "%T" && verb != "%p" && out != "[redacted]" {
			t.Errorf("%s prints %q", verb, out)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "a", s, "b", *s)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "a", s, "b", h)
	if strings.Contains(log.String(), "correct") || !strings.Contains(log.String(), "[redacted]") {
		t.Errorf("slog wrote %s", log.String())
	}
}

func TestNoWrittenForm(t *testing.T) {
	type holder struct{ S *secret.Secret }
	h := holder{secret.FromString(canary)}
	encoders := map[string]func() ([]byte, error){
		"json": func() ([]byte, error) { return json.Marshal(h) },
		"yaml": func() ([]byte, error) { return yaml.Marshal(h) },
		"gob": func() ([]byte, error) {
			var b bytes.Buffer
			err := gob.NewEncoder(&b).Encode(h)
			return b.Bytes(), err
		},
		"text":   h.S.MarshalText,
		"binary": h.S.MarshalBinary,
	}
	for name, encode := range encoders {
		out, err := encode()
		if !errors.Is(err, secret.ErrNoForm) {
			t.Errorf("%s: error %v, output %q", name, err, out)
		}
		if bytes.Contains(out, []byte("correct")) {
			t.Errorf("%s wrote the secret", name)
		}
	}
	if err := json.Unmarshal([]byte(`{"S":"x"}`), &h); !errors.Is(err, secret.ErrNoForm) {
		t.Errorf("json decoded a secret: %v", err)
	}
	if err := yaml.Unmarshal([]byte(`s: x`), &h); !errors.Is(err, secret.ErrNoForm) {
		t.Errorf("yaml decoded a secret: %v", err)
	}
	for name, err := range map[string]error{
		"text": h.S.UnmarshalText(nil), "binary": h.S.UnmarshalBinary(nil), "gob": h.S.GobDecode(nil),
	} {
		if !errors.Is(err, secret.ErrNoForm) {
			t.Errorf("%s decoded a secret: %v", name, err)
		}
	}
	if text(h.S) != canary {
		t.Error("a refused decoder changed the secret")
	}
}

func TestWipe(t *testing.T) {
	s := secret.FromString(canary)
	other := s.Clone()
	s.Wipe()
	s.Wipe()
	if s.Len() != 0 || text(s) != "" {
		t.Error("a wiped secret still has bytes")
	}
	if text(other) != canary {
		t.Error("the clone was wiped too")
	}
	if s.Equal(other) {
		t.Error("a wiped secret equals its former value")
	}
	for name, empty := range map[string]*secret.Secret{"nil": nil, "zero": {}, "empty": secret.New(nil)} {
		if empty.Len() != 0 || text(empty) != "" || !empty.Equal(nil) {
			t.Errorf("%s is not an empty secret", name)
		}
		empty.Wipe()
	}
}

func TestEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOf(rapid.Byte()).Draw(t, "a")
		b := rapid.SliceOf(rapid.Byte()).Draw(t, "b")
		want := bytes.Equal(a, b)
		if got := secret.New(bytes.Clone(a)).Equal(secret.New(bytes.Clone(b))); got != want {
			t.Fatalf("Equal = %v, want %v", got, want)
		}
		if !secret.New(bytes.Clone(a)).Equal(secret.New(bytes.Clone(a))) {
			t.Fatal("a secret differs from its copy")
		}
	})
}

func TestRead(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		in, want string
		err      error
	}{
		"plain":               {in: "abc", want: "abc"},
		"one line feed goes":  {in: "abc\n", want: "abc"},
		"only one":            {in: "abc\n\n", want: "abc\n"},
		"blanks stay":         {in: " abc \r\n", want: " abc \r"},
		"empty":               {},
		"at the limit":        {in: "12345678\n", want: "12345678"},
		"one over":            {in: "123456789", err: secret.ErrTooLong},
		"over with line feed": {in: "123456789\n", err: secret.ErrTooLong},
		"far over":            {in: strings.Repeat("1234567890", 99), err: secret.ErrTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := secret.Read(iotest.OneByteReader(strings.NewReader(c.in)), 8)
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err == nil && text(s) != c.want {
				t.Fatalf("got %q, want %q", text(s), c.want)
			}
		})
	}
	if _, err := secret.Read(iotest.ErrReader(broken), 8); !errors.Is(err, broken) {
		t.Fatalf("error %v", err)
	}
}

func TestWriteTo(t *testing.T) {
	var out bytes.Buffer
	n, err := secret.FromString(canary).WriteTo(&out)
	if err != nil || n != int64(len(canary)) || out.String() != canary {
		t.Fatalf("wrote %d bytes %q, error %v", n, out.String(), err)
	}
}

// A secret that nobody wiped is zeroed with its last reference, and one that
// is being looked at is not.
func TestCollection(t *testing.T) {
	for range 64 {
		secret.FromString(canary).Use(func(view []byte) {
			runtime.GC()
			if string(view) != canary {
				t.Fatal("the bytes went away during Use")
			}
		})
	}
}

// A view that could be written to would let a helper change a passphrase.
func TestViewIsReadOnly(t *testing.T) {
	debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(false)
	s := secret.FromString(canary)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("writing to a view went unnoticed")
			}
		}()
		s.Use(func(view []byte) { clear(view) })
	}()
	if text(s) != canary {
		t.Error("the secret was changed")
	}
}

func TestDo(t *testing.T) {
	ran := false
	secret.Do(func() { ran = true })
	if !ran {
		t.Fatal("Do did not run its function")
	}
}

// Harden changes the whole process, so it runs in a copy of the test program.
func TestHarden(t *testing.T) {
	if os.Getenv("SECRET_TEST_CHILD") == "harden" {
		done, err := secret.Harden()
		fmt.Printf("%+v %v\n", done, err)
		limits, _ := os.ReadFile("/proc/self/limits")
		_, memErr := os.ReadFile("/proc/self/stat")
		fmt.Printf("%s%v\n", limits, memErr)
		buffers := make([][]byte, 64)
		for i := range buffers { // the heap can still grow
			buffers[i] = bytes.Repeat([]byte{1}, 1<<20)
		}
		fmt.Println("grown", len(buffers))
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestHarden$")
	child.Env = append(os.Environ(), "SECRET_TEST_CHILD=harden")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	for _, want := range []string{"NoCoreDumps:true", "NoTracing:true", "<nil>", "grown 64"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Max core file size") && strings.Join(strings.Fields(line)[4:6], " ") != "0 0" {
			t.Errorf("core dumps are still possible: %s", line)
		}
	}
}
