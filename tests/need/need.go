// Package need brings tests what they need from outside of Go.
//
// Its rules:
//
//   - A program comes from PATH or from the folder that MNEMONIX_TOOLS names.
//     Under ./check, which sets MNEMONIX_CHECK=1 after installing everything,
//     a missing one fails the test; elsewhere the test is skipped and says
//     what for.
//   - What takes long stands behind MNEMONIX_FULL=1.
package need

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Program returns the path of a program that the test runs.
func Program(t testing.TB, name string) string {
	t.Helper()
	places := append(filepath.SplitList(os.Getenv("MNEMONIX_TOOLS")), filepath.SplitList(os.Getenv("PATH"))...)
	// Where Debian keeps the programs of the administrator.
	places = append(places, "/usr/sbin", "/sbin")
	for _, place := range places {
		// LookPath with a slash in the name asks only whether it can be run.
		if found, err := exec.LookPath(filepath.Join(place, name)); err == nil && filepath.IsAbs(found) {
			return found
		}
	}
	text := fmt.Sprintf("%s is in neither PATH nor MNEMONIX_TOOLS; ./check installs it", name)
	if os.Getenv("MNEMONIX_CHECK") == "1" {
		t.Fatal(text)
	}
	t.Skip(text)
	return ""
}

// Namespace returns the beginning of a command that runs in a mount namespace
// of its own, as root: what it mounts is seen by nobody else.
func Namespace(t testing.TB) []string {
	t.Helper()
	unshare := Program(t, "unshare")
	var said []byte
	for _, flags := range []string{"-Urm", "-m"} { // by whoever we are, or by root itself
		output, err := exec.Command(unshare, flags, "mount", "-t", "tmpfs", "none", "/run").CombinedOutput()
		if err == nil {
			return []string{unshare, flags}
		}
		said = append(said, output...)
	}
	text := fmt.Sprintf("no mount namespace can be made here, not even by root: %s", said)
	if os.Getenv("MNEMONIX_CHECK") == "1" {
		t.Fatal(text)
	}
	t.Skip(text)
	return nil
}

// Full skips the test unless everything is to be run at length.
func Full(t testing.TB) {
	t.Helper()
	if os.Getenv("MNEMONIX_FULL") != "1" {
		t.Skip("takes long: MNEMONIX_FULL=1 or ./check full runs it")
	}
}

// Built builds a package of this module as a release does, linked statically
// and stripped, and returns the path of the program: Built(t, ".") is mnemonix
// itself, whatever folder the test runs in.
func Built(t testing.TB, pkg string) string {
	t.Helper()
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatalf("find the module: %v", err)
	}
	program := filepath.Join(t.TempDir(), "mnemonix")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", program, pkg)
	build.Dir = strings.TrimSpace(string(root))
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, output)
	}
	return program
}

// Terminal returns the environment for a program on a terminal of this kind:
// the test's own without what would tell the program of another terminal or
// of a machine without one, and with what extra names.
func Terminal(term string, extra ...string) []string {
	var env []string
	for _, entry := range os.Environ() {
		switch name, _, _ := strings.Cut(entry, "="); name {
		case "TERM", "COLORTERM", "TERM_PROGRAM", "TMUX", "TMUX_PANE", "STY", "CI", "NO_COLOR", "CLICOLOR",
			"CLICOLOR_FORCE", "ACCESSIBLE", "COLUMNS", "LINES":
		default:
			env = append(env, entry)
		}
	}
	return append(append(env, "TERM="+term), extra...)
}
