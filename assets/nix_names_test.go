package assets_test

import (
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/mnemonix/mnemonix/tests/need"
)

// Every option and every package that the flake names is one that exists: it is in the lists of testdata, whose
// first lines say where they come from. The lists hold what is used and nothing else.
//
// Seen are the options that modules set, also through mkIf, mkMerge, genAttrs and the like, and what is read from
// config and options. Not seen are the inside of submodules of types that modules of the flake declare themselves,
// attributes of packages (of pkgs.kdePackages.kcalc it is kdePackages that is held against the list), and what a
// function of another file returns. Where a name cannot be told without evaluation that is a failure, not a pass.

var writeUsed = flag.String("used", "", "write into this folder what the flake uses, to make the lists anew")

// readLines are the lines of a list without its head.
func readLines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}

func readOptions(t *testing.T, name string) *optionTree {
	t.Helper()
	tree := &optionTree{}
	for _, line := range readLines(t, name) {
		fields := strings.Split(line, "\t")
		if len(fields) < 2 || fields[1] == "" {
			t.Fatalf("%s: %q has no type", name, line)
		}
		tree.add(strings.Split(fields[0], "."), fields[1])
	}
	return tree
}

// parsed are the files as Nix reads them.
func parsed(t *testing.T, files []string) []*nixExpr {
	t.Helper()
	command := exec.Command(need.Program(t, "nix-instantiate"), append([]string{"--parse"}, files...)...)
	var message strings.Builder
	command.Stderr = &message
	output, err := command.Output()
	if err != nil {
		t.Fatalf("nix-instantiate --parse: %v\n%s", err, message.String())
	}
	lines := strings.Split(strings.TrimSuffix(string(output), "\n"), "\n")
	if len(lines) != len(files) {
		t.Fatalf("%d expressions of %d files", len(lines), len(files))
	}
	trees := make([]*nixExpr, len(files))
	for i, line := range lines {
		if trees[i], err = readNix(line); err != nil {
			t.Fatalf("%s: %v", files[i], err)
		}
	}
	return trees
}

// isHome says whether a file is of Home Manager and not of NixOS.
func isHome(file string) bool {
	return strings.HasPrefix(file, "flake/profiles/programs/") || file == "flake/profiles/home.nix" || file == "flake/lib/home-builders.nix" ||
		(strings.HasPrefix(file, "flake/profiles/desktop/") || strings.HasPrefix(file, "flake/profiles/features/")) &&
			!strings.Contains(file, "/nixos/")
}

// isModule says whether the whole file is a module.
func isModule(file string) bool {
	for _, folder := range []string{"hosts/", "modules/", "profiles/", "images/"} {
		if strings.HasPrefix(file, "flake/"+folder) {
			return file != "flake/modules/default.nix" && file != "flake/profiles/checks.nix"
		}
	}
	return false
}

// used looks at files and gives back what is wrong and which packages they name.
func used(names []string, trees []*nixExpr, nixos, home *optionTree) (faults []string, packages map[string]bool) {
	packages = map[string]bool{}
	for i, tree := range trees {
		switch {
		case isHome(names[i]):
			declares(home, nil, tree, nil)
		case isModule(names[i]):
			declares(nixos, nil, tree, nil)
		}
	}
	for i, tree := range trees {
		use := &nixUse{file: names[i], options: nixos, packages: packages}
		if isHome(names[i]) {
			use.options = home
		}
		if isModule(names[i]) {
			use.module(tree, nil)
		}
		use.reads(tree, nil, false)
		faults = append(faults, use.faults...)
	}
	return faults, packages
}

// walk visits the options of a tree.
func (o *optionTree) walk(visit func(*optionTree)) {
	for _, name := range slices.Sorted(maps.Keys(o.children)) {
		visit(o.children[name])
		o.children[name].walk(visit)
	}
}

func TestOptionsAndPackagesExist(t *testing.T) {
	var files []string
	err := filepath.WalkDir("flake", func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".nix") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	nixos, home := readOptions(t, "options-nixos.tsv"), readOptions(t, "options-home-manager.tsv")
	known := readLines(t, "packages.txt")
	faults, packages := used(files, parsed(t, files), nixos, home)
	for _, fault := range faults {
		t.Error(fault)
	}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		if !slices.Contains(known, name) {
			t.Errorf("no package %s in testdata/packages.txt", name)
		}
	}
	lists := map[string][]string{}
	for _, name := range known {
		if !packages[name] {
			t.Errorf("testdata/packages.txt: nothing uses %s", name)
		}
	}
	for file, tree := range map[string]*optionTree{"options-nixos": nixos, "options-home-manager": home} {
		tree.walk(func(option *optionTree) {
			switch {
			case option.kind == "" || option.own:
			case option.used:
				lists[file] = append(lists[file], option.path)
			case *writeUsed == "":
				t.Errorf("testdata/%s.tsv: nothing uses %s", file, option.path)
			}
		})
	}
	if *writeUsed != "" {
		lists["packages"] = slices.Sorted(maps.Keys(packages))
		for file, lines := range lists {
			if err := os.WriteFile(filepath.Join(*writeUsed, file), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The test above can fail: each of these files has one mistake, or none.
func TestMistakesAreSeen(t *testing.T) {
	const head = "{ config, lib, pkgs, unstable, options, host, ... }: "
	cases := []struct{ name, text, fault string }{
		{"right", `{ services.openssh.enable = lib.mkIf config.services.openssh.enable true; }`, ""},
		{"an option", `{ services.opensshd.enable = true; }`, "no option services.opensshd"},
		{"an option's end", `{ services.openssh.enabel = true; }`, "no option services.openssh.enabel"},
		{"behind mkIf", `{ config = lib.mkIf true { services.openssh.enabel = true; }; }`, "no option services.openssh.enabel"},
		{"behind mkMerge", `let inherit (lib) mkMerge; in { config = mkMerge ([ ] ++ [ { nope.x = 1; } ]); }`, "no option nope"},
		{"behind //", `{ services = { } // { nope = 1; }; }`, "no option services.nope"},
		{"in a submodule", `{ systemd.services.x.serviceconfig = { }; }`, "no option systemd.services.<name>.serviceconfig"},
		{"under genAttrs", `{ users.users = lib.genAttrs [ "a" ] (_: { extragroups = [ ]; }); }`, "no option users.users.<name>.extragroups"},
		{"under a name", `{ services = lib.genAttrs [ "openssh" "nope" ] (_: { enable = true; }); }`, "no option services.nope"},
		{"in a list", `{ nix.buildMachines = [ { hostname = "a"; } ]; }`, "no option nix.buildMachines.*.hostname"},
		{"by map", `{ config = lib.mkMerge (map (n: { services.${n}.enable = true; }) [ "nope" ]); }`, "no option services.nope"},
		{"an unknown name", `{ services.${host.name}.enable = true; }`, "not known without evaluation"},
		{"read", `{ services.openssh.enable = config.services.opensshd.enable; }`, "no option services.opensshd"},
		{"read by a name", `let cfg = config.services.openssh; in { services.openssh.enable = cfg.enabel; }`, "no option services.openssh.enabel"},
		{"of its own", `{ options.mine.a = lib.mkOption { }; config.mine.a = config.mine.a; }`, ""},
		{"not of its own", `{ options.mine.a = lib.mkOption { }; config.mine.b = 1; }`, "no option mine.b"},
		{"not in the release", `{ hardware.pulseaudio.enable = true; }`, "no option hardware.pulseaudio"},
		{"another program's", `{ services.openssh.settings.nope = 1; }`, ""},
		{"a package", `{ environment.systemPackages = [ pkgs.nope ]; }`, "nope"},
		{"a new package", `{ environment.systemPackages = [ unstable.nope ]; }`, "nope"},
		{"with packages", `{ environment.systemPackages = with pkgs; [ nope ]; }`, "nope"},
		{"inherited", `let inherit (pkgs) nope; in { environment.systemPackages = [ nope ]; }`, "nope"},
	}
	folder := t.TempDir()
	var files []string
	for _, test := range cases {
		file := filepath.Join(folder, strings.ReplaceAll(test.name, " ", "-")+".nix")
		writeFile(t, file, []byte(head+test.text))
		files = append(files, file)
	}
	for i, tree := range parsed(t, files) {
		test := cases[i]
		faults, packages := used([]string{"flake/hosts/common/x.nix"}, []*nixExpr{tree}, readOptions(t, "options-nixos.tsv"), &optionTree{})
		for name := range packages {
			faults = append(faults, name)
		}
		switch {
		case test.fault == "" && len(faults) > 0:
			t.Errorf("%s: %q", test.name, faults)
		case test.fault != "" && (len(faults) != 1 || !strings.HasSuffix(faults[0], test.fault)):
			t.Errorf("%s: %q, want one that ends in %q", test.name, faults, test.fault)
		}
	}
}
