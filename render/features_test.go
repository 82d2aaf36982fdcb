package render_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// featureSets are every feature alone and every pair that may be together.
func featureSets() (sets [][]string) {
	features := assets.Load().Features
	for i, first := range features {
		sets = append(sets, []string{first.Name})
		for _, second := range features[i+1:] {
			if !slices.Contains(first.Conflicts, second.Name) && !slices.Contains(second.Conflicts, first.Name) {
				sets = append(sets, []string{first.Name, second.Name})
			}
		}
	}
	return sets
}

func writeTree(t *testing.T, folder string, files []steps.File) (nix []string) {
	t.Helper()
	for _, file := range files {
		path := filepath.Join(folder, file.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(file.Content), 0o644); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, ".nix") {
			nix = append(nix, path)
		}
	}
	return nix
}

// Every feature alone and every pair renders, parses, and is what Nix reads
// in lib/constants.nix. The files that are the same in every flake are parsed
// by TestEveryNixFileParses.
func TestFeaturesAloneAndInPairs(t *testing.T) {
	nix := need.Program(t, "nix-instantiate")
	folder, facts := t.TempDir(), readFacts(t, "laptop-nvme-tpm")
	sets := featureSets()
	if len(sets) < 30 {
		t.Errorf("only %d sets", len(sets))
	}
	var parse []string
	list := "[\n"
	for i, set := range sets {
		chosen := readAnswers(t, "snix")
		chosen.Features = set
		chosen.Modules = steps.Modules{}
		if slices.Contains(set, "headless") {
			chosen.Desktop = "none"
		}
		// What is rendered is also what the check of the answers lets pass.
		if _, err := answers.Read(answers.Write(chosen)); err != nil {
			t.Errorf("%v: %v", set, err)
			continue
		}
		in, why := planned(chosen, facts)
		if why != "" {
			t.Fatal(why)
		}
		files, err := render.Tree(in)
		if err != nil {
			t.Errorf("%v: %v", set, err)
			continue
		}
		files = slices.DeleteFunc(files, isStatic)
		place := filepath.Join(folder, fmt.Sprint(i))
		parse = append(parse, writeTree(t, place, files)...)
		list += fmt.Sprintf("(import %s/lib/constants.nix).hosts.snix.hostFeatures\n", place)
	}
	if message, err := exec.Command(nix, append([]string{"--parse"}, parse...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, message[max(0, len(message)-2000):])
	}
	var got [][]string
	read(t, folder, list+"]", &got)
	if fmt.Sprint(got) != fmt.Sprint(sets) {
		t.Errorf("Nix reads the features\n%v\nwant\n%v", got, sets)
	}
}

// read evaluates an expression strictly.
func read(t *testing.T, folder, expression string, into any) {
	t.Helper()
	output, err := evaluateIn(t, folder, expression)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if err := json.Unmarshal(output, into); err != nil {
		t.Fatalf("%v in %s", err, output)
	}
}

func evaluateIn(t *testing.T, folder, expression string) ([]byte, error) {
	t.Helper()
	file := filepath.Join(folder, "question.nix")
	if err := os.WriteFile(file, []byte(expression), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(need.Program(t, "nix-instantiate"), "--eval", "--strict", "--json", "--read-write-mode", file)
	store := filepath.Join(folder, ".nix")
	command.Env = append(os.Environ(), "NIX_STORE_DIR="+store+"/store", "NIX_STATE_DIR="+store+"/var", "NIX_LOG_DIR="+store+"/log", "HOME="+store)
	var message strings.Builder
	command.Stderr = &message
	output, err := command.Output()
	if err != nil {
		return []byte(message.String()), err
	}
	return output, nil
}

// smallLib is the part of nixpkgs' lib that lib/hosts.nix, lib/sizes.nix and
// hasFeature use, as far as they use it: recursiveUpdate merges without limit,
// toInt reads plain digits, and nothing here checks its arguments.
const smallLib = `rec {
  inherit (builtins) attrNames concatStringsSep elem filter head mapAttrs;
  pathExists = builtins.pathExists;
  importJSON = path: builtins.fromJSON (builtins.readFile path);
  last = list: builtins.elemAt list (builtins.length list - 1);
  toInt = builtins.fromJSON;
  genAttrs = names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names);
  filterAttrs = keep: set: removeAttrs set (filter (name: !keep name set.${name}) (attrNames set));
  recursiveUpdate = old: new: old // mapAttrs (name: value:
    if builtins.isAttrs value && builtins.isAttrs (old.${name} or null) then recursiveUpdate old.${name} value else value) new;
}`

// What needs no nixpkgs is evaluated: the hosts of the example as the rest of
// the flake sees them, hasFeature, the words and the sizes.
func TestLibraryOfTheExample(t *testing.T) {
	files, _, err := flow.Example()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	writeTree(t, folder, files)
	const head = "let lib = " + smallLib + `;
  constants = import ./lib/constants.nix;
  fleet = import ./lib/hosts.nix { inherit lib constants; };
  vocabulary = import ./lib/vocabulary.nix;
  sizes = import ./lib/sizes.nix { inherit lib; };
  builders = import ./lib/system-builders.nix {
    inherit constants fleet;
    homeBuilders = { };
    inputs = { stable-nixpkgs = { inherit lib; outPath = ./nixpkgs; }; unstable-nixpkgs = ./nixpkgs; disko = null; };
  };
  has = host: (builders.specialArgsFor fleet.all.${host}).hasFeature;
in `
	writeTree(t, folder, []steps.File{{Path: "nixpkgs/default.nix", Content: "{ system, config }: { }"}})
	for expression, want := range map[string]string{
		`lib.attrNames fleet.all`:                            `["brix","nixtv-player","slax","snix","wintv"]`,
		`lib.attrNames fleet.nixos`:                          `["brix","nixtv-player","slax","snix"]`,
		`lib.attrNames fleet.windows`:                        `["wintv"]`,
		`lib.attrNames fleet.homes`:                          `["brix","nixtv-player","slax","snix"]`,
		`map sizes.toMebibytes [ "32GiB" "512MiB" "2 TiB" ]`: `[32768,512,2097152]`,
		// Every host has every attribute, and of features what was chosen, no more.
		`builtins.all (host: builtins.all (name: host ? ${name}) (lib.filter (name: name != "keyName") vocabulary.written)) (builtins.attrValues fleet.all)`:                                            `true`,
		`builtins.all (name: lib.filter (has name) vocabulary.features == lib.filter (feature: lib.elem feature constants.hosts.${name}.hostFeatures) vocabulary.features) (lib.attrNames fleet.nixos)`: `true`,
		`(builders.specialArgsFor fleet.all.slax).operator == null`: `false`,
	} {
		output, err := evaluateIn(t, folder, head+expression)
		if got := strings.TrimSpace(string(output)); err != nil || got != want {
			t.Errorf("%s: %s, want %s", expression, got, want)
		}
	}
	for expression, want := range map[string]string{
		`has "slax" "develop"`:     `there is no such feature; lib/vocabulary.nix knows development`,
		`sizes.toMebibytes "32GB"`: `"32GB" is not a size`,
		`builtins.deepSeq (import ./lib/hosts.nix { inherit lib; constants.hosts.x = { }; }).all.x 1`:                                                   `host "x" needs system, for example system = "x86_64-linux";`,
		`builtins.deepSeq (import ./lib/hosts.nix { inherit lib; constants.hosts.x.system = "x86_64-linux"; }).all.x 1`:                                 `host "x" needs hostFeatures, for example hostFeatures = [ "development" ];`,
		`builtins.deepSeq (import ./lib/hosts.nix { inherit lib; constants.hosts.x = { system = "x86_64-linux"; hostFeatures = "gaming"; }; }).all.x 1`: `host "x": hostFeatures is a list of names`,
		`builders.pkgsFor "riscv64-linux"`: `"riscv64-linux" is not a system of this flake`,
	} {
		output, err := evaluateIn(t, folder, head+expression)
		if err == nil || !strings.Contains(string(output), want) {
			t.Errorf("%s: %v, %s; want %q", expression, err, output, want)
		}
	}
}

// disko.nix of every layout is data that Nix evaluates without disko, and has
// the disks that were planned.
func TestDiskoOfEveryLayout(t *testing.T) {
	folder := t.TempDir()
	for _, layout := range assets.Load().Layouts {
		if layout.Name == "document" {
			continue // of a machine that is installed already, and none of those is recorded
		}
		chosen := readAnswers(t, "snix")
		chosen.Disk.Layout, chosen.Disk.Impermanence = layout.Name, false
		chosen.Disk.Swap = steps.Swap{Kind: "none"}
		chosen.Boot.Unlock = "passphrase"
		if layout.Encryption == "never" {
			chosen.Boot.Unlock = "none"
		}
		var in render.Input
		var refused []string
		for _, machine := range machines(t) {
			var why string
			if in, why = planned(chosen, readFacts(t, machine)); why == "" {
				break
			}
			refused = append(refused, machine+": "+why)
		}
		if len(in.Layout.Disks) == 0 {
			t.Errorf("%s: no machine has it: %q", layout.Name, refused)
			continue
		}
		var got struct {
			Disko struct {
				Devices struct {
					Disk map[string]struct{ Device string } `json:"disk"`
				} `json:"devices"`
			} `json:"disko"`
		}
		read(t, folder, tree(t, in)["hosts/snix/disko.nix"].Content, &got)
		want := map[string]struct{ Device string }{}
		for _, planned := range in.Layout.Disks {
			if !planned.Shared {
				want[planned.Name] = struct{ Device string }{planned.Device}
				continue
			}
			// Beside another system each partition of ours stands alone, so
			// that disko cannot touch the table.
			for _, partition := range planned.Partitions {
				device := "/dev/disk/by-partuuid/" + partition.UUID
				want[planned.Name+"-"+partition.Name] = struct{ Device string }{device}
			}
		}
		if fmt.Sprint(got.Disko.Devices.Disk) != fmt.Sprint(want) {
			t.Errorf("%s: Nix reads the disks %v, want %v", layout.Name, got.Disko.Devices.Disk, want)
		}
	}
}
