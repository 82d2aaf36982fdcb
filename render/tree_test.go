package render_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"codeberg.org/mnemonix/mnemonix/assets"
	"codeberg.org/mnemonix/mnemonix/render"
	"codeberg.org/mnemonix/mnemonix/steps"
	"codeberg.org/mnemonix/mnemonix/steps/answers"
	"codeberg.org/mnemonix/mnemonix/steps/disk"
	"codeberg.org/mnemonix/mnemonix/steps/flow"
	"codeberg.org/mnemonix/mnemonix/tests/need"
	"codeberg.org/mnemonix/mnemonix/tpm/format"
)

func readAnswers(t testing.TB, name string) steps.Answers {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "steps", "answers", "testdata", "accepted", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := answers.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return chosen
}

func readFacts(t testing.TB, machine string) steps.Facts {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "tests", "machines", machine+".facts.json.golden"))
	if err != nil {
		t.Fatal(err)
	}
	var facts steps.Facts
	if err := json.Unmarshal(text, &facts); err != nil {
		t.Fatal(err)
	}
	return facts
}

func readKeys(t testing.TB) *format.PublicKeys {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "tpm", "format", "testdata", "keys-slax.json"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := format.ParsePublicKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// planned is the input for answers on a machine: their disks are those of the
// machine, in its order. The second value says why it cannot be.
func planned(chosen steps.Answers, facts steps.Facts) (render.Input, string) {
	in := render.Input{Facts: facts, Answers: chosen}
	var free []steps.Disk
	for _, candidate := range facts.Disks {
		if disk.Unusable(candidate, facts) == "" {
			free = append(free, candidate)
		}
	}
	layout, _ := assets.Load().Layout(chosen.Disk.Layout)
	if len(free) < len(layout.Roles) {
		return in, "too few disks"
	}
	in.Answers.Disk.Disks = nil
	for i, role := range layout.Roles {
		match := steps.Match{ID: free[i].ID}
		if match.ID == "" {
			match = steps.Match{Path: free[i].Path}
		}
		in.Answers.Disk.Disks = append(in.Answers.Disk.Disks, steps.DiskChoice{Role: role, Match: match})
	}
	var plan steps.Plan
	disk.Step{}.Plan(steps.Input{Facts: facts, Answers: in.Answers}, &plan)
	in.Layout = plan.Layout
	if len(plan.Layout.Disks) == 0 {
		return in, "no layout"
	}
	return in, ""
}

func machines(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "tests", "machines", "*.facts.json.golden"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%d recorded machines, %v", len(files), err)
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(filepath.Base(file), ".facts.json.golden")
	}
	return names
}

var samples = []string{"nixtv-player", "slax", "snix"}

// What is printed for each answers file on each machine that can have it.
// disko.nix has golden files of its own, with the layouts.
func TestTreesGolden(t *testing.T) {
	var made, refused []string
	for _, machine := range machines(t) {
		for _, name := range samples {
			in, why := planned(readAnswers(t, name), readFacts(t, machine))
			if why != "" {
				refused = append(refused, fmt.Sprintf("%s on %s: %s", name, machine, why))
				continue
			}
			if name == "slax" {
				in.Keys = readKeys(t)
				in.Answers.Host.KeyName = in.Keys.Name
			}
			files, err := render.Tree(in)
			if err != nil {
				t.Errorf("%s on %s: %v", name, machine, err)
				continue
			}
			var text strings.Builder
			for _, file := range files {
				if isStatic(file) || strings.HasSuffix(file.Path, "/disko.nix") {
					continue
				}
				fmt.Fprintf(&text, "-- %s --\n%s", file.Path, file.Content)
			}
			made = append(made, machine)
			render.Golden(t, filepath.Join("trees", machine+"-"+name+".txt"), text.String())
		}
	}
	if kinds := len(slices.Compact(made)); kinds < 6 {
		t.Errorf("only %d machines can have any of the answers", kinds)
	}
	render.Golden(t, filepath.Join("trees", "refused.txt"), strings.Join(refused, "\n")+"\n")
}

// isStatic says whether the file came from assets/flake.
func isStatic(file steps.File) bool {
	content, err := fs.ReadFile(assets.Flake, "flake/"+file.Path)
	return err == nil && string(content) == file.Content
}

func tree(t testing.TB, in render.Input) map[string]steps.File {
	t.Helper()
	files, err := render.Tree(in)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(files, func(a, b steps.File) int { return strings.Compare(a.Path, b.Path) }) {
		t.Error("the files are not sorted")
	}
	byPath := map[string]steps.File{}
	for _, file := range files {
		byPath[file.Path] = file
	}
	return byPath
}

func TestStaticFilesAreCopied(t *testing.T) {
	files := tree(t, render.Input{Answers: readAnswers(t, "nixtv-player")})
	count := 0
	err := fs.WalkDir(assets.Flake, "flake", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		want, err := fs.ReadFile(assets.Flake, name)
		if err != nil {
			return err
		}
		got := files[strings.TrimPrefix(name, "flake/")]
		if got.Content != string(want) {
			t.Errorf("%s is not a copy", name)
		}
		if mode := map[bool]uint32{false: 0o644, true: 0o755}[strings.HasPrefix(string(want), "#!")]; got.Mode != mode {
			t.Errorf("%s has the mode %o, want %o", name, got.Mode, mode)
		}
		return nil
	})
	if err != nil || count < 20 {
		t.Errorf("%d static files, %v", count, err)
	}
	for _, hidden := range []string{".gitignore", ".envrc"} {
		if _, there := files[hidden]; !there {
			t.Errorf("%s is missing", hidden)
		}
	}
}

func TestSameInputSameFiles(t *testing.T) {
	in, why := planned(readAnswers(t, "slax"), readFacts(t, "desktop-two-nvme"))
	if why != "" {
		t.Fatal(why)
	}
	in.Keys = readKeys(t)
	first, err := render.Tree(in)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := render.Tree(in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Fatalf("(-first +again):\n%s", diff)
		}
	}
}

// Every Nix file parses: those that are printed, and those that are copied.
func TestEveryNixFileParses(t *testing.T) {
	nix := need.Program(t, "nix-instantiate")
	folder := t.TempDir()
	var paths []string
	write := func(prefix string, files []steps.File) {
		for _, file := range files {
			if !strings.HasSuffix(file.Path, ".nix") || prefix != "example" && isStatic(file) {
				continue
			}
			path := filepath.Join(folder, prefix, file.Path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(file.Content), 0o644); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
	}
	files, _, err := flow.Example()
	if err != nil {
		t.Fatal(err)
	}
	write("example", files)
	for _, machine := range machines(t) {
		for _, name := range samples {
			in, why := planned(readAnswers(t, name), readFacts(t, machine))
			if why != "" {
				continue
			}
			files, err := render.Tree(in)
			if err != nil {
				t.Fatal(err)
			}
			write(machine+"-"+name, files)
		}
	}
	hostile := readAnswers(t, "snix")
	hostile.Users[0].FullName = hostileText
	hostile.Modules.TravelRouter.SSID = hostileText
	hostile.Repository.Remote = "''${x}"
	hostile.Network.Wifi = []string{hostileText, "in", "a.b"}
	files, err = render.Tree(render.Input{Answers: hostile})
	if err != nil {
		t.Fatal(err)
	}
	write("hostile", files)
	if len(paths) < 100 {
		t.Errorf("only %d files", len(paths))
	}
	command := exec.Command(nix, append([]string{"--parse"}, paths...)...)
	command.Stdout = nil
	if message, err := command.CombinedOutput(); err != nil {
		last := message[max(0, len(message)-2000):]
		t.Errorf("%v: ...%s", err, last)
	}
}

const hostileText = `"'' ${x} $${y} ''${z} \ 健二 #`

// What Nix reads in lib/constants.nix is what was answered.
func TestConstantsMeanTheAnswers(t *testing.T) {
	nix := need.Program(t, "nix-instantiate")
	first, second := readAnswers(t, "snix"), readAnswers(t, "slax")
	first.Users[0].FullName = hostileText
	first.Network.Wifi = []string{hostileText}
	text, err := render.ConstantsOf([]steps.Answers{first, second})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "constants.nix")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	read, err := exec.Command(nix, "--eval", "--strict", "--json", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Hosts map[string]struct {
			HostFeatures []string
			KeyName      string
			Users        map[string]struct {
				FullName string
				Operator bool
			}
			Disk struct {
				Encrypted, Impermanence bool
				Swap                    map[string]string
			}
			Network struct{ Wifi []string }
			TPM     struct{ Keys, OperatorKeys, PIN bool }
			CI      string
		}
	}
	if err := json.Unmarshal(read, &got); err != nil {
		t.Fatal(err)
	}
	snix, slax := got.Hosts["snix"], got.Hosts["slax"]
	if snix.Users["alice"].FullName != hostileText || !slices.Equal(snix.Network.Wifi, []string{hostileText}) {
		t.Errorf("snix is %+v", snix)
	}
	if !snix.Users["alice"].Operator || !snix.Disk.Encrypted || snix.Disk.Swap["size"] != "32GiB" || !snix.TPM.OperatorKeys {
		t.Errorf("snix is %+v", snix)
	}
	if slax.KeyName != "slax-old" || slax.CI != "forgejo" || !slax.Disk.Impermanence || slax.Users["mio"].Operator ||
		!slices.Equal(slax.HostFeatures, second.Features) {
		t.Errorf("slax is %+v", slax)
	}
}

func TestKeysAndSopsRules(t *testing.T) {
	chosen := readAnswers(t, "slax")
	without := tree(t, render.Input{Answers: chosen})
	for path := range without {
		if path == ".sops.yaml" || strings.HasPrefix(path, "keys/") || strings.HasPrefix(path, "secrets/") {
			t.Errorf("without words there is %s", path)
		}
	}
	keys := readKeys(t)
	chosen.Host.KeyName = keys.Name
	with := tree(t, render.Input{Answers: chosen, Keys: keys})
	if _, err := format.ParsePublicKeys([]byte(with["keys/"+keys.Name+".json"].Content)); err != nil {
		t.Error(err)
	}
	var rules struct {
		CreationRules []struct {
			PathRegex string `yaml:"path_regex"`
			KeyGroups []struct {
				Age []string
			} `yaml:"key_groups"`
		} `yaml:"creation_rules"`
	}
	if err := yaml.Unmarshal([]byte(with[".sops.yaml"].Content), &rules); err != nil {
		t.Fatal(err)
	}
	if len(rules.CreationRules) != 1 {
		t.Fatalf("%+v", rules)
	}
	rule := rules.CreationRules[0]
	want := []string{keys.User.Age.RecipientTPM, keys.Host.Age.RecipientTPM}
	if rule.PathRegex != "^secrets/"+keys.Name+`\.yaml$` || !slices.Equal(rule.KeyGroups[0].Age, want) {
		t.Errorf("the rule is %+v", rule)
	}
}

// A second machine joins: what the flake holds for the first stays as it is,
// and what is not a host's is ours to write.
func TestSecondHostJoins(t *testing.T) {
	keys := readKeys(t)
	first := readAnswers(t, "slax")
	first.Host.KeyName = keys.Name
	public, err := keys.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	edited := "{ ... }:\n{\n  # by hand\n}\n"
	second := readAnswers(t, "snix")
	files := tree(t, render.Input{
		Answers: second,
		Hosts:   []steps.Answers{first},
		Present: []steps.File{
			{Path: "hosts/slax/configuration.nix", Content: edited, Mode: 0o644},
			{Path: "hosts/snix/configuration.nix", Content: "old", Mode: 0o644},
			{Path: "hosts/common/base.nix", Content: "old", Mode: 0o644},
			{Path: "keys/" + keys.Name + ".json", Content: string(public), Mode: 0o644},
			{Path: "secrets/" + keys.Name + ".yaml", Content: "sops: x\n", Mode: 0o644},
			{Path: "lib/hosts.nix", Content: "old", Mode: 0o644},
			{Path: "notes.txt", Content: "old", Mode: 0o644},
		},
	})
	for path, want := range map[string]string{
		"hosts/slax/configuration.nix":     edited,
		"secrets/" + keys.Name + ".yaml":   "sops: x\n",
		"keys/" + keys.Name + ".json":      string(public),
		"hosts/slax/answers.yaml":          "",
		"notes.txt":                        "",
		"hosts/slax/hardware.nix.disabled": "",
	} {
		if got := files[path].Content; got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	for _, path := range []string{"hosts/snix/configuration.nix", "hosts/common/base.nix", "lib/hosts.nix"} {
		if files[path].Content == "old" || files[path].Content == "" {
			t.Errorf("%s was not written", path)
		}
	}
	constants := files["lib/constants.nix"].Content
	if !strings.Contains(constants, "    slax = {") || !strings.Contains(constants, "    snix = {") {
		t.Error("lib/constants.nix does not have both hosts")
	}
	if !strings.Contains(files[".sops.yaml"].Content, keys.Host.Age.RecipientTPM) {
		t.Error(".sops.yaml lost the first host")
	}
}

func TestTreeRefuses(t *testing.T) {
	chosen := readAnswers(t, "snix")
	broken := readAnswers(t, "slax")
	nul := readAnswers(t, "snix")
	nul.Users[0].FullName = "a\x00b"
	for name, test := range map[string]struct {
		in   render.Input
		text string
	}{
		"two hosts of one name": {render.Input{Answers: chosen, Hosts: []steps.Answers{chosen}}, "two hosts have the name snix"},
		"a path to elsewhere":   {render.Input{Answers: chosen, Present: []steps.File{{Path: "hosts/../../etc/passwd"}}}, "no path inside"},
		"capitals":              {render.Input{Answers: chosen, Present: []steps.File{{Path: "hosts/Snix/answers.yaml"}}}, "only in capitals"},
		"torn keys": {render.Input{Answers: chosen, Hosts: []steps.Answers{broken}, Present: []steps.File{
			{Path: "keys/slax-old.json", Content: "{"},
		}}, "keys/slax-old.json"},
		"a text that Nix cannot hold": {render.Input{Answers: nul}, "control character"},
		"damaged keys":                {render.Input{Answers: chosen, Keys: &format.PublicKeys{}}, "snix"},
	} {
		if _, err := render.Tree(test.in); err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: the error is %v; it should say %q", name, err, test.text)
		}
	}
}

func TestSwapSizes(t *testing.T) {
	for _, test := range []struct {
		swap steps.Swap
		want string
	}{
		{steps.Swap{Kind: "partition", Size: "32GiB"}, "32GiB"},
		{steps.Swap{Kind: "file", Size: "512MiB"}, "512MiB"},
		{steps.Swap{Kind: "file", Size: "30GB"}, "28611MiB"}, // rounded up: 28610.2
		{steps.Swap{Kind: "file", Size: "1B"}, "1MiB"},
		{steps.Swap{Kind: "file", Size: "auto"}, ""},
		{steps.Swap{Kind: "file", Size: "auto", Resolved: "16GiB"}, "16GiB"},
		{steps.Swap{Kind: "zram"}, ""},
	} {
		if got, err := render.SwapSize(test.swap); err != nil || got != test.want {
			t.Errorf("%+v: %q, %v; want %q", test.swap, got, err, test.want)
		}
	}
}

// Layouts that need more than disko.nix say so in configuration.nix.
func TestOptionsOfLayouts(t *testing.T) {
	for _, test := range []struct{ layout, unlock, machine, text string }{
		{"luks-zfs", "passphrase", "laptop-nvme-tpm", "networking.hostId = \""},
		{"md-raid1", "none", "desktop-two-nvme", "boot.swraid = {"},
	} {
		chosen := readAnswers(t, "snix")
		chosen.Disk.Layout, chosen.Boot.Unlock = test.layout, test.unlock
		in, why := planned(chosen, readFacts(t, test.machine))
		if why != "" {
			t.Errorf("%s: %s", test.layout, why)
			continue
		}
		if got := tree(t, in)["hosts/snix/configuration.nix"].Content; !strings.Contains(got, test.text) {
			t.Errorf("%s: configuration.nix has no %q:\n%s", test.layout, test.text, got)
		}
	}
}
