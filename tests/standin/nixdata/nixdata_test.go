package nixdata

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// Every disko.nix that the planner's tests keep is read here as Nix reads it.
func TestAsNixReadsIt(t *testing.T) {
	nix := need.Program(t, "nix")
	files, err := filepath.Glob("../../../steps/disk/testdata/plans/*.nix")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		value, err := Parse(string(text))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		ours, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := exec.Command(nix, "--extra-experimental-features", "nix-command", "eval", "--json", "--file", file).Output()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var again any
		if err := json.Unmarshal(theirs, &again); err != nil {
			t.Fatal(err)
		}
		if theirs, err = json.Marshal(again); err != nil || !bytes.Equal(ours, theirs) {
			t.Errorf("%s:\n%s\nNix says\n%s", file, ours, theirs)
		}
	}
}

func TestWhatIsNoData(t *testing.T) {
	for _, text := range []string{"", "x", "{", "{ a = 1 }", "{ a = b; }", `"${a}"`, "{ a = 1; a = 2; }", "a: a", "[ 1", `"`, "{ } 1", "1 + 1"} {
		if value, err := Parse(text); err == nil {
			t.Errorf("%q was read as %v", text, value)
		}
	}
}
