package enroll

import (
	"errors"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"codeberg.org/mnemonix/mnemonix/tpm/secret"
)

// Whatever the values and names are, YAML reads them back as they were.
func TestLeavesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(1, 32, 64).Draw(t, "name")
		value := rapid.String().Draw(t, "value")
		var tree leaves
		tree.add(secret.FromString("!"), "users", "bob", "hashedPassword")
		tree.add(secret.FromString("?"), "users", "eve", "hashedPassword")
		tree.add(secret.FromString("-"), "wifi", "first")
		tree.add(secret.FromString(value), "wifi", name+"x")
		text, err := tree.yaml()
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Users map[string]map[string]string
			Wifi  map[string]string
		}
		text.Use(func(view []byte) { err = yaml.Unmarshal(view, &got) })
		if err != nil {
			t.Fatal(err)
		}
		if got.Wifi[name+"x"] != value || got.Wifi["first"] != "-" {
			t.Errorf("%q: %q was read back as %q", name, value, got.Wifi)
		}
		if got.Users["bob"]["hashedPassword"] != "!" || got.Users["eve"]["hashedPassword"] != "?" {
			t.Errorf("users: %v", got.Users)
		}
	})
}

func TestLeavesRefuseBytes(t *testing.T) {
	var tree leaves
	tree.add(secret.New([]byte{0xff, 0xfe}), "wifi", "home")
	if _, err := tree.yaml(); !errors.Is(err, errNotText) {
		t.Errorf("%v", err)
	}
}
