package installation

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tyler-smith/go-bip39"
	"golang.org/x/sys/unix"

	"codeberg.org/mnemonix/mnemonix/tests/rig"
)

// sought is something that is searched for: a text, or what is like it.
type sought struct {
	name string
	text []byte
	like *regexp.Regexp
}

func (s sought) in(text []byte) bool {
	if s.like != nil {
		return s.like.Match(text)
	}
	return bytes.Contains(text, s.text)
}

// hashes are how crypt(3) writes the hash of a password, by yescrypt and by
// SHA-512. mnemonix makes the former, with salt that nobody knows beforehand:
// so every hash counts.
// Source: crypt(5).
var hashes = []sought{
	{name: "a password's hash by yescrypt", like: regexp.MustCompile(`\$y\$[./0-9A-Za-z]{2,16}\$[./0-9A-Za-z]{0,86}\$[./0-9A-Za-z]{43}`)},
	{name: "a password's hash by SHA-512", like: regexp.MustCompile(`\$6\$(rounds=[0-9]+\$)?[./0-9A-Za-z]{0,16}\$[./0-9A-Za-z]{86}`)},
}

// secretsOf is what must be found nowhere: what was typed, and what follows
// from the words. Their entropy is not in it: it is all zeros.
func secretsOf(recovery string) []sought {
	seed := bip39.NewSeed(typedWords, "")
	list := []sought{{name: "the seed", text: seed}}
	for name, texts := range map[string][]string{
		"the words":               {"abandon abandon", "abandon\nabandon", "aban aban"},
		"the disk's passphrase":   {diskPassphrase},
		"the password":            {userPassword},
		"the recovery passphrase": {recovery},
		"the seed in hexadecimal": {hex.EncodeToString(seed), strings.ToUpper(hex.EncodeToString(seed))},
	} {
		for _, text := range texts {
			list = append(list, sought{name: name, text: []byte(text)})
		}
	}
	return append(list, hashes...)
}

// The search finds what it is for, wherever it lies.
func TestSearch(t *testing.T) {
	place := filepath.Join(t.TempDir(), "place")
	for at, text := range map[int64]string{
		0:              strings.ToUpper(hex.EncodeToString(bip39.NewSeed(typedWords, ""))),
		100 << 20:      "root:$6$" + strings.Repeat("s", 16) + "$" + strings.Repeat("h", 86) + ":",
		piece - 10:     diskPassphrase,
		2*piece - 4097: "$y$j9T$" + strings.Repeat("s", 22) + "$" + strings.Repeat("h", 43),
		300 << 20:      string(bip39.NewSeed(typedWords, "")),
	} {
		file, err := os.OpenFile(place, os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = file.WriteAt([]byte(text), at)
		}
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
	}
	found := search(t, place, secretsOf("recovery"))
	for _, name := range []string{"the seed", "the seed in hexadecimal", "the disk's passphrase", hashes[0].name, hashes[1].name} {
		if !found[name] {
			t.Errorf("%s was not found", name)
		}
	}
	if len(found) != 5 {
		t.Errorf("found %v", found)
	}
}

// How much of a file is looked at at once, and how much of that once more.
const (
	piece   = 8 << 20
	overlap = 4096
)

// search reads every byte of a file that is no hole in it, and says what of the
// list is there.
func search(t *testing.T, place string, list []sought) map[string]bool {
	t.Helper()
	file, err := os.Open(place)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	found, buffer := map[string]bool{}, make([]byte, piece)
	for at := int64(0); ; at += piece - overlap {
		at, err = file.Seek(at, unix.SEEK_DATA)
		if errors.Is(err, syscall.ENXIO) {
			return found
		}
		var n int
		if err == nil {
			n, err = file.ReadAt(buffer, at)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		for _, one := range list {
			if one.in(buffer[:n]) {
				found[one.name] = true
			}
		}
		if n < piece {
			return found
		}
	}
}

// noSecretIn searches a file or all files of a folder. known is what the test
// knows to be there, as a proof of the search.
func noSecretIn(t *testing.T, recovery, place string, known ...string) {
	t.Helper()
	list, missing := secretsOf(recovery), map[string]bool{}
	for _, text := range known {
		list = append(list, sought{name: text, text: []byte(text)})
		missing[text] = true
	}
	err := filepath.WalkDir(place, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		for what := range search(t, name, list) {
			if slices.Contains(known, what) {
				delete(missing, what)
			} else {
				t.Errorf("%s is in %s", what, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for text := range missing {
		t.Errorf("%q was not found in %s: the search sees nothing", text, place)
	}
}

// noSecretOn searches every byte of a disk, of which what is encrypted shows
// nothing, and its EFI system partition everything.
func noSecretOn(t *testing.T, m *rig.Machine, recovery, serial string) {
	t.Helper()
	content := m.Content(serial)
	noSecretIn(t, recovery, content.Name(), "#### LoaderInfo: systemd-boot")
	_ = os.Remove(content.Name()) // it is large
}

// searched looks for the secrets in all that an installation leaves: its
// output, log and events, what processes could be seen with, what is in memory,
// the flake and the record on the new machine, and every byte of its disk.
func searched(t *testing.T, m *rig.Machine, recovery string, installed rig.Result) {
	t.Helper()
	for name, known := range map[string]string{
		"log": "git", "events": "install/system", "processes": "mnemonix --log", "memory": "run/mnemonix/apply/journal",
	} {
		noSecretIn(t, recovery, filepath.Join(installed.Dir, name), known)
	}
	noSecretIn(t, recovery, installed.Dir)
	noSecretIn(t, recovery, filepath.Join(installed.Dir, "kept"), "etc/nixos/secrets/vm.yaml")
	noSecretOn(t, m, recovery, "virtio0")
}
