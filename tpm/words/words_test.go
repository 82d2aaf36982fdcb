package words

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
	"pgregory.net/rapid"
)

var (
	zeroPhrase   = strings.Repeat("abandon ", 23) + "art"
	randomPhrase = "muscle crucial dynamic immense roof raw dirt feed laugh spell clown column kangaroo rocket liberty start dog load approve identify ball mosquito escape panic"
)

func joined(m *Mnemonic) string {
	var text string
	m.Joined().Use(func(view []byte) { text = string(view) })
	return text
}

func parseText(text string) (*Mnemonic, error) { return Parse(secret.FromString(text)) }

// The list is frozen: one changed letter would change every key.
func TestListIsTheOneOfBIP39(t *testing.T) {
	sum := sha256.Sum256([]byte(strings.Join(list, "\n") + "\n"))
	const want = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Fatalf("sha256 of the list is %s, want %s", got, want)
	}
	if !slices.IsSorted(list) || len(list) != 2048 {
		t.Fatal("the list is not 2048 sorted words")
	}
}

// The 24-word vectors of the BIP39 reference (trezor/python-mnemonic).
func TestEntropyKnownAnswers(t *testing.T) {
	for entropy, want := range map[string]string{
		strings.Repeat("00", 32): zeroPhrase,
		strings.Repeat("7f", 32): "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title",
		strings.Repeat("80", 32): "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless",
		strings.Repeat("ff", 32): strings.Repeat("zoo ", 23) + "vote",
		"68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c": "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length",
	} {
		raw, err := hex.DecodeString(entropy)
		if err != nil {
			t.Fatal(err)
		}
		if got := joined(fromEntropy(raw)); got != want {
			t.Errorf("%s gives\n%s\nwant\n%s", entropy, got, want)
		}
	}
}

func TestGenerate(t *testing.T) {
	zeros := bytes.NewReader(make([]byte, 32))
	m, err := generate(zeros, nil)
	if err != nil || joined(m) != zeroPhrase {
		t.Fatalf("zero entropy: %v", err)
	}
	// With a broken generator the extra randomness alone decides ...
	extra := []byte("from the TPM")
	m, err = generate(bytes.NewReader(make([]byte, 32)), extra)
	sum := sha256.Sum256(extra)
	if err != nil || !m.Equal(fromEntropy(sum[:])) {
		t.Fatalf("extra randomness was not mixed in: %v", err)
	}
	// ... and with a constant extra the generator does.
	seen := map[string]bool{}
	for range 32 {
		m, err := Generate(make([]byte, 32))
		if err != nil {
			t.Fatal(err)
		}
		if seen[joined(m)] {
			t.Fatal("two equal phrases")
		}
		seen[joined(m)] = true
	}
	if _, err := generate(iotest.ErrReader(errors.New("broken")), nil); err == nil {
		t.Fatal("a broken generator gave words")
	}
	if _, err := generate(bytes.NewReader(make([]byte, 31)), nil); err == nil {
		t.Fatal("31 bytes of randomness gave words")
	}
}

func TestParseForgives(t *testing.T) {
	list := strings.Fields(randomPhrase)
	numbered := func(format, separator string) string {
		lines := make([]string, Count)
		for i, w := range list {
			lines[i] = fmt.Sprintf(format, i+1, w)
		}
		return strings.Join(lines, separator)
	}
	columns := ""
	for i := range 12 {
		columns += fmt.Sprintf("%2d. %-10s %2d. %-10s\n", i+1, list[i], i+13, list[i+12])
	}
	fullwidth := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'Ａ'
		}
		return '\u3000'
	}, randomPhrase)
	for name, text := range map[string]string{
		"plain":            randomPhrase,
		"upper case":       "  " + strings.ToUpper(randomPhrase) + "\r\n",
		"lines":            strings.Join(list, "\r\n"),
		"commas":           strings.Join(list, ", "),
		"numbered lines":   numbered("%d. %s", "\n"),
		"numbered on one":  numbered("%d %s", " "),
		"with zeros":       numbered("%02d) %s", "\t"),
		"no blank":         numbered("%d.%s", "\n"),
		"glued":            numbered("%d%s", " "),
		"two columns":      columns,
		"full width":       fullwidth,
		"byte order mark":  "\ufeff" + randomPhrase,
		"soft hyphens":     strings.ReplaceAll(randomPhrase, "o", "\u00ado"),
		"no-break spaces":  strings.ReplaceAll(randomPhrase, " ", "\u00a0"),
		"dots and bullets": "• " + strings.Join(list, " • ") + ".",
	} {
		t.Run(name, func(t *testing.T) {
			m, err := parseText(text)
			if err != nil {
				t.Fatal(err)
			}
			if got := joined(m); got != randomPhrase {
				t.Errorf("got %q", got)
			}
			if m.Word(1) != "muscle" || m.Word(24) != "panic" || m.Word(0) != "" || m.Word(25) != "" {
				t.Error("positions are wrong")
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	swapped := strings.Fields(randomPhrase)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	for name, c := range map[string]struct {
		text   string
		reason Reason
		count  int
		faults []int
		says   string
	}{
		"nothing":           {"", WordCount, 0, nil, "there must be 24 words, not 0"},
		"blanks":            {" \n\t ", WordCount, 0, nil, ""},
		"12 valid words":    {strings.Repeat("abandon ", 11) + "about", WordCount, 12, nil, "there must be 24 words, not 12"},
		"23 words":          {strings.Repeat("abandon ", 23), WordCount, 23, nil, ""},
		"25 words":          {zeroPhrase + " art", WordCount, 25, nil, ""},
		"checksum":          {strings.Repeat("abandon ", 24), Checksum, 24, nil, "all words are in the list, but their checksum does not match"},
		"swapped":           {strings.Join(swapped, " "), Checksum, 24, nil, ""},
		"unknown":           {strings.Repeat("abandon ", 22) + "xyzzy art", UnknownWords, 24, []int{23}, "word 23 is not in the list"},
		"several unknown":   {"abandom " + strings.Repeat("abandon ", 21) + "xyzzy arts", UnknownWords, 24, []int{1, 23, 24}, "words 1, 23 and 24 are not in the list"},
		"four letters only": {strings.Repeat("aban ", 23) + "art", UnknownWords, 24, seq(1, 23), ""},
		"accent":            {strings.Repeat("abandon ", 23) + "árt", UnknownWords, 24, []int{24}, ""},
		"half numbered":     {"1. " + zeroPhrase, Numbering, 0, nil, "the numbers beside the words are not 1, 2, 3 and so on, each once"},
		"number twice":      {strings.ReplaceAll(zeroPhrase, "a", "1 a"), Numbering, 0, nil, ""},
		"huge number":       {"1" + strings.Repeat("0", 500) + " " + zeroPhrase, Numbering, 0, nil, ""},
		"not utf-8":         {"\xff\xfe" + zeroPhrase[:50], WordCount, 7, nil, ""},
		"a whole file":      {strings.Repeat("abandon ", 1<<12), TooLong, 0, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := parseText(c.text)
			var refused *Error
			if m != nil || !errors.As(err, &refused) {
				t.Fatalf("got %v, %v", m, err)
			}
			var faults []int
			for _, f := range refused.Faults {
				faults = append(faults, f.Position)
			}
			if refused.Reason != c.reason || refused.Count != c.count || !slices.Equal(faults, c.faults) {
				t.Errorf("got reason %d, count %d, faults %v", refused.Reason, refused.Count, faults)
			}
			if c.says != "" && err.Error() != c.says {
				t.Errorf("says %q, want %q", err, c.says)
			}
			if refused.Hint() == "" {
				t.Error("no hint")
			}
		})
	}
}

func seq(first, last int) (positions []int) {
	for i := first; i <= last; i++ {
		positions = append(positions, i)
	}
	return positions
}

// Whatever is typed, nothing of it reaches an error, however it is printed.
func TestErrorsHoldNoWord(t *testing.T) {
	typed := "museum cruciall " + strings.Join(strings.Fields(randomPhrase)[2:], " ")
	_, err := parseText(typed)
	if err == nil {
		t.Fatal("accepted")
	}
	out := fmt.Sprintf("%v %+v %#v %s %q", err, err, err, err, err)
	var refused *Error
	errors.As(err, &refused)
	out += fmt.Sprintf("%v %+v %#v", *refused, *refused, *refused)
	data, _ := json.Marshal(refused)
	out += string(data) + refused.Hint()
	for _, word := range strings.Fields(typed) {
		// Short words of the list are also English: look for longer ones.
		if len(word) > 4 && strings.Contains(out, word) {
			t.Errorf("%q stands in %s", word, out)
		}
	}
	if got := refused.Faults[0].Nearest(1); !slices.Equal(got, []string{"crucial"}) {
		t.Errorf("nearest of the fault: %v", got)
	}
}

func TestMnemonicIsNotPrinted(t *testing.T) {
	m, err := parseText(randomPhrase)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, m); got != "[redacted]" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	if data, err := json.Marshal(m); err == nil {
		t.Errorf("has the JSON form %s", data)
	}
	if text, err := m.MarshalText(); err == nil {
		t.Errorf("has the text form %s", text)
	}
	m.Wipe()
	if m.Word(1) != "" || joined(m) != "" {
		t.Error("words are left after Wipe")
	}
}

func TestDifferences(t *testing.T) {
	a, _ := parseText(zeroPhrase)
	b, _ := parseText(strings.Repeat("zoo ", 23) + "vote")
	if d := a.Differences(b); len(d) != Count || d[0] != 1 || d[23] != 24 {
		t.Errorf("differences %v", d)
	}
	same, _ := parseText(strings.ToUpper(zeroPhrase))
	if d := a.Differences(same); d != nil || !a.Equal(same) || a.Equal(b) || a.Equal(nil) {
		t.Errorf("differences with the same %v", d)
	}
}

func TestComplete(t *testing.T) {
	for prefix, want := range map[string][]string{
		"":         nil,
		"aban":     {"abandon"},
		"ABAN":     {"abandon"},
		"act":      {"act", "action", "actor", "actress", "actual"},
		"zoo":      {"zoo"},
		"zzz":      {},
		"abandons": {},
	} {
		if got := Complete(prefix); !slices.Equal(got, want) {
			t.Errorf("Complete(%q) = %v, want %v", prefix, got, want)
		}
	}
	for _, word := range list {
		if len(word) >= 4 {
			if got := Complete(word[:4]); len(got) != 1 || got[0] != word {
				t.Fatalf("Complete(%q) = %v", word[:4], got)
			}
		}
		if !Valid(word) || Valid(word+"x") {
			t.Fatalf("Valid is wrong about %q", word)
		}
	}
}

func TestNearest(t *testing.T) {
	for typed, want := range map[string]string{
		"abandom":  "abandon", // a letter wrong
		"abandn":   "abandon", // missing
		"abanndon": "abandon", // too much
		"abadnon":  "abandon", // two swapped
		"ZEBRAA":   "zebra",
		"kangroo":  "kangaroo",
		"zoo":      "zoo",
	} {
		if got := Nearest(typed, 3); len(got) != 3 || got[0] != want {
			t.Errorf("Nearest(%q) = %v, want %s first", typed, got, want)
		}
	}
	if got := Nearest(strings.Repeat("x", 1<<16), 2); len(got) != 2 {
		t.Errorf("Nearest of a long word = %v", got)
	}
	if got := Nearest("a", -1); len(got) != 0 {
		t.Errorf("negative limit gives %v", got)
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entropy := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "entropy")
		m := fromEntropy(entropy)
		again, err := parseText(joined(m))
		if err != nil || !again.Equal(m) {
			t.Fatalf("the phrase of %x came back differently: %v", entropy, err)
		}
		// Exchanging one word is found in 255 of 256 cases and never
		// accepted as the same phrase.
		words := strings.Fields(joined(m))
		at := rapid.IntRange(0, 23).Draw(t, "at")
		words[at] = rapid.SampledFrom(list).Draw(t, "other")
		if other, err := parseText(strings.Join(words, " ")); err == nil && words[at] != m.Word(at+1) && other.Equal(m) {
			t.Fatal("an exchanged word gave the same phrase")
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(randomPhrase)
	f.Add(strings.ToUpper(zeroPhrase))
	f.Add("1. abandon 2. ability")
	f.Add("\u00ad\ufeff1\u0301a\u0301")
	f.Fuzz(func(t *testing.T, text string) {
		for _, typed := range Separate([]byte(text)) {
			if len(typed.Word) == 0 || typed.Number < 0 {
				t.Fatalf("cut into %d and %q", typed.Number, typed.Word)
			}
		}
		m, err := parseText(text)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) || m != nil {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		again, err := parseText(joined(m))
		if err != nil || !again.Equal(m) {
			t.Fatalf("accepted words are not stable: %v", err)
		}
	})
}

// What is cut apart and has 24 right words in the order of their numbers is
// what Parse reads.
func TestSeparate(t *testing.T) {
	typed := Separate([]byte("12) Muscle\u00a03.cru\u00adcial, \uff4f\uff4e\uff45 x1"))
	want := []Typed{{12, []byte("muscle")}, {3, []byte("crucial")}, {0, []byte("one")}, {0, []byte("x")}}
	if len(typed) != len(want) {
		t.Fatalf("%d words", len(typed))
	}
	for i, one := range typed {
		if one.Number != want[i].Number || !bytes.Equal(one.Word, want[i].Word) {
			t.Errorf("word %d is %d %q", i+1, one.Number, one.Word)
		}
	}
	if Separate(bytes.Repeat([]byte("abandon "), 1<<12)) != nil || Separate([]byte(" 1. ")) != nil {
		t.Error("words were found where there are none")
	}
}
