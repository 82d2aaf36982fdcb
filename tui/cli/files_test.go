package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A file that cannot be read is an error with a way out.
func TestUnreadableFiles(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, hint := range map[string]string{
		folder:                              "that is a folder: name a file in it",
		folder + "/nope":                    "the folder " + folder + " is there, and has no nope: is the name right?",
		folder + "/stick/snix/answers.yaml": "the path leads as far as " + folder + ": is the name right, and is what it lies on mounted?",
		folder + "/file":                    "",
	} {
		_, err := readFile(name, 10)
		var known *exit
		if hint == "" && err != nil || hint != "" && (!errors.As(err, &known) || known.status != exitUsage || known.hint != hint) {
			t.Errorf("%s: %v, with the hint %q", name, err, hintOf(err))
		}
	}
}
