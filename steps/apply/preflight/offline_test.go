package preflight

import (
	"os"
	"path"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// Without a binary cache, what Nix would fetch says nothing: it puts all that
// is missing under what it would build.
func TestWithoutTheBinaryCache(t *testing.T) {
	for name, test := range map[string]state{
		"offline, and another cache answers": {func(m *machine) { m.in.Facts.Network.Online = false }, "network", Failed, "there is no network, and not all of the system is on this medium", "cable"},
		"offline": {func(m *machine) {
			m.in.Facts.Network.Online = false
			m.builds(offlineSaid)
		}, "network", Failed, "there is no network, and not all of the system is on this medium: bash, hello-2.12.2.tar.gz would have to be downloaded", "cable"},
		"offline, all is here": {func(m *machine) {
			m.in.Facts.Network.Online = false
			m.builds("")
		}, "network", OK, "everything that the system needs is on this medium", ""},
		"offline, the rest is built of what is here": {func(m *machine) {
			m.in.Facts.Network.Online = false
			m.builds(builtHere)
		}, "network", OK, "everything that the system needs is on this medium", ""},
		"offline, a path comes from nowhere": {func(m *machine) {
			m.in.Facts.Network.Online = false
			m.builds("don't know how to build these paths:\n  /nix/store/3sg9f58l1jj88w6pdrfdpj5x9b1zrwhk-source\n")
		}, "network", Failed, "on this medium: source would have to be downloaded", "cable"},
		"offline, a derivation cannot be read": {func(m *machine) {
			m.in.Facts.Network.Online = false
			m.builds("this derivation will be built:\n  /nix/store/0-gone.drv\n")
		}, "network", Failed, "whether the medium has everything could not be seen", "cable"},
		"offline, Nix names less than it counts": {func(m *machine) {
			m.in.Facts.Network.Online = false
			m.builds("these 3 derivations will be built:\n")
		}, "network", Failed, "whether the medium has everything could not be seen", "cable"},
		"the cache is silent": {func(m *machine) {
			m.silent()
			m.builds(offlineSaid)
		}, "network", Failed, "does not answer: timeout, and not all of the system is on this medium: bash, hello", "https_proxy"},
		"the cache is silent, all is here": {func(m *machine) {
			m.silent()
			m.builds(builtHere)
		}, "network", OK, "does not answer: timeout; everything that the system needs is on this medium", ""},
		"size without a cache": {
			func(m *machine) { m.builds(offlineSaid) }, "closure", Warning,
			"not known: bash, hello-2.12.2.tar.gz would have to be downloaded", "",
		},
	} {
		t.Run(name, test.check)
	}
}

// silent lets the binary cache not answer.
func (m *machine) silent() {
	m.script["cache"] = run.Expected{Argv: tools.NixReach(cache).Argv, Any: true, Status: 1, Stderr: "error: timeout\n"}
}

// builds is what Nix says would be built.
func (m *machine) builds(said string) {
	m.script["dry"] = run.Expected{Argv: tools.NixDryRun(derivation).Argv, Any: true, Stderr: said}
}

// offlineSaid is what Nix said without a network on a machine that has
// nothing of a system, and builtHere the same where the sources are there.
var (
	offlineSaid = offlineFile("dry-run")
	builtHere   = "these 2 derivations will be built:\n" + "  /nix/store/zag" + after(offlineSaid, "  /nix/store/zag")
)

// after is what follows the first mark in a text.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest
}

// offlineFile is a file of what Nix said without a network, and of the store
// after that.
func offlineFile(name string) string {
	text, err := os.ReadFile("../../tools/testdata/nix-offline/" + name)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// store puts the derivations of the recording into the machine.
func (m *machine) store() {
	for line := range strings.Lines(offlineSaid) {
		if name := strings.TrimSpace(line); strings.HasSuffix(name, ".drv") {
			m.fake.Put(name, offlineFile(path.Base(name)))
		}
	}
}
