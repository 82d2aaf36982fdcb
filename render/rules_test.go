package render_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/steps/flow"
)

// What a person may write wrong in lib/constants.nix is answered in a sentence that names the host, the value and
// the choices. The assertions themselves are evaluated, those of lib/host-rules.nix and of profiles/checks.nix.
func TestBadInputIsAnsweredInASentence(t *testing.T) {
	files, _, err := flow.Example()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	writeTree(t, folder, files)
	const head = "let lib = " + smallLib + ` // rec {
    length = builtins.length;
    hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
    concatMapStringsSep = sign: f: list: builtins.concatStringsSep sign (map f list);
    subtractLists = away: builtins.filter (x: !builtins.elem x away);
    optional = wanted: x: if wanted then [ x ] else [ ];
    count = wanted: list: builtins.length (builtins.filter wanted list);
    unique = builtins.foldl' (list: x: if builtins.elem x list then list else list ++ [ x ]) [ ];
  };
  complaints = entry:
    let
      host = (import ./lib/hosts.nix { inherit lib; constants.hosts.x = { system = "x86_64-linux"; hostFeatures = [ ]; } // entry; }).all.x;
      hasFeature = feature: builtins.elem feature host.hostFeatures;
      failed = list: map (check: check.message) (builtins.filter (check: !check.assertion) list);
    in failed (import ./lib/host-rules.nix { inherit lib host; } ++ (import ./profiles/checks.nix { inherit lib host hasFeature; }).assertions);
in map complaints [
`
	user := func(name string) string {
		return name + ` = { operator = true; fullName = ""; email = ""; sshKeys = [ ]; };`
	}
	cases := map[string]string{
		// A machine without features, and one with all that may be together, are right.
		`{ }`: "",
		`{ hostFeatures = [ "development" "gaming" ]; desktop = "plasma"; }`: "",

		`{ hostFeatures = [ "develop" ]; }`:                          `a feature in hostFeatures is "develop", but it must be one of "development"`,
		`{ hostFeatures = [ "backup" "backup" ]; }`:                  `hostFeatures names backup more than once`,
		`{ hostFeatures = [ "headless" "gaming" ]; }`:                `"headless" means a machine without a screen, and "gaming" needs one`,
		`{ hostFeatures = [ "headless" ]; desktop = "gnome"; }`:      `the feature "headless" and desktop = "gnome" exclude each other`,
		`{ hostFeatures = [ "gaming" ]; system = "aarch64-linux"; }`: `exists for x86_64-linux and not for aarch64-linux`,
		`{ hostType = "phone"; }`:                                    `hostType is "phone", but it must be one of "desktop"`,
		`{ desktop = "xfce"; }`:                                      `desktop is "xfce", but it must be one of "plasma"`,
		`{ hostFeature = [ ]; }`:                                     `no part of this flake reads "hostFeature"; is it a misspelling of`,
		`{ ci = "jenkins"; }`:                                        `ci is "jenkins", but it must be one of null, "forgejo"`,
		`{ boot.loader = "grub"; }`:                                  `boot.loader is "grub", but it must be one of "systemd-boot"`,
		`{ boot.unlock = "tpm"; }`:                                   `boot.unlock = "tpm" needs an encrypted disk`,
		`{ boot.unlock = "tpm-without-secure-boot"; }`:               `boot.unlock = "tpm-without-secure-boot" needs an encrypted disk`,
		`{ boot.unlock = "passphrase"; disk.swap.kind = "cloud"; }`:  `disk.swap.kind is "cloud", but it must be one of "partition"`,
		`{ disk.encrypted = true; }`:                                 `the disk is encrypted, so something must unlock it`,
		`{ users = { ` + user("alice") + user("bob") + ` }; }`:       `only one user can have operator = true, but "alice", "bob" all have it`,
	}
	entries := slices.Sorted(maps.Keys(cases))
	var got [][]string
	read(t, folder, head+"("+strings.Join(entries, ")\n(")+")\n]", &got)
	for i, entry := range entries {
		want, place := cases[entry], `lib/constants.nix, host "x"`
		if want == "" && len(got[i]) > 0 || want != "" && (len(got[i]) != 1 || !strings.HasPrefix(got[i][0], place) || !strings.Contains(got[i][0], want)) {
			t.Errorf("%s: %s, want one sentence with %q", entry, fmt.Sprintf("%q", got[i]), want)
		}
	}
}
