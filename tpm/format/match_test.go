package format_test

import (
	"testing"

	"codeberg.org/mnemonix/mnemonix/tpm/derive"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

// A file that lost its generations is still known for what it is, and a key of
// somebody else is not.
func TestCompare(t *testing.T) {
	words := root(t)
	generations := format.Generations{"mnemonix/v1/user/ssh": 2, "mnemonix/v1/host/slax/age": derive.TriedGenerations - 1}
	recorded, err := format.NewPublicKeys(words, "slax", generations)
	if err != nil {
		t.Fatal(err)
	}
	compare := func(recordedAs, found map[string]int) {
		t.Helper()
		matches, err := format.Compare(words, recorded)
		if err != nil || len(matches) != 6 {
			t.Fatalf("%d keys, %v", len(matches), err)
		}
		for _, match := range matches {
			if match.Recorded != recordedAs[match.Key] || match.Found != found[match.Key] {
				t.Errorf("%+v, want %d and %d", match, recordedAs[match.Key], found[match.Key])
			}
		}
	}
	right := map[string]int{"user/ssh": 2, "host/age": 15}
	compare(right, right)
	recorded.Generations = nil
	compare(nil, right)

	other, err := format.NewPublicKeys(words, "snix", nil)
	if err != nil {
		t.Fatal(err)
	}
	recorded.Host.SSH, recorded.Host.WireGuard = other.Host.SSH, other.Host.WireGuard
	right["host/ssh"], right["host/wireguard"] = format.NoGeneration, format.NoGeneration
	compare(nil, right)

	// One beyond those that are tried is found where the file names it.
	recorded, err = format.NewPublicKeys(words, "slax", format.Generations{"mnemonix/v1/user/sign": derive.TriedGenerations})
	if err != nil {
		t.Fatal(err)
	}
	compare(map[string]int{"user/sign": 16}, map[string]int{"user/sign": 16})
	recorded.Generations = nil
	compare(nil, map[string]int{"user/sign": format.NoGeneration})
}
