package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"codeberg.org/mnemonix/mnemonix/steps/run"
	"codeberg.org/mnemonix/mnemonix/steps/tools"
)

// The binary cache that every NixOS trusts.
// Source: nix.conf(5), where its list of caches is described.
const cache = "https://cache.nixos.org"

// answerTime is how long somebody far away may take.
const answerTime = 30 * time.Second

// network: the binary cache answers, or nothing is needed of it.
func network(ctx context.Context, l *looker) Result {
	hint := "plug in a cable, or join a Wi-Fi network: nmtui, or iwctl"
	if !l.Facts.Network.Online {
		l.tell("no way out; looking whether the medium has everything")
		return l.offline("there is no network", hint)
	}
	if l.wait(ctx) != nil {
		return fail("interrupted", "")
	}
	if _, err := l.Runner.Run(ctx, run.Command{Argv: tools.NixReach(cache).Argv, Timeout: answerTime}); err != nil {
		l.tell("the binary cache does not answer; looking whether the medium has everything")
		return l.offline("the binary cache "+cache+" does not answer: "+reason(err), "is a proxy needed? export https_proxy=http://...")
	}
	return good("%s answers", cache)
}

// offline is whether the whole system is in the store that is here, or can be
// built of what is. Where no binary cache answers, Nix puts everything that is
// missing under what is to be built, down to the sources of the compiler: that
// it would download nothing says nothing.
func (l *looker) offline(text, hint string) Result {
	wants, err := l.missing()
	var absent []string
	if err == nil {
		absent, err = l.absent(wants)
	}
	switch {
	case err != nil:
		return fail(text+", and whether the medium has everything could not be seen", hint)
	case wants.Fetch > 0:
		return fail(text+", and not all of the system is on this medium", hint)
	case len(absent) > 0:
		return fail(fmt.Sprintf("%s, and not all of the system is on this medium: %s would have to be downloaded", text, someOf(absent)), hint)
	}
	return good("%s; everything that the system needs is on this medium", text)
}

// absent names what a build here would have to download from somewhere.
func (l *looker) absent(wants need) ([]string, error) {
	if len(wants.Derivations) != wants.Build {
		return nil, fmt.Errorf("nix named %d of %d derivations", len(wants.Derivations), wants.Build)
	}
	names := slices.Clone(wants.Unknown)
	for _, name := range wants.Derivations {
		derivation, err := l.Runner.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if tools.NixDownloads(derivation) {
			names = append(names, name)
		}
	}
	for i, name := range names {
		names[i] = tools.NixPathName(name)
	}
	return names, nil
}

// someOf names the first of them, and how many there are besides.
func someOf(names []string) string {
	const some = 3
	if len(names) <= some {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:some], ", "), len(names)-some)
}

// remote: the place that the flake is kept at answers. Nothing of the
// installation depends on it, so it only warns.
func remote(ctx context.Context, l *looker) Result {
	url := l.Answers.Repository.Remote
	switch {
	case url == "":
		return good("none was given")
	case !l.Facts.Network.Online:
		return warn("without a network "+url+" was not asked", "push the flake when the machine is up: git push")
	case l.wait(ctx) != nil:
		return fail("interrupted", "")
	}
	result, err := l.Runner.Run(ctx, run.Command{Argv: tools.GitReach(url).Argv, Env: tools.GitAsksNobody, Timeout: answerTime})
	if err != nil {
		return warn(url+" does not answer: "+reason(err), "does it exist, and may this machine read it? The flake is on the new disk all the same: push it from there")
	}
	if len(result.Stdout) > 0 {
		return warn(url+" has branches already: the first push will be refused", "push it to a branch of its own, or give an empty repository")
	}
	return good("%s answers", url)
}
